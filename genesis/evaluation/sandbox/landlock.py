"""Landlock, seccomp and resource limits: what a process can do to itself, without any privilege.

Theory of operation. Landlock allows reading the system and Python, and writing one scratch directory; it does not guard
changes of mode, owner, time and attributes, nor signals before Linux 6.12, so seccomp denies those. There is no process
namespace: the candidate leads a process group that seccomp keeps it, and its children, from leaving, and the group is
killed when it ends; what lost its parent becomes the warm process's child, and is reaped. With one process there is one
thread. With more, control groups limit processes and the tree's memory where they are to be had.

Nothing in the kernel limits all of a directory without privilege, nor, without control groups, a tree's memory and
processes: those are looked at while a candidate runs, and its tree is killed when it has too much. Between two looks it
can have more, for that long.
"""

import contextlib
import os
import resource
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from genesis.channel import die_with_parent
from genesis.evaluation.job import Limits
from genesis.evaluation.sandbox import linux
from genesis.evaluation.sandbox.cgroup import Group, Groups
from genesis.evaluation.sandbox.limits import WATCH_S, apply_limits, go_first, lead_group
from genesis.evaluation.sandbox.plain import kill_group
from genesis.evaluation.sandbox.port import USUAL_LIMITS, Excess, SandboxUnavailable, View
from genesis.evaluation.sandbox.scratch import ScratchDirectories, used_bytes
from genesis.evaluation.sandbox.seccomp import build_filter
from genesis.evaluation.sandbox.stand_in import go_on_guarded
from genesis.evaluation.sandbox.tree import members, tree_excess, unnamed_files
from genesis.evaluation.sandbox.view import DEVICES

