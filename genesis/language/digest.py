"""One number for what a program says, whatever its layout."""

import hashlib
from collections.abc import Callable, Iterator

from genesis.language.table import language_named
from genesis.program import Source

__all__ = ["code_digest"]


def code_digest(source: Source, language: str) -> str:
    """SHA-256 (64 hex digits) of the program's files in normal form, their paths and which one is the entry.

    Equal digests mean programs that differ at most in layout, comments and documentation. Files whose suffix is not
    the language's (data, build files) count byte for byte.

    Raises:
        LanguageError: The language is not in the table.
    """
    spoken = language_named(language)
    digest = hashlib.sha256()
    for part in (source.entry, *_parts(source, spoken.suffixes, spoken.normalise)):
        # Lone surrogates are no UTF-8, yet models do send them.
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


def _parts(source: Source, suffixes: tuple[str, ...], normalise: Callable[[str], str]) -> Iterator[str]:
    for path in sorted(source.files):
        text = source.files[path]
        yield path
        yield normalise(text) if path.endswith(suffixes) else text
