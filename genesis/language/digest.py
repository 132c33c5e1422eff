"""One number for what a program says, whatever its layout."""

import hashlib
from functools import lru_cache
from typing import Final

from genesis.language.table import language_named, language_of
from genesis.program import Source

__all__ = ["code_digest"]

# Parents come back again and again; longer texts would fill the memory.
_CACHED_CHARACTERS: Final = 20_000


def code_digest(source: Source, language: str) -> str:
    """SHA-256 (64 hex digits) of the program's files in normal form, their paths and which one is the entry.

    Equal digests mean programs that differ at most in layout, comments and documentation. Each file is read in the
    language of its suffix; files of none (data, build files) count byte for byte.

    Raises:
        LanguageError: The language is not in the table.
    """
    digest = hashlib.sha256(_framed(source.entry))
    for path in sorted(source.files):
        text, spoken = source.files[path], language_of(path, among=language)
        digest.update(_framed(path))
        if spoken is None:
            digest.update(hashlib.sha256(_framed(text)).digest())
        elif len(text) <= _CACHED_CHARACTERS:
            digest.update(_cached_normal_digest(text, spoken.name))
        else:
            digest.update(_normal_digest(text, spoken.name))
    return digest.hexdigest()


def _normal_digest(text: str, language: str) -> bytes:
    return hashlib.sha256(_framed(language_named(language).normalise(text))).digest()


_cached_normal_digest = lru_cache(maxsize=512)(_normal_digest)


def _framed(part: str) -> bytes:
    # Lone surrogates are no UTF-8, yet models do send them.
    data = part.encode("utf-8", "surrogatepass")
    return len(data).to_bytes(8, "big") + data