__all__ = ["Landlock"]

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIRECTORY = 1, 2, 4, 8
_MAKE_CHARACTER_DEVICE, _MAKE_SOCKET, _MAKE_BLOCK_DEVICE = 1 << 6, 1 << 9, 1 << 11
_TRUNCATE, _DEVICE_CONTROL = 1 << 14, 1 << 15
_BIND_TCP, _CONNECT_TCP = 1, 2
_SCOPE_ABSTRACT_SOCKETS, _SCOPE_SIGNALS = 1, 2
_READ = _EXECUTE | _READ_FILE | _READ_DIRECTORY
_BYTES_PER_ENTRY = 16 * 1024
_LEAST_ENTRIES = 1024
_MOST_OPEN = 8192
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _DEVICE_CONTROL


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a candidate runs, and what it may use."""

    scratch: str
    limits: Limits
    group: Group | None


class Landlock:
    """Landlock, seccomp and rlimits."""

    def __init__(self) -> None:
        self._abi = linux.landlock_abi()
        self._warm_bytes = 0
        self._view = View((), ())
        self._directories = ScratchDirectories()
        self._is_inside = False
        self._rulesets: dict[str, int] = {}
        self._scratch = ""
        self._groups: Groups | None = None
        self._group: Group | None = None
        self._proc = -1
        self._taken: dict[int, _Place] = {}

    def enter(self, view: View) -> None:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        if self._abi == 0:
            raise SandboxUnavailable("landlock: this kernel has none, or it is switched off (Linux 5.13 or newer has)")
        self._warm_bytes = linux.virtual_bytes()
        self._view = view
        self._is_inside = True
        if view.trees:
            self._groups = Groups.make(USUAL_LIMITS)
        # A confined process could not remove its own scratch directories.
        go_on_guarded(kept=self._directories.lock, afterwards=self._directories.close)
        linux.adopt_orphans()
        if view.trees:
            go_first()
        self._proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, _MOST_OPEN), most))  # to look into deep directories
        self._prepare()

    def _prepare(self) -> None:
        self._scratch = self._directories.take()
        if self._scratch not in self._rulesets:
            self._rulesets[self._scratch] = _ruleset(self._abi, self._view, self._scratch)

    def fork(self, limits: Limits = USUAL_LIMITS) -> int:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        self._group = None
        if limits.processes > 1 and self._groups is not None:
            self._group = self._groups.take()
        if self._group is not None:
            self._group.set_limits(limits)
        pid = os.fork()
        if pid:
            self._taken[pid] = _Place(self._scratch, limits, self._group)
            self._prepare()
        return pid

    def confine(self, limits: Limits) -> str:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        lead_group()
        if self._group is not None:
            self._group.add(0)
        os.chdir(self._scratch)
        apply_limits(limits, warm_bytes=self._warm_bytes, threads=None)
        linux.drop_capabilities()
        linux.forbid_new_privileges()
        die_with_parent()
        linux.landlock_restrict(self._rulesets[self._scratch])
        linux.use_filter(_filter(os.getpid(), limits))
        return self._scratch

    def kill(self, pid: int) -> None:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        kill_group(pid)

    def watch_s(self, limits: Limits) -> float:  # noqa: ARG002  a directory has no size of its own
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        return WATCH_S

    def excess(self, pid: int) -> Excess:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        place = self._taken[pid]
        if place.limits.processes == 1:
            return self._disk_excess(place, [pid])
        if place.group is not None and place.group.was_out_of_memory():
            return "memory"
        found = tree_excess(self._proc, pid, place.limits, count_memory=place.group is None)
        return found or self._disk_excess(place, members(self._proc, pid))

    def _disk_excess(self, place: "_Place", pids: Iterable[int]) -> Excess:
        disk_bytes = place.limits.disk_bytes
        entries = max(_LEAST_ENTRIES, disk_bytes // _BYTES_PER_ENTRY)
        used = used_bytes(place.scratch, most_entries=entries)
        if used <= disk_bytes:
            unnamed = unnamed_files(self._proc, pids, place.scratch)
            used += unnamed.open_bytes + unnamed.mapped * place.limits.output_bytes
        return "disk" if used > disk_bytes else ""

    def release(self, pid: int) -> Excess:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        place = self._taken.pop(pid)
        if place.limits.processes > 1:
            _reap_group(pid)
        self._directories.give_back(place.scratch)
        if place.group is None or self._groups is None:
            return ""
        self._groups.give_back(place.group)
        return "memory" if place.group.was_out_of_memory() else ""

    def close(self) -> None:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        if not self._is_inside:
            self._directories.close()


def _reap_group(pid: int) -> None:
    """Wait for the killed rest of a tree."""
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-pid, 0)


def _filter(pid: int, limits: Limits) -> bytes:
    alone = limits.processes == 1
    return build_filter(own_pid=pid, processes=not alone, threads=not alone, attributes=False, network=limits.network)


@cache
def _file_rights(abi: int) -> int:
    """Every right that this version of Landlock can deny."""
    count = {1: 13, 2: 14}.get(abi, 15 if abi < 5 else 16)
    return (1 << count) - 1


def _ruleset(abi: int, view: View, scratch: str) -> int:
    known = _file_rights(abi)
    ruleset = linux.landlock_ruleset(
        files=known,
        network=(_BIND_TCP if view.network else _BIND_TCP | _CONNECT_TCP) if abi >= 4 else 0,
        scopes=_SCOPE_ABSTRACT_SOCKETS | _SCOPE_SIGNALS if abi >= 6 else 0,
    )
    for path in dict.fromkeys(map(os.path.realpath, view.system)):  # as hidden ones are
        _allow_reading(ruleset, path, view.hidden)
    if view.problem is not None:
        _allow_reading(ruleset, view.problem, ())
    for path in DEVICES:
        if Path(path).exists():
            linux.landlock_allow(ruleset, path, _READ_FILE | _WRITE_FILE)
    forbidden = _MAKE_CHARACTER_DEVICE | _MAKE_SOCKET | _MAKE_BLOCK_DEVICE | _DEVICE_CONTROL
    linux.landlock_allow(ruleset, scratch, known & ~forbidden)
    return ruleset


def _allow_reading(ruleset: int, path: str, hidden: tuple[str, ...]) -> None:
    """Allow a tree; Landlock cannot take a part back, so around a hidden part its siblings are allowed one by one."""
    if path in hidden or not Path(path).exists():
        return
    if Path(path).is_file():
        linux.landlock_allow(ruleset, path, _READ & _OF_FILES)
    elif not any(inner.startswith(path.rstrip("/") + "/") for inner in hidden):
        linux.landlock_allow(ruleset, path, _READ)
    else:
        linux.landlock_allow(ruleset, path, _READ_DIRECTORY)
        for child in Path(path).iterdir():
            if not child.is_symlink():  # a rule would be for what it leads to
                _allow_reading(ruleset, str(child), hidden)
