"""Parquet parts by name: which lines each covers, which of them are read, which are merged.

``events-000000001-000004096.parquet`` covers lines 1 to 4096 of a run's events. Parts may overlap, as a merged part and
those it was made from do; the widest part at each place is the one to read. Parts whose lines do not follow on are not
part of the store yet.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

__all__ = ["ANALYTICS", "Part", "chain", "covered", "due_for_merging", "part_at", "parts_of"]

ANALYTICS = "analytics"
"""Name of the directory, inside a run's."""

_NAME = re.compile(r"([a-z_]+)-(\d{9,})-(\d{9,})\.parquet")
_FAN_IN = 8
_LARGEST_BYTES = 32 << 20
_SMALLEST_BYTES = 64 << 10


class Part(NamedTuple):
    """One file: lines ``first`` to ``last`` of a table."""

    first: int
    last: int
    path: Path
    bytes: int


def part_at(directory: Path, table: str, first: int, last: int) -> Path:
    """The path of a part."""
    return directory / f"{table}-{first:09d}-{last:09d}.parquet"


def parts_of(directory: Path, table: str) -> list[Part]:
    """All parts of a table, in no order; none where there is no directory."""
    try:
        entries = list(directory.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    found: list[Part] = []
    for path in entries:
        match = _NAME.fullmatch(path.name)
        if match and match[1] == table:
            try:
                found.append(Part(int(match[2]), int(match[3]), path, path.stat().st_size))
            except FileNotFoundError:
                continue  # merged and deleted while we looked; what covers it is in the list, or is looked up again
    return found


def chain(parts: Iterable[Part]) -> list[Part]:
    """The parts to read, in order: from line 1 on, each where the one before ends."""
    widest: dict[int, Part] = {}
    for part in parts:
        if part.first not in widest or part.last > widest[part.first].last:
            widest[part.first] = part
    found: list[Part] = []
    while (part := widest.get(found[-1].last + 1 if found else 1)) is not None:
        found.append(part)
    return found


def covered(parts: Sequence[Part]) -> list[tuple[Part, list[Part]]]:
    """The parts that need not be read since others have all of their lines, each with those others."""
    read = chain(parts)
    end = read[-1].last if read else 0
    return [
        (part, [each for each in read if each.first <= part.last and part.first <= each.last])
        for part in parts
        if part not in read and part.last <= end
    ]


def due_for_merging(parts: Sequence[Part]) -> Sequence[Part]:
    """The parts of a chain that should become one; empty when none should.

    Eight neighbours of one size class (each class is eight times the one below) make one of the next, so that a line is
    rewritten once a class, and few parts remain, however small the batches are.
    """
    run: list[Part] = []
    for part in reversed(parts):
        if part.bytes * _FAN_IN > _LARGEST_BYTES or (run and _class(part) != _class(run[0])):
            break
        run.append(part)
    return run[::-1] if len(run) >= _FAN_IN else []


def _class(part: Part) -> int:
    size, number = _SMALLEST_BYTES, 0
    while part.bytes > size:
        size *= _FAN_IN
        number += 1
    return number
