"""Control groups: the kernel's own count of a whole tree's memory and processes, where we may have it.

Theory of operation. Before the warm process gives up its view and its rights it makes a few groups below the one that
it lives in, in version 2 or in the memory and pids hierarchies of version 1, and keeps the files open that it will
write: a file opened before stays writable after. A candidate's process moves in right after the fork, before it is
confined. A group is used again when its candidate is gone.

Only a process outside can remove them: a keeper, forked beforehand, that waits for the end of a pipe.
"""

import contextlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from genesis.evaluation.job import Limits
from genesis.evaluation.sandbox.limits import SPARE_THREADS

__all__ = ["Group", "Groups"]

_MOUNTS = "/proc/self/mountinfo"
_OWN = "/proc/self/cgroup"
_PREFIX = "genesis-"
_NEEDED = ("memory", "pids")
_FIXED = (("memory.swap.max", 0), ("memory.oom.group", 1))
_COUNT = 32
_REMOVAL_S = 10.0
_RETRY_S = 0.02


@dataclass(frozen=True, slots=True)
class _Hierarchy:
    """The names of one hierarchy's files; ``counts`` has a line ``oom_kill NUMBER``, ``fixed`` are set once."""

    directory: str
    memory: tuple[str, ...] = ()
    counts: str = ""
    processes: str = ""
    fixed: tuple[tuple[str, int], ...] = ()


@dataclass(slots=True)
class Group:
    """One candidate's group at a time: open files of one directory in each hierarchy."""

    members: list[int] = field(default_factory=list[int])
    memory: list[int] = field(default_factory=list[int])
    processes: int = -1
    counts: int = -1
    killed: int = 0
    limits: tuple[int, int] = (1 << 62, 0)

    def set_limits(self, limits: Limits) -> None:
        """Limit memory, with what files in memory take, and processes, threads included."""
        wanted = (_all_memory(limits), limits.processes + SPARE_THREADS)
        if wanted == self.limits:
            return
        if wanted[0] > self.limits[0]:  # version 1 keeps memory below memory with swap, in every step
            _write(self.memory[1:], wanted[0])
        _write(self.memory, wanted[0])
        _write([self.processes], wanted[1])
        self.limits = wanted

    def add(self, pid: int) -> None:
        """Move a process in; 0 is the caller."""
        _write(self.members, pid)

    def was_out_of_memory(self) -> bool:
        """Whether the kernel has killed a process of this group for its memory since the last call."""
        text = os.pread(self.counts, 4096, 0).decode("ascii", "replace")
        lines = dict(line.split()[:2] for line in text.splitlines() if " " in line)
        before, self.killed = self.killed, int(lines.get("oom_kill", 0))
        return self.killed > before


def _write(files: Sequence[int], number: int) -> None:
    for file in files:
        os.pwrite(file, b"%d" % number, 0)


def _all_memory(limits: Limits) -> int:
    # The scratch file system, result, stdout and stderr are memory too, each with a limit of its own.
    return limits.memory_bytes + limits.disk_bytes + 3 * limits.output_bytes


class Groups:
    """A few groups, made by a process that still may."""

    def __init__(self, groups: list[Group]) -> None:
        self._free = groups

    @classmethod
    def make(cls, limits: Limits) -> "Groups | None":
        """Make the groups and their keeper, or give None where this machine does not let us try ``limits``."""
        made: list[str] = []
        try:
            groups = [_make_group(_hierarchies(), number, made) for number in range(_COUNT)]
            groups[0].set_limits(limits)
        except (OSError, ValueError):
            _remove(made)
            return None
        _start_keeper(made)
        return cls(groups)

    def take(self) -> Group | None:
        """A group that nobody is in, or None when all are taken."""
        return self._free.pop() if self._free else None

    def give_back(self, group: Group) -> None:
        """Take a group back whose processes are gone."""
        self._free.append(group)


