"""The languages that programs may be written in: one row each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from genesis.errors import UsageError
from genesis.language.c import C
from genesis.language.cpp import CPP
from genesis.language.cuda import CUDA
from genesis.language.go import GO
from genesis.language.haskell import HASKELL
from genesis.language.javascript import JAVASCRIPT
from genesis.language.julia import JULIA
from genesis.language.mojo import MOJO
from genesis.language.port import Language
from genesis.language.python import PYTHON
from genesis.language.rust import RUST
from genesis.language.typescript import TYPESCRIPT
from genesis.language.webassembly import WEBASSEMBLY
from genesis.language.zig import ZIG

__all__ = ["LANGUAGES", "LanguageError", "comment_of", "language_named", "language_of"]

_ROWS: Final[tuple[Language, ...]] = (
    PYTHON,
    RUST,
    C,
    CPP,
    CUDA,
    JAVASCRIPT,
    TYPESCRIPT,
    GO,
    ZIG,
    JULIA,
    HASKELL,
    MOJO,
    WEBASSEMBLY,
)

LANGUAGES: Final[Mapping[str, Language]] = MappingProxyType({each.name: each for each in _ROWS})


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


def language_of(path: str, *, among: str) -> Language | None:
    """The language of one file of a program, by its suffix; None for data and build files.

    Args:
        path: Of the file.
        among: The program's language, which wins where several have the suffix (``.h``).

    Raises:
        LanguageError: The program's language is not in the table.
    """
    own = language_named(among)
    if path.endswith(own.suffixes):
        return own
    return next((each for each in LANGUAGES.values() if path.endswith(each.suffixes)), None)


def comment_of(path: str, *, among: str) -> str:
    """What starts a comment, and so an EVOLVE-BLOCK marker, in one file of a program.

    Args:
        path: Of the file; one in no language of the table is taken to have the program's comments.
        among: The program's language.

    Raises:
        LanguageError: The program's language is not in the table.
    """
    return (language_of(path, among=among) or language_named(among)).comment
