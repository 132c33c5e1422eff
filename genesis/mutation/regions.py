"""EVOLVE-BLOCK markers: which text of a program may change.

A marker is a line that holds only a comment ``EVOLVE-BLOCK-START`` or ``EVOLVE-BLOCK-END`` (words may follow). What
lies between the two lines may change; the marker lines themselves and all other text may not. A program without any
marker may change everywhere. As soon as one file has markers, the author has said what may change: files without
markers are then immutable, and no file may be added or removed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

from genesis.errors import UsageError
from genesis.language import comment_of
from genesis.program import Source

__all__ = ["Region", "RegionError", "editable", "editable_regions", "has_markers", "unchanged_outside"]

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class RegionError(UsageError):
    """Markers that are nested or do not come in pairs; the message names the line."""


@dataclass(frozen=True, slots=True)
class Region:
    """Whole lines of a file that may change, as character offsets: ``start`` included, ``end`` not."""

    start: int
    end: int


def has_markers(text: str, comment: str) -> bool:
    """Whether the file has any marker, paired or not."""
    return _marker(comment).search(text) is not None


def editable(text: str, comment: str) -> tuple[Region, ...]:
    """The regions of one file that may change, in order; the whole file when it has no marker.

    Args:
        text: The file.
        comment: What starts a line comment in its language.

    Raises:
        RegionError: Markers are nested or unbalanced.
    """
    regions: list[Region] = []
    opened: re.Match[str] | None = None
    for marker in _marker(comment).finditer(text):
        starts = marker["kind"] == "START"
        if starts and opened is not None:
            rule = f"the one of line {_line(text, opened)} is still open and blocks do not nest; close it first"
            raise RegionError(f"line {_line(text, marker)}: {marker[0].strip()!r}: {rule}")
        if not starts and opened is None:
            rule = "no block is open here; add EVOLVE-BLOCK-START above or remove this line"
            raise RegionError(f"line {_line(text, marker)}: {marker[0].strip()!r}: {rule}")
        if opened is not None:
            regions.append(Region(min(opened.end() + 1, marker.start()), marker.start()))
        opened = marker if starts else None
    if opened is not None:
        raise RegionError(f"line {_line(text, opened)}: {opened[0].strip()!r} has no EVOLVE-BLOCK-END below; add one")
    return tuple(regions) if regions else (Region(0, len(text)),)


def editable_regions(source: Source, language: str) -> Mapping[str, tuple[Region, ...]]:
    """The regions that may change of each file of a program, by path in sorted order; empty where nothing may.

    Raises:
        RegionError: Markers are nested or unbalanced; the message names the file and the line.
    """
    marked = _marked(source, language)
    regions: dict[str, tuple[Region, ...]] = {}
    for path in sorted(source.files):
        comment = comment_of(path, among=language)
        try:
            regions[path] = editable(source.files[path], comment) if path in marked or not marked else ()
        except RegionError as error:
            raise RegionError(f"{path}, {error}") from error
    return regions


def unchanged_outside(before: Source, after: Source, language: str) -> str | None:
    """What immutable text differs between two versions of a program; ``None`` when none does.

    Returns:
        A message naming the file and the first immutable line that differs, as numbered in ``before``.
    """
    if not _marked(before, language):
        return None
    if before.entry != after.entry:
        return (
            f"the entry file {before.entry!r} became {after.entry!r}; in a program with EVOLVE-BLOCK markers it stays"
        )
    for path in sorted(before.files.keys() | after.files.keys()):
        message = _file_unchanged(before.files.get(path), after.files.get(path), comment_of(path, among=language))
        if message is not None:
            return f"{path}: {message}"
    return None


def _marked(source: Source, language: str) -> set[str]:
    """Paths of the files with markers, each in the comments of its own language."""
    return {path for path, text in source.files.items() if has_markers(text, comment_of(path, among=language))}


def _file_unchanged(before: str | None, after: str | None, comment: str) -> str | None:
    if before == after:
        return None
    if before is None or after is None:
        return f"file {'added' if before is None else 'removed'}; a program with EVOLVE-BLOCK markers keeps its files"
    if not has_markers(before, comment):
        return (
            f"line {_first_difference(before, after)} changed; this file has no EVOLVE-BLOCK, so all of it is immutable"
        )
    return _outside_unchanged(before, after, comment)


def _outside_unchanged(before: str, after: str, comment: str) -> str | None:
    try:
        kept, offered = editable(before, comment), editable(after, comment)
    except RegionError as error:
        return str(error)
    for old, new in zip_longest(_outside(before, kept), _outside(after, offered)):
        if old is None:
            return "an EVOLVE-BLOCK was added; keep the markers as they are"
        start, text = old
        if new is None or new[1] != text:
            line = before.count("\n", 0, start) + _first_difference(text, "" if new is None else new[1])
            return f"line {line} is outside every EVOLVE-BLOCK and changed; put it back"
    return None


def _outside(text: str, regions: tuple[Region, ...]) -> list[tuple[int, str]]:
    starts = [0, *(region.end for region in regions)]
    ends = [*(region.start for region in regions), len(text)]
    return [(start, text[start:end]) for start, end in zip(starts, ends, strict=True)]


def _first_difference(before: str, after: str) -> int:
    for number, (old, new) in enumerate(zip_longest(_LINE.findall(before), _LINE.findall(after)), start=1):
        if old != new:
            return number
    return 1


def _line(text: str, marker: re.Match[str]) -> int:
    return text.count("\n", 0, marker.start()) + 1


@lru_cache(maxsize=16)
def _marker(comment: str) -> re.Pattern[str]:
    return re.compile(rf"^[ \t]*+{re.escape(comment)}[ \t]*+EVOLVE-BLOCK-(?P<kind>START|END)\b[^\n]*", re.MULTILINE)