def _hierarchies() -> list[_Hierarchy]:
    """Where groups with limits of memory and processes can be made.

    Raises:
        ValueError: Nowhere.
    """
    own = dict(map(_own, _read(_OWN).splitlines()))
    places: dict[str, str] = {}
    for line in _read(_MOUNTS).splitlines():
        before, _, after = line.partition(" - ")
        fields, (kind, _, options) = before.split(), after.split()[:3]
        root, point = fields[3], fields[4]
        if kind == "cgroup2":
            places.setdefault("", _below(point, root, own.get("", "/")))
        elif kind == "cgroup":
            for controller in set(options.split(",")) & set(_NEEDED):
                places.setdefault(controller, _below(point, root, own.get(controller, "/")))
    return _version_2(places) or _version_1(places)


def _own(line: str) -> tuple[str, str]:
    """The controller (empty in version 2) and path of a line; of joined controllers the one that matters."""
    _, names, path = line.split(":", 2)
    return next((name for name in names.split(",") if name in _NEEDED), names), path


def _below(point: str, root: str, path: str) -> str:
    inner = path.removeprefix(root.rstrip("/")) if path.startswith(root) else path
    return point + inner.rstrip("/")


def _version_2(places: dict[str, str]) -> list[_Hierarchy]:
    """Our own group, if it may have children with limits, else the one above it, as in a delegated session."""
    own = places.get("", "")
    for directory in (own, os.path.dirname(own)):  # noqa: PTH120  text
        with contextlib.suppress(OSError):
            enabled = _read(f"{directory}/cgroup.subtree_control").split()
            if own and set(_NEEDED) <= set(enabled) and os.access(directory, os.W_OK):
                return [_Hierarchy(directory, ("memory.max",), "memory.events", "pids.max", _FIXED)]
    return []


def _version_1(places: dict[str, str]) -> list[_Hierarchy]:
    if not set(_NEEDED) <= set(places):
        raise ValueError("no hierarchy has the controllers memory and pids")
    memory = ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes")
    return [
        _Hierarchy(places["memory"], memory=memory, counts="memory.oom_control"),
        _Hierarchy(places["pids"], processes="pids.max"),
    ]


def _make_group(hierarchies: Sequence[_Hierarchy], number: int, made: list[str]) -> Group:
    group = Group()
    for hierarchy in hierarchies:
        path = f"{hierarchy.directory}/{_PREFIX}{os.getpid()}-{number}"
        os.mkdir(path)  # noqa: PTH102  with the rest of its kind
        made.append(path)
        group.members.append(_open(f"{path}/cgroup.procs", os.O_WRONLY))
        group.memory += [_open(f"{path}/{name}", os.O_WRONLY) for name in hierarchy.memory if _is_there(path, name)]
        for name, value in hierarchy.fixed:
            if _is_there(path, name):  # not where the machine has no swap
                Path(path, name).write_text(str(value), encoding="ascii")
        if hierarchy.counts:
            group.counts = _open(f"{path}/{hierarchy.counts}", os.O_RDONLY)
        if hierarchy.processes:
            group.processes = _open(f"{path}/{hierarchy.processes}", os.O_WRONLY)
    return group


def _is_there(path: str, name: str) -> bool:
    return os.access(f"{path}/{name}", os.W_OK)


def _open(path: str, how: int) -> int:
    return os.open(path, how | os.O_CLOEXEC)


def _read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8", errors="replace")


def _start_keeper(paths: Sequence[str]) -> None:
    """Fork a process that removes groups when every copy of this process's end of a pipe is closed."""
    reader, _ = os.pipe()  # the other end stays open as long as this process, and its children
    if os.fork():
        os.close(reader)
        return
    os.setsid()  # whoever kills the warm process's group must leave this one
    os.closerange(0, reader)
    os.closerange(reader + 1, os.sysconf("SC_OPEN_MAX"))
    os.read(reader, 1)
    _remove(paths)
    os._exit(0)


def _remove(paths: Sequence[str]) -> None:
    """Remove groups; a killed process stays in its own for a moment."""
    until_s = time.monotonic() + _REMOVAL_S
    for path in reversed(paths):
        while True:
            try:
                os.rmdir(path)  # noqa: PTH106  with the rest of its kind
            except FileNotFoundError:
                break
            except OSError:
                if time.monotonic() > until_s:
                    break
                time.sleep(_RETRY_S)
            else:
                break
