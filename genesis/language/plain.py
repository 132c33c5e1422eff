"""Programs as a model reads them that is to say what they are, and not how they are laid out."""

from functools import lru_cache
from typing import Final

from genesis.language.table import language_named, language_of
from genesis.program import Source

__all__ = ["plain_text"]

_CACHED_CHARACTERS: Final = 20_000


def plain_text(source: Source, language: str) -> str:
    """All of a program as one text, the entry file first, without comments and documentation, in one layout.

    Files that are in no language of the table are as they are.

    Raises:
        LanguageError: The language is not in the table.
    """
    paths = sorted(source.files, key=lambda path: (path != source.entry, path))
    plain = {path: _file(path, source.files[path], language) for path in paths}
    return plain[source.entry] if len(plain) == 1 else "\n".join(f"==> {path} <==\n{plain[path]}" for path in paths)


def _file(path: str, text: str, language: str) -> str:
    spoken = language_of(path, among=language)
    if spoken is None:
        return text
    return _cached(text, spoken.name) if len(text) <= _CACHED_CHARACTERS else _plain(text, spoken.name)


def _plain(text: str, language: str) -> str:
    return language_named(language).plain(text)


_cached = lru_cache(maxsize=256)(_plain)
