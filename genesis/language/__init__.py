"""Programming languages: how to mark, compare, check, build and run programs in each. Nothing here starts a process.

What finds tools and asks them is ``genesis.language.toolchain``.
"""

from genesis.language.build import BuildError, BuildSettings, Command, Diagnostic, Recipe, Tool
from genesis.language.diagnostics import render
from genesis.language.digest import code_digest
from genesis.language.port import Language
from genesis.language.table import LANGUAGES, LanguageError, comment_of, language_named, language_of

__all__ = [
    "LANGUAGES",
    "BuildError",
    "BuildSettings",
    "Command",
    "Diagnostic",
    "Language",
    "LanguageError",
    "Recipe",
    "Tool",
    "code_digest",
    "comment_of",
    "language_named",
    "language_of",
    "render",
]
