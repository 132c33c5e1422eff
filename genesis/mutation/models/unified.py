"""Unified diffs as models write them: hunks become blocks; their line numbers are seldom right and are ignored."""

import re
from collections.abc import Collection, Iterator
from typing import Final

from genesis.mutation.models.blocks import Block, misread
from genesis.mutation.models.paths import named_path
from genesis.mutation.operators.port import Rejection

__all__ = ["read_unified"]

_HUNK = re.compile(r"@@[^@\n]*+(?:@@.*)?$")
_FENCE = re.compile(r"[ \t]*+(?:```|~~~)[ \t]*+(?P<tag>\w*+)[^`]*+$")
_NO_NEWLINE: Final = "\\ No newline"
_ENDS: Final = ("diff --git ", "```", "~~~", "*** ")
_DIFF_TAGS: Final = frozenset({"diff", "patch"})


def read_unified(reply: str, known: Collection[str]) -> tuple[Block, ...] | Rejection:
    """The hunks of a reply as blocks, in order; none when it has no hunk.

    A fence that names a diff and has no line ``@@`` is one hunk.
    """
    blocks: list[Block] = []
    lines = reply.split("\n")
    has_hunks = any(line.startswith("@@") for line in lines)
    for path, hunk in _hunks(lines, known, has_hunks=has_hunks):
        search, replace = tuple(_side(hunk, "-")), tuple(_side(hunk, "+"))
        if search != replace:
            blocks.append(Block(len(blocks) + 1, path, path is not None, search, replace))
    bare = next((each for each in blocks if not any(map(str.strip, each.search))), None)
    if bare is not None and (bare.path is None or bare.path in known):
        return misread(f"hunk {bare.number} has no line of the program: add the lines around the change")
    return tuple(blocks)


def _hunks(lines: list[str], known: Collection[str], *, has_hunks: bool) -> Iterator[tuple[str | None, list[str]]]:
    """Each hunk's lines, without its head, and the file that was named last."""
    path: str | None = None
    hunk: list[str] | None = None
    for number, line in enumerate(lines):
        named = _named(lines, number, known)
        begins = _HUNK.match(line) is not None or (not has_hunks and _opens_diff(line))
        if begins or named is not None or line.startswith(_ENDS):
            if hunk:
                yield path, _without_prose(hunk)
            goes_on = not has_hunks and hunk is not None and named is not None
            hunk = [] if begins or goes_on else None
            path = named or path
        elif hunk is not None and not (line.startswith("+++ ") and _named(lines, number - 1, known) is not None):
            hunk.append(line)
    if hunk:
        yield path, _without_prose(hunk)


def _named(lines: list[str], number: int, known: Collection[str]) -> str | None:
    """The file that a diff's head names at this line; empty for a head that names none, None where there is no head."""
    line = lines[number]
    if line.startswith("*** ") and ": " in line:
        return named_path(line.partition(": ")[2], known) or ""
    following = lines[number + 1] if number + 1 < len(lines) else ""
    if not (line.startswith("--- ") and following.startswith("+++ ")):
        return None
    return named_path(following[4:], known) or named_path(line[4:], known) or ""


def _opens_diff(line: str) -> bool:
    fence = _FENCE.match(line)
    return fence is not None and fence["tag"].lower() in _DIFF_TAGS


def _without_prose(hunk: list[str]) -> list[str]:
    """The hunk without what follows it behind a blank line and has no sign of a diff."""
    last = max((number for number, line in enumerate(hunk) if line[:1] in {"+", "-", " "}), default=-1)
    end = next((number for number in range(last + 1, len(hunk)) if not hunk[number].strip()), len(hunk))
    return hunk[:end]


def _side(hunk: list[str], sign: str) -> Iterator[str]:
    """The context with the removed lines, or with the added ones."""
    for line in hunk:
        if line.startswith(_NO_NEWLINE):
            continue
        if not line or line[0] not in "+- ":
            yield line  # a context line whose blank was lost
        elif line[0] in {" ", sign}:
            yield line[1:]
