"""SEARCH/REPLACE blocks as models write them: the markers, the file that a block names, its two texts. Pure and linear.

A block is::

    path/of/the/file.py
    <<<<<<< SEARCH
    lines of the program, whole and in order
    =======
    the lines to put in their place
    >>>>>>> REPLACE

The name may be left out where there is one file, and may come in any of the usual styles: alone, in a heading, in bold,
in a fence's info. Markers may be longer or shorter, and blocks may stand in fences.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from genesis.mutation.models.paths import named_path
from genesis.mutation.operators.port import Rejection

__all__ = ["Block", "misread", "read_blocks"]

_HEADER_LINES: Final = 4  # how far above a block the name of its file may stand

_OPEN = re.compile(
    r"[ \t*]*+(?P<mark><{4,}+|-{5,}+)[ \t]*+(?:SEARCH|ORIGINAL|OLD|BEFORE|HEAD)\b[ \t:*]*+(?P<rest>.*)"
    r"|[ \t]*+<SEARCH>[ \t]*+$",
    re.IGNORECASE,
)
_BARE_OPEN = re.compile(r"[ \t*]*+(?P<mark><{5,}+)[ \t*]*+(?P<rest>)$")
_DIVIDE = re.compile(
    r"[ \t*]*+(?P<mark>={4,}+)[ \t]*+(?:REPLACE|WITH)?[ \t*:]*+$|[ \t]*+<REPLACE>[ \t]*+$", re.IGNORECASE
)
_DASHES = re.compile(r"[ \t]*+-{5,}+[ \t]*+$")
_CLOSE = re.compile(
    r"[ \t*]*+(?:>{4,}+|\+{5,}+|<{4,}+)[ \t]*+(?:REPLACED?|UPDATED|NEW|AFTER|END)\b.*|[ \t*]*+>{5,}+[ \t*]*+$"
    r"|>{7}[ \t]++[\w./-]++$|[ \t]*+</REPLACE>[ \t]*+$",
    re.IGNORECASE,
)
_END_OF_SEARCH = re.compile(r"[ \t]*+</SEARCH>[ \t]*+$", re.IGNORECASE)
_FENCE = re.compile(r"[ \t]*+(?:`{3,}+|~{3,}+)[^`]*+$")
_BARE_FENCE = re.compile(r"[ \t]*+(?:`{3,}+|~{3,}+)[ \t]*+$")

_SIGNS: Final = frozenset("<=>-+")

_Kind: TypeAlias = Literal["open", "divide", "close"]


@dataclass(frozen=True, slots=True)
class Block:
    """One change to one file.

    Attributes:
        number: From 1, as people count.
        path: The file that the block names; None when it names none.
        named_here: Whether the name stands at this block, not at one further up.
        search: Lines of the program, without their ends; empty for a new file.
        replace: What takes their place.
    """

    number: int
    path: str | None
    named_here: bool
    search: tuple[str, ...]
    replace: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Mark:
    line: int
    kind: _Kind
    width: int
    rest: str = ""


def misread(message: str) -> Rejection:
    """A patch that cannot be read or applied."""
    return Rejection("patch_did_not_apply", message)


def read_blocks(reply: str, known: Collection[str]) -> tuple[Block, ...] | Rejection:
    """The blocks of a reply, in order and without repetitions; none when it has no marker.

    Args:
        reply: A cleaned reply, without thoughts.
        known: Paths of the program's files.
    """
    lines = reply.split("\n")
    marks = [mark for number, line in enumerate(lines) if (mark := _mark(number, line)) is not None]
    openings = [index for index, mark in enumerate(marks) if mark.kind == "open"]
    if not openings:
        stray = any(mark.kind == "close" for mark in marks)
        return misread("there is a line >>>>>>> REPLACE without a <<<<<<< SEARCH above it") if stray else ()
    blocks: dict[tuple[object, ...], Block] = {}
    path: str | None = None
    behind = 0
    for number, (index, after) in enumerate(_pairs(openings, len(marks)), start=1):
        cut = _cut(number, lines, marks[index], marks[index + 1 : after], marks[after] if after < len(marks) else None)
        if isinstance(cut, Rejection):
            return cut
        own = named_path(marks[index].rest, known) or _header(lines, behind, marks[index].line, known)
        path = own or path
        search, replace, behind = cut
        blocks.setdefault((path, search, replace), Block(number, path, own is not None, search, replace))
    return tuple(blocks.values())


def _mark(number: int, line: str) -> _Mark | None:
    if line.lstrip(" \t*")[:1] not in _SIGNS:
        return None
    if (found := _OPEN.match(line) or _BARE_OPEN.match(line)) is not None:
        return _Mark(number, "open", len(found["mark"] or ""), found["rest"] or "")
    if (found := _DIVIDE.match(line)) is not None:
        return _Mark(number, "divide", len(found["mark"] or ""))
    return _Mark(number, "close", 0) if _CLOSE.match(line) else None


def _pairs(openings: Sequence[int], end: int) -> Iterator[tuple[int, int]]:
    yield from zip(openings, [*openings[1:], end], strict=True)


def _cut(
    number: int, lines: list[str], opening: _Mark, inside: Sequence[_Mark], following: _Mark | None
) -> tuple[tuple[str, ...], tuple[str, ...], int] | Rejection:
    """A block's two texts, and the line behind it."""
    closing = next((mark.line for mark in inside if mark.kind == "close"), None)
    behind = None if closing is None else closing + 1
    if closing is None:
        closing = _unclosed_end(lines, opening, inside, following)
        behind = closing
    if closing is None or behind is None:
        return misread(f"block {number} has no line >>>>>>> REPLACE at its end; the reply may have been cut off")
    dividers = _dividers(lines, opening, inside, closing)
    if len(dividers) != 1:
        rule = (
            "put one between SEARCH and REPLACE"
            if not dividers
            else "the program's own text looks like a marker, so write all markers of this block with 9 signs, "
            "such as <<<<<<<<< SEARCH"
        )
        return misread(f"block {number} has {len(dividers)} lines =======: {rule}")
    middle = dividers[0]
    above = lines[opening.line + 1 : middle]
    search, replace = _unfenced(
        above[:-1] if above and _END_OF_SEARCH.match(above[-1]) else above, lines[middle + 1 : closing]
    )
    return tuple(search), tuple(replace), behind


