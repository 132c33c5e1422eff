"""What a candidate's tree uses, read from ``/proc``: where no control group counts it.

Theory of operation. A tree is a process group that its members cannot leave. All are descendants of the warm process,
which adopts those whose parent has ended. What they share with the warm process by fork is not theirs: the kernel gives
each sharer of a page an equal part (PSS), so the parts of the warm process's own memory that are missing from its own
sum are the others', and are taken off again. Memory that processes share on purpose is counted once, as large as it was
reserved. A process that may not be looked into is counted with all that it has.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from genesis.evaluation.job import Limits
from genesis.evaluation.sandbox.limits import SPARE_THREADS
from genesis.evaluation.sandbox.port import Excess

__all__ = ["Unnamed", "members", "memory_bytes", "tree_excess", "unnamed_files"]

_KIB = 1024
_STATE, _GROUP, _THREADS = 0, 2, 17  # in stat, after the name
_TICKS = slice(11, 15)  # user and system time, own and of children that were waited for
_ENDED = {"Z", "X"}
_SHARED_MEMORY = "/dev/zero (deleted)"
_DELETED = " (deleted)"


@dataclass(frozen=True, slots=True)
class _Memory:
    """Of one process: what of its own memory is in RAM, and its part of that by PSS."""

    resident_bytes: int
    part_bytes: int


def members(proc: int, group: int) -> Iterator[int]:
    """The running processes of one group, found among the descendants of this process.

    Args:
        proc: Descriptor of a ``/proc`` that shows this process and all below it.
        group: The number of the group's first process.
    """
    for pid in _descendants(proc, os.getpid()):
        status = _status(proc, pid)
        if status and status[_GROUP] == str(group) and status[_STATE] not in _ENDED:
            yield pid


def _descendants(proc: int, pid: int) -> Iterator[int]:
    for child in map(int, _read(proc, f"{pid}/task/{pid}/children").split()):
        yield child
        yield from _descendants(proc, child)


def _status(proc: int, pid: int) -> list[str]:
    """The fields of ``stat`` after the name; none when the process is gone."""
    return _read(proc, f"{pid}/stat").rpartition(")")[2].split()


def tree_excess(proc: int, group: int, limits: Limits, *, count_memory: bool) -> Excess:
    """What a tree has too much of: processes, threads, CPU time, or memory if that is to be counted.

    Looks at no more processes than are allowed, and one: a tree that forks without end cannot keep us busy.
    """
    pids = list(islice(members(proc, group), limits.processes + 1))
    states = [status for pid in pids if (status := _status(proc, pid))]
    threads = sum(int(status[_THREADS]) for status in states)
    if len(pids) > limits.processes or threads > limits.processes + SPARE_THREADS:
        return "processes"
    ticks = sum(sum(map(int, status[_TICKS])) for status in states)
    if ticks / os.sysconf("SC_CLK_TCK") > max(1.0, limits.cpu_s):
        return "cpu"
    return "memory" if count_memory and memory_bytes(proc, pids) > limits.memory_bytes else ""


def memory_bytes(proc: int, pids: Iterable[int]) -> int:
    """Memory of some processes beyond what they have from the warm process, which is the caller."""
    warm = _memory(proc, os.getpid())
    sharers = 1 + sum(1 for _ in _descendants(proc, os.getpid()))  # the process outside that waits for us, too
    inherited = max(0, warm.resident_bytes - warm.part_bytes) // sharers
    shared: dict[str, int] = {}
    own = 0
    for pid in pids:
        own += max(0, _memory(proc, pid).part_bytes - inherited)
        shared.update(_shared_memory(proc, pid))
    return own + sum(shared.values())


def _memory(proc: int, pid: int) -> _Memory:
    fields = _sizes(_read(proc, f"{pid}/smaps_rollup"))
    if "Pss_Anon" in fields:
        return _Memory(fields["Anonymous"], fields["Pss_Anon"])
    pages = [int(field) for field in _read(proc, f"{pid}/statm").split()]
    resident = (pages[1] - pages[2]) * os.sysconf("SC_PAGE_SIZE") if pages else 0
    return _Memory(resident, resident)


def _sizes(text: str) -> dict[str, int]:
    rows = (line.split() for line in text.splitlines())
    return {row[0].rstrip(":"): int(row[1]) * _KIB for row in rows if len(row) == 3 and row[2] == "kB"}


def _shared_memory(proc: int, pid: int) -> dict[str, int]:
    """Anonymous memory that was made to be shared, by the number that tells one piece from another."""
    found: dict[str, int] = {}
    for span, inode, path in _mapped(proc, pid):
        if path == _SHARED_MEMORY:
            found[inode] = max(span, found.get(inode, 0))
    return found


def _mapped(proc: int, pid: int) -> Iterator[tuple[int, str, str]]:
    """Bytes, inode with its device, and path of each mapping of a file."""
    for line in _read(proc, f"{pid}/maps").splitlines():
        fields = line.split(maxsplit=5)
        if len(fields) == 6:
            low, high = (int(part, 16) for part in fields[0].split("-"))
            yield high - low, f"{fields[3]}/{fields[4]}", fields[5]


@dataclass(frozen=True, slots=True)
class Unnamed:
    """Files that take space and have no name any more: the bytes of open ones, the number of those only mapped."""

    open_bytes: int
    mapped: int


def unnamed_files(proc: int, pids: Iterable[int], directory: str) -> Unnamed:
    """What some processes keep of files that were removed from a directory: no walk over it finds these."""
    opened: dict[int, int] = {}
    mapped: set[str] = set()
    for pid in pids:
        opened.update(_open_files(proc, pid, directory))
        mapped.update(inode for _, inode, path in _mapped(proc, pid) if _is_removed(path, directory))
    known = {str(inode) for inode in opened}
    return Unnamed(sum(opened.values()), sum(inode.rpartition("/")[2] not in known for inode in mapped))


def _is_removed(path: str, directory: str) -> bool:
    return path.startswith(directory + "/") and path.endswith(_DELETED)


def _open_files(proc: int, pid: int, directory: str) -> Iterator[tuple[int, int]]:
    for name in _names(proc, f"{pid}/fd"):
        place = f"{pid}/fd/{name}"
        try:
            if _is_removed(os.readlink(place, dir_fd=proc), directory):
                status = os.stat(place, dir_fd=proc)
                yield status.st_ino, status.st_blocks * 512
        except OSError:
            continue  # closed meanwhile


def _names(proc: int, path: str) -> list[str]:
    try:
        directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=proc)
    except OSError:
        return []
    try:
        return os.listdir(directory)  # noqa: PTH208  of a descriptor
    finally:
        os.close(directory)


def _read(proc: int, path: str) -> str:
    """A file's text; empty when the process is gone or may not be looked into."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc)
    except OSError:
        return ""
    try:
        chunks: list[bytes] = []
        while chunk := os.read(file, 1 << 16):
            chunks.append(chunk)
        return b"".join(chunks).decode("utf-8", "replace")
    except OSError:
        return ""
    finally:
        os.close(file)
