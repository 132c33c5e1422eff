"""Linux namespaces: a root, a network, processes and users of its own for each candidate.

Theory of operation. ``enter`` gives the warm process new user, mount, network, IPC, host-name and process namespaces: a
fresh tmpfs becomes the root, with the system's and Python's directories bound into it read-only; there is no ``/proc``,
no ``/sys``, no home, no other network than a loopback that is down. It is the first process of its process namespace,
so all candidates die with it. ``fork`` makes one more process namespace, of which the candidate is the first process:
when it ends, or is killed, so does whatever it started. ``confine`` moves it to a mount namespace with a tmpfs of its
own as ``/sandbox`` and ``/tmp``, and, where candidates may have several processes, a ``/proc`` of its own; it sets
limits, drops all capabilities and filters system calls. These mount namespaces are kept and emptied, one for each
candidate that runs at a time: the end of a mount namespace makes the dying process wait for every processor, which on a
busy machine takes longer than all the rest.

Root would stay the owner of the machine's files even in a user namespace, so root becomes nobody (65534) in it. Only a
process outside can write such a map: a helper forked beforehand. Mounts are made before, while root may still read
every directory. An ordinary user stays itself.
"""

import contextlib
import errno
import os
import select
import signal
from collections.abc import Generator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from genesis.channel import die_with_parent
from genesis.evaluation.job import Limits
from genesis.evaluation.sandbox import linux
from genesis.evaluation.sandbox.cgroup import Group, Groups
from genesis.evaluation.sandbox.limits import SPARE_THREADS, WATCH_S, apply_limits, go_first, lead_group
from genesis.evaluation.sandbox.port import NEVER_S, USUAL_LIMITS, Excess, SandboxUnavailable, View
from genesis.evaluation.sandbox.scratch import clear
from genesis.evaluation.sandbox.seccomp import build_filter
from genesis.evaluation.sandbox.stand_in import go_on_in_child
from genesis.evaluation.sandbox.tree import tree_excess
from genesis.evaluation.sandbox.view import DEVICES

__all__ = ["SCRATCH", "Namespaces"]

_NOBODY = 65534
_STAGING = "/tmp"  # noqa: S108  covered in a mount namespace of our own
SCRATCH = "/sandbox"  # /tmp leads to it, unless Python itself is installed somewhere in /tmp
_OLD = "/.old"
_BYTES_PER_INODE = 16 * 1024
_OOM_SCORE = "800"
_PROC = "/proc"
_NEW_VIEW = linux.CLONE_NEWUSER | linux.CLONE_NEWNS | linux.CLONE_NEWPID | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS


