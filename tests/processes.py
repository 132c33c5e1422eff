"""Which processes descend from one, and whether they are still there."""

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

__all__ = ["Alive", "descendants", "survivors"]


class Alive(NamedTuple):
    """A process, told from a later one with the same id by when it started."""

    pid: int
    started: str


def descendants(pid: int) -> set[Alive]:
    """All processes below one, as far as /proc tells."""
    found: set[Alive] = set()
    waiting = [pid]
    while waiting:
        for child in _children(waiting.pop()):
            waiting.append(child)
            if (alive := _alive(child)) is not None:
                found.add(alive)
    return found


def survivors(processes: set[Alive], within_s: float = 30.0) -> set[Alive]:
    """Those that are still there after a while, zombies left out."""
    deadline = time.monotonic() + within_s
    while (left := {each for each in processes if _alive(each.pid) == each}) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def _children(pid: int) -> list[int]:
    """Those of all its threads; none of a process or a thread that has ended meanwhile."""
    found: list[int] = []
    with suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with suppress(OSError):
                found += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
    return found


def _alive(pid: int) -> Alive | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else Alive(pid, fields[19])
