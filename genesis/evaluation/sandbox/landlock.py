"""Landlock, seccomp and resource limits: what a process can do to itself, without any privilege.

Theory of operation. Landlock allows reading the system and Python, and writing one scratch directory; it does not guard
changes of mode, owner, time and attributes, nor signals before Linux 6.12, so seccomp denies those. There is no process
namespace: the candidate leads a process group that seccomp keeps it, and its children, from leaving, and the group is
killed when it ends. Threads cannot be counted here either, so with one process there is one thread.
"""

import os
from functools import cache
from pathlib import Path

from genesis.channel import die_with_parent
from genesis.evaluation.job import Limits
from genesis.evaluation.sandbox import linux
from genesis.evaluation.sandbox.limits import apply_limits, lead_group
from genesis.evaluation.sandbox.plain import kill_group
from genesis.evaluation.sandbox.port import USUAL_LIMITS, SandboxUnavailable, View
from genesis.evaluation.sandbox.scratch import ScratchDirectories
from genesis.evaluation.sandbox.seccomp import build_filter
from genesis.evaluation.sandbox.stand_in import go_on_in_child
from genesis.evaluation.sandbox.view import DEVICES

__all__ = ["Landlock"]

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIRECTORY = 1, 2, 4, 8
_MAKE_CHARACTER_DEVICE, _MAKE_SOCKET, _MAKE_BLOCK_DEVICE = 1 << 6, 1 << 9, 1 << 11
_TRUNCATE, _DEVICE_CONTROL = 1 << 14, 1 << 15
_BIND_TCP, _CONNECT_TCP = 1, 2
_SCOPE_ABSTRACT_SOCKETS, _SCOPE_SIGNALS = 1, 2
_READ = _EXECUTE | _READ_FILE | _READ_DIRECTORY
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _DEVICE_CONTROL


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
        self._taken: dict[int, str] = {}

    def enter(self, view: View) -> None:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        if self._abi == 0:
            raise SandboxUnavailable("landlock: this kernel has none, or it is switched off (Linux 5.13 or newer has)")
        self._warm_bytes = linux.virtual_bytes()
        self._view = view
        self._is_inside = True
        # A confined process could not remove its own scratch directories.
        go_on_in_child(kept=self._directories.lock, afterwards=self._directories.close)
        self._prepare()

    def _prepare(self) -> None:
        self._scratch = self._directories.take()
        if self._scratch not in self._rulesets:
            self._rulesets[self._scratch] = _ruleset(self._abi, self._view, self._scratch)

    def fork(self, limits: Limits = USUAL_LIMITS) -> int:  # noqa: ARG002  a directory has no size
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        pid = os.fork()
        if pid:
            self._taken[pid] = self._scratch
            self._prepare()
        return pid

    def confine(self, limits: Limits) -> str:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        lead_group()
        os.chdir(self._scratch)
        apply_limits(limits, warm_bytes=self._warm_bytes, threads=None)
        linux.drop_capabilities()
        linux.forbid_new_privileges()
        die_with_parent()
        linux.landlock_restrict(self._rulesets[self._scratch])
        linux.use_filter(_filter(os.getpid(), limits.processes))
        return self._scratch

    def kill(self, pid: int) -> None:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        kill_group(pid)

    def release(self, pid: int) -> None:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        self._directories.give_back(self._taken.pop(pid))

    def close(self) -> None:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        if not self._is_inside:
            self._directories.close()


def _filter(pid: int, processes: int) -> bytes:
    alone = processes == 1
    return build_filter(own_pid=pid, processes=not alone, threads=not alone, attributes=False)


@cache
def _file_rights(abi: int) -> int:
    """Every right that this version of Landlock can deny."""
    count = {1: 13, 2: 14}.get(abi, 15 if abi < 5 else 16)
    return (1 << count) - 1


def _ruleset(abi: int, view: View, scratch: str) -> int:
    known = _file_rights(abi)
    ruleset = linux.landlock_ruleset(
        files=known,
        network=_BIND_TCP | _CONNECT_TCP if abi >= 4 else 0,
        scopes=_SCOPE_ABSTRACT_SOCKETS | _SCOPE_SIGNALS if abi >= 6 else 0,
    )
    for path in view.system:
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
            _allow_reading(ruleset, str(child), hidden)
