"""Programming languages: how to mark, compare, check, build and run programs in each."""

from genesis.language.build import BuildError, BuildSettings, Command, Diagnostic, Recipe, Tool
from genesis.language.diagnostics import render
from genesis.language.digest import code_digest
from genesis.language.port import Language
from genesis.language.table import LANGUAGES, LanguageError, comment_of, language_named, language_of
from genesis.language.toolchain import Located, MissingTool, Toolchain, locate, probe, require

__all__ = [
    "LANGUAGES",
    "BuildError",
    "BuildSettings",
    "Command",
    "Diagnostic",
    "Language",
    "LanguageError",
    "Located",
    "MissingTool",
    "Recipe",
    "Tool",
    "Toolchain",
    "code_digest",
    "comment_of",
    "language_named",
    "language_of",
    "locate",
    "probe",
    "render",
    "require",
]
