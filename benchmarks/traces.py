"""What processes use, and what they could leave behind, as ``/proc`` has it."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = ["family", "memory_bytes", "traces", "tree_cpu_s"]

_CGROUPS = Path("/sys/fs/cgroup")


def family(pid: int) -> Iterator[int]:
    """A process and its descendants."""
    yield pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield from family(int(child))


def tree_cpu_s(pid: int) -> float:
    """CPU seconds of a process and its descendants, reaped ones included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    own = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(tree_cpu_s(int(child)) for child in children)


def memory_bytes(pid: int) -> int:
    """Memory of a process and its descendants, each shared page counted once among its sharers (PSS)."""
    return sum(_part(each) for each in family(pid))


def _part(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def traces(pids: Iterable[int]) -> dict[str, int]:
    """How many there are of all that warm processes, and this one, could leave behind."""
    warm = [each for pid in pids for each in family(pid)]
    everyone = [os.getpid(), *warm]
    return {
        "processes": len(warm),
        "descriptors": sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in everyone),
        "mounts": sum(Path(f"/proc/{pid}/mountinfo").read_text().count("\n") for pid in everyone),
        "temporary files": sum(1 for pid in everyone for _ in Path("/tmp").glob(f"genesis-*-{pid}/*/*")),
        "control groups": sum(1 for pid in everyone for _ in _CGROUPS.glob(f"*/**/genesis-{pid}-*")),
    }
