"""Which processes descend from one, and whether they are still there."""

import time
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
        for task in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            try:
                children = [int(child) for child in task.read_text().split()]
            except OSError:
                continue
            waiting.extend(children)
            found.update(alive for child in children if (alive := _alive(child)) is not None)
    return found


def survivors(processes: set[Alive], within_s: float = 30.0) -> set[Alive]:
    """Those that are still there after a while, zombies left out."""
    deadline = time.monotonic() + within_s
    while (left := {each for each in processes if _alive(each.pid) == each}) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def _alive(pid: int) -> Alive | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else Alive(pid, fields[19])