def _dividers(lines: list[str], opening: _Mark, inside: Sequence[_Mark], closing: int) -> list[int]:
    """The lines that may stand between a block's two texts: of several, those as wide as the opening one."""
    found = [mark for mark in inside if mark.kind == "divide" and mark.line < closing]
    if not found:
        return [number for number in range(opening.line + 1, closing) if _DASHES.match(lines[number])]
    alike = [mark for mark in found if mark.width == opening.width]
    return [mark.line for mark in (alike if len(found) > 1 and alike else found)]


def _unclosed_end(lines: list[str], opening: _Mark, inside: Sequence[_Mark], following: _Mark | None) -> int | None:
    """Where a block without an end must end: at the only bare fence below it, if it began in a fence."""
    begun = any(_FENCE.match(line) for line in lines[max(0, opening.line - _HEADER_LINES) : opening.line])
    divider = next((mark.line for mark in inside if mark.kind == "divide"), None)
    if not begun or divider is None:
        return None
    end = len(lines) if following is None else following.line
    bare = [number for number in range(divider + 1, end) if _BARE_FENCE.match(lines[number])]
    return bare[0] if len(bare) == 1 else None


def _unfenced(search: list[str], replace: list[str]) -> tuple[list[str], list[str]]:
    """Both texts without a fence around each."""

    def is_fenced(part: list[str]) -> bool:
        return len(part) > 1 and _FENCE.match(part[0]) is not None and _BARE_FENCE.match(part[-1]) is not None

    if is_fenced(search) and (is_fenced(replace) or not replace):
        return search[1:-1], replace[1:-1]
    return search, replace


def _header(lines: list[str], behind: int, line: int, known: Collection[str]) -> str | None:
    """The file that the nearest lines between the last block and this one name."""
    seen = 0
    for number in range(line - 1, behind - 1, -1):
        if not lines[number].strip():
            continue
        if (path := named_path(lines[number], known)) is not None:
            return path
        seen += 1
        if seen == _HEADER_LINES:
            break
    return None
