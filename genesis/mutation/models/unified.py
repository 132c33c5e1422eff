"""Unified diffs as models write them: hunks become blocks; their line numbers are seldom right and are ignored."""

import re
from collections.abc import Collection, Iterator
from typing import Final

from genesis.mutation.models.blocks import Block, misread
from genesis.mutation.models.paths import named_path
from genesis.mutation.operators.port import Rejection

__all__ = ["read_unified"]

_HUNK = re.compile(r"@@[^@\n]*+(?:@@.*)?$")
_NO_NEWLINE: Final = "\\ No newline"
_ENDS: Final = ("diff --git ", "```", "~~~")


def read_unified(reply: str, known: Collection[str]) -> tuple[Block, ...] | Rejection:
    """The hunks of a reply as blocks, in order; none when it has no hunk."""
    blocks: list[Block] = []
    for path, hunk in _hunks(reply.split("\n"), known):
        search, replace = tuple(_side(hunk, "-")), tuple(_side(hunk, "+"))
        if search != replace:
            blocks.append(Block(len(blocks) + 1, path, path is not None, search, replace))
    bare = next((each for each in blocks if not any(map(str.strip, each.search))), None)
    if bare is not None and (bare.path is None or bare.path in known):
        return misread(f"hunk {bare.number} has no line of the program: add the lines around the change")
    return tuple(blocks)


def _hunks(lines: list[str], known: Collection[str]) -> Iterator[tuple[str | None, list[str]]]:
    """Each hunk's lines, without its head, and the file that was named last."""
    path: str | None = None
    hunk: list[str] | None = None
    for number, line in enumerate(lines):
        is_head = line.startswith("--- ") and lines[number + 1 : number + 2] != [] and lines[number + 1][:4] == "+++ "
        if is_head or _HUNK.match(line) or line.startswith(_ENDS):
            if hunk is not None:
                yield path, hunk
            hunk = [] if _HUNK.match(line) else None
            path = (named_path(lines[number + 1][4:], known) or named_path(line[4:], known)) if is_head else path
        elif hunk is not None:
            hunk.append(line)
    if hunk is not None:
        yield path, hunk


def _side(hunk: list[str], sign: str) -> Iterator[str]:
    """The context with the removed lines, or with the added ones."""
    while hunk and not hunk[-1].strip():
        hunk.pop()
    for line in hunk:
        if line.startswith(_NO_NEWLINE):
            continue
        if not line or line[0] not in "+- ":
            yield line  # a context line whose blank was lost
        elif line[0] in {" ", sign}:
            yield line[1:]