@dataclass(frozen=True, slots=True)
class _Room:
    """A mount namespace that one candidate at a time lives in, and its scratch directory."""

    namespace: int
    scratch: int


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a candidate runs, and what it may use."""

    room: _Room
    limits: Limits
    group: Group | None


class Namespaces:
    """Namespaces, seccomp and rlimits."""

    def __init__(self) -> None:
        self._groups: Groups | None = None
        self._group: Group | None = None
        self._own_proc = -1
        self._warm_bytes = 0
        self._warm_process = -1
        self._proc = -1
        self._pid_namespace = -1
        self._mount_namespace = -1
        self._free: list[_Room] = []
        self._taken: dict[int, _Place] = {}

    def enter(self, view: View) -> None:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        self._enter(view, Groups.make(USUAL_LIMITS) if view.trees else None, build=True)

    def enter_built_root(self, view: View, groups: Groups | None) -> None:
        """As ``enter``, where the root already shows the view, with the machine's ``/proc``.

        Raises:
            SandboxUnavailable: The machine does not allow it.
        """
        self._enter(view, groups, build=False)

    def _enter(self, view: View, groups: Groups | None, *, build: bool) -> None:
        self._groups = groups
        if view.trees:
            go_first()
        threads = linux.thread_count()
        if threads > 1:
            raise SandboxUnavailable(
                f"{threads} threads run after the problem's imports: a process with threads cannot enter namespaces; "
                "have helper.py and the preloaded modules start none at import"
            )
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE, encoding="ascii")
        self._warm_bytes = linux.virtual_bytes()
        self._proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)  # outlives the root that it is in
        try:
            _leave_host(view, self._proc, build=build)
            go_on_in_child()  # as the first process of the new process namespace
            if view.trees:
                self._own_proc = _own_processes()
            elif not build:
                _cover_processes()
            self._pid_namespace = self._own_namespace("pid")
            self._mount_namespace = self._own_namespace("mnt")
        except OSError as error:
            raise SandboxUnavailable(f"namespaces: {error}") from error
        if view.trees and self._groups is None and self._own_proc < 0:
            raise SandboxUnavailable(
                "namespaces: memory of several processes cannot be limited: neither control groups nor a /proc of our "
                "own are allowed here"
            )
        self._warm_process = os.pidfd_open(os.getpid())

    def _own_namespace(self, kind: str) -> int:
        return os.open(f"self/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._proc)

    def fork(self, limits: Limits = USUAL_LIMITS) -> int:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        if not self._free:
            self._free.append(self._make_room(limits))
        self._group = self._groups.take() if limits.processes > 1 and self._groups is not None else None
        if self._group is not None:
            self._group.set_limits(limits)
        _filter(limits)  # made once, and here: what a child makes is lost
        # A process namespace for children can be chosen only from one's own, so the last choice is taken back first.
        linux.setns(self._pid_namespace, linux.CLONE_NEWPID)
        linux.unshare(linux.CLONE_NEWPID)
        pid = os.fork()
        if pid:
            self._taken[pid] = _Place(self._free.pop(), limits, self._group)
        return pid

    def _make_room(self, limits: Limits) -> _Room:
        linux.unshare(linux.CLONE_NEWNS)
        inodes = max(1024, limits.disk_bytes // _BYTES_PER_INODE)
        linux.mount_tmpfs(SCRATCH, options=f"size={limits.disk_bytes},nr_inodes={inodes},mode=700")
        room = _Room(self._own_namespace("mnt"), os.open(SCRATCH, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
        linux.setns(self._mount_namespace, linux.CLONE_NEWNS)
        return room

    def confine(self, limits: Limits) -> str:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        lead_group()
        if self._group is not None:
            self._group.add(0)
        room = self._free[-1] if self._free else self._make_room(limits)
        linux.setns(room.namespace, linux.CLONE_NEWNS)
        os.chdir(SCRATCH)
        if self._own_proc >= 0 and limits.processes > 1:
            linux.mount_proc(_PROC)
        os.close(self._proc)  # the machine's own: with it, a validator could read the engine's environment
        apply_limits(limits, warm_bytes=self._warm_bytes, threads=limits.processes + SPARE_THREADS)
        linux.drop_capabilities()
        linux.forbid_new_privileges()
        die_with_parent()
        self._end_if_orphan()
        linux.use_filter(_filter(limits))
        return SCRATCH

    def _end_if_orphan(self) -> None:
        """End when the warm process was gone before its death could kill this one."""
        gone = select.poll()
        gone.register(self._warm_process, select.POLLIN)
        if gone.poll(0):
            os._exit(1)

    def kill(self, pid: int) -> None:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        os.kill(pid, signal.SIGKILL)

    def watch_s(self, limits: Limits) -> float:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        return NEVER_S if limits.processes == 1 else WATCH_S

    def excess(self, pid: int) -> Excess:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        place = self._taken[pid]
        if place.group is not None and place.group.was_out_of_memory():
            return "memory"
        if self._own_proc < 0 or place.limits.processes == 1:
            return ""
        return tree_excess(self._own_proc, pid, place.limits, count_memory=place.group is None)

    def release(self, pid: int) -> Excess:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        place = self._taken.pop(pid)
        if self._own_proc >= 0 and place.limits.processes > 1:
            self._forget_processes(place.room)
        clear(place.room.scratch)
        self._free.append(place.room)
        if place.group is None or self._groups is None:
            return ""
        self._groups.give_back(place.group)
        return "memory" if place.group.was_out_of_memory() else ""

    def _forget_processes(self, room: _Room) -> None:
        """Unmount a candidate's ``/proc``, if it came as far as to mount one: the warm process's own stays."""
        linux.setns(room.namespace, linux.CLONE_NEWNS)
        if Path(_PROC).stat().st_dev != os.fstat(self._own_proc).st_dev:
            linux.unmount(_PROC)
        linux.setns(self._mount_namespace, linux.CLONE_NEWNS)

    def close(self) -> None:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""


@cache
def _filter(limits: Limits) -> bytes:
    # The candidate is process 1 of its namespace; with more processes, the namespace itself keeps signals inside.
    alone = limits.processes == 1
    return build_filter(
        own_pid=1 if alone else None, processes=not alone, threads=True, attributes=True, network=limits.network
    )


def _leave_host(view: View, proc: int, *, build: bool) -> None:
    left = _NEW_VIEW if view.network else _NEW_VIEW | linux.CLONE_NEWNET
    if os.geteuid() == 0:
        if build:
            linux.unshare(linux.CLONE_NEWNS)
            _build_root(view)
        with _identity_given_from_outside(_NOBODY, proc):
            linux.unshare(left)  # mounts once more: only from a mount namespace of its own can it come and go
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
        if view.trees:
            linux.allow_inspection()  # a change of user has taken that back, for descendants too
    elif not build:
        linux.unshare(left & ~linux.CLONE_NEWUSER)  # whoever built the root gave us a user namespace
    else:
        uid, gid = os.geteuid(), os.getegid()
        linux.unshare(left)
        _write_at(proc, "self/setgroups", "deny")
        _write_at(proc, "self/gid_map", f"{gid} {gid} 1")
        _write_at(proc, "self/uid_map", f"{uid} {uid} 1")
        _build_root(view)


@contextlib.contextmanager
def _identity_given_from_outside(number: int, proc: int) -> Generator[None]:
    """Inside the block, enter a user namespace; after it, user and group ``number`` exist there, and no other."""
    own = os.readlink("self", dir_fd=proc)  # as it is called there: we may be in another process namespace already
    reader, writer = os.pipe()
    helper = os.fork()
    if helper == 0:
        os.close(writer)
        told = os.read(reader, 1)
        if told:
            _write_at(proc, f"{own}/gid_map", f"{number} {number} 1")
            _write_at(proc, f"{own}/uid_map", f"{number} {number} 1")
        os._exit(0)
    os.close(reader)
    try:
        yield
        os.write(writer, b"1")
    finally:
        os.close(writer)
        _, status = os.waitpid(helper, 0)
    if status != 0:
        raise PermissionError(errno.EPERM, "the user namespace's map could not be written")


def _write_at(proc: int, path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC, dir_fd=proc)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def _build_root(view: View) -> None:
    """Make a fresh, read-only root that has what is in view and nothing else."""
    os.umask(0o022)
    linux.make_private()
    linux.mount_tmpfs(_STAGING, options="size=4m,mode=755")
    Path(_STAGING + _OLD).mkdir()
    linux.pivot_root(_STAGING, _STAGING + _OLD)
    os.chdir("/")
    for path in view.system:
        _show(path)
    for path in filter(os.path.isdir, view.hidden):
        linux.mount_tmpfs(path, options="size=4k,nr_inodes=1,mode=755", readonly=True)
    if view.problem is not None:
        _show(view.problem)
    for path in DEVICES:
        _show(path, devices=True)
    if view.trees:
        Path(_PROC).mkdir()
        linux.bind(_OLD + _PROC, _PROC)  # the machine's, until ours covers it: without one in view there is no other
    Path(SCRATCH).mkdir()
    if not Path(_STAGING).exists():
        Path(_STAGING).symlink_to(SCRATCH)
    linux.unmount(_OLD)
    Path(_OLD).rmdir()
    linux.set_readonly("/", beneath=False)


def _own_processes() -> int:
    """Mount a ``/proc`` of our own process namespace and give its descriptor; -1, and an empty one, if that is refused.

    Called by the first process of the namespace.
    """
    try:
        linux.mount_proc(_PROC)
    except OSError:
        _cover_processes()
        return -1
    return os.open(_PROC, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)


def _cover_processes() -> None:
    linux.mount_tmpfs(_PROC, options="size=4k,nr_inodes=1,mode=555", readonly=True)


def _show(path: str, *, devices: bool = False) -> None:
    old = Path(_OLD + path)
    if old.is_symlink():
        _show_link(path, str(old.readlink()))
        return
    if not old.exists():
        return
    if not Path(path).exists():
        _make_place(path, directory=old.is_dir())
    linux.bind(str(old), path)
    linux.set_readonly(path, devices=devices)


def _show_link(path: str, target: str) -> None:
    """Show a system directory that is a link, as ``/lib`` is to ``usr/lib``, as the same link."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    if not os.path.lexists(path):
        Path(path).symlink_to(target)


def _make_place(path: str, *, directory: bool) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    if directory:
        Path(path).mkdir(exist_ok=True)
    else:
        Path(path).touch()
