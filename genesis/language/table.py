"""The languages that programs may be written in: one row each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from genesis.errors import UsageError
from genesis.language.port import Language
from genesis.language.python import PYTHON

__all__ = ["LANGUAGES", "LanguageError", "language_named"]

LANGUAGES: Final[Mapping[str, Language]] = MappingProxyType({"python": PYTHON})


class LanguageError(UsageError):
    """A language that is not in the table."""


def language_named(name: str) -> Language:
    """The language of that name.

    Raises:
        LanguageError: There is none.
    """
    language = LANGUAGES.get(name)
    if language is None:
        raise LanguageError(f"language {name!r} is not known: use one of {', '.join(sorted(LANGUAGES))}")
    return language
