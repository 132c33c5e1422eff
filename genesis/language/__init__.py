"""Programming languages: how to mark, compare and check a text in each."""

from genesis.language.digest import code_digest
from genesis.language.port import Language
from genesis.language.table import LANGUAGES, LanguageError, language_named

__all__ = ["LANGUAGES", "Language", "LanguageError", "code_digest", "language_named"]
