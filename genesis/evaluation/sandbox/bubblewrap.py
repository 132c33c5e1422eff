"""Bubblewrap: a root and namespaces that ``bwrap`` makes, and the warm process joins.

Theory of operation. ``bwrap`` only ever starts programs, and the warm process should not start again: its imports, and
a context that may come from files and networks of its own, are what makes it warm. So ``bwrap`` starts a placeholder in
a fresh root, mount, network, process, IPC and host-name namespace, for an ordinary user in a user namespace too, and
the warm process moves into these. What comes then is as in :mod:`genesis.evaluation.sandbox.namespaces`: a process
namespace and a private scratch file system for each candidate, limits, no capabilities, a filter of system calls.

Where an installed ``bwrap`` may make user namespaces and other programs may not, this kind works and that one does not.
"""

import json
import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

from genesis.evaluation.job import Limits
from genesis.evaluation.sandbox import linux
from genesis.evaluation.sandbox.cgroup import Groups
from genesis.evaluation.sandbox.namespaces import SCRATCH, Namespaces
from genesis.evaluation.sandbox.port import USUAL_LIMITS, Excess, SandboxUnavailable, View
from genesis.evaluation.sandbox.stand_in import go_on_in_child
from genesis.evaluation.sandbox.view import DEVICES

__all__ = ["Bubblewrap"]

_READY = "ready"
_PLACEHOLDER = ("/bin/sh", "-c", f"echo {_READY}; exec sleep infinity")
_TMP = "/tmp"  # noqa: S108  the sandbox's own
_KINDS = linux.CLONE_NEWNS | linux.CLONE_NEWPID | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS
_PROGRAMS = ("/usr/bin/bwrap", "/bin/bwrap", "/usr/local/bin/bwrap")


class Bubblewrap:
    """bwrap's namespaces, seccomp and rlimits."""

    def __init__(self) -> None:
        self._inner = Namespaces()

    def enter(self, view: View) -> None:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        program = next((path for path in _PROGRAMS if os.access(path, os.X_OK)), None)
        if program is None:
            raise SandboxUnavailable("bubblewrap: no bwrap in /usr/bin, /bin or /usr/local/bin: install bubblewrap")
        groups = Groups.make(USUAL_LIMITS) if view.trees else None
        try:
            outside, inside = _start([program, *_arguments(view)])
            _join(inside, view)
            go_on_in_child(afterwards=lambda: _end(outside))  # in the process namespace that was joined
        except OSError as error:
            raise SandboxUnavailable(f"bubblewrap: {error}") from error
        self._inner.enter_built_root(view, groups)

    def fork(self, limits: Limits = USUAL_LIMITS) -> int:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        return self._inner.fork(limits)

    def confine(self, limits: Limits) -> str:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        return self._inner.confine(limits)

    def kill(self, pid: int) -> None:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        self._inner.kill(pid)

    def watch_s(self, limits: Limits) -> float:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        return self._inner.watch_s(limits)

    def excess(self, pid: int) -> Excess:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        return self._inner.excess(pid)

    def release(self, pid: int) -> Excess:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        return self._inner.release(pid)

    def close(self) -> None:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        self._inner.close()


def _arguments(view: View) -> Iterator[str]:
    """What is in the root, in bwrap's words: the same as in one that we build ourselves."""
    yield from ("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--new-session", "--clearenv")
    if os.geteuid() != 0:
        yield "--unshare-user"
    if not view.network:
        yield "--unshare-net"
    yield from _root(view)


def _root(view: View) -> Iterator[str]:
    shown = [*view.system, *([] if view.problem is None else [view.problem]), *DEVICES]
    yield from _parents(shown, view.system)
    for path in view.system:
        yield from _bind(path)
    for path in view.hidden:
        yield from ("--size", "4096", "--perms", "0755", "--tmpfs", path)
    if view.problem is not None:
        yield from _bind(view.problem)
    for path in view.hidden:
        yield from ("--remount-ro", path)
    for path in DEVICES:
        yield from ("--dev-bind", path, path)
    yield from ("--bind", "/proc", "/proc")  # for the warm process alone: it is covered before a candidate comes
    yield from ("--perms", "0755", "--dir", SCRATCH)
    if not _is_in(_TMP, shown):
        yield from ("--symlink", SCRATCH, _TMP)
    yield from ("--remount-ro", "/", "--chdir", "/")


def _parents(shown: Iterable[str], bound: Iterable[str]) -> Iterator[str]:
    """Directories on the way: those that bwrap makes by itself only root can enter."""
    for above in dict.fromkeys(str(parent) for path in shown for parent in reversed(Path(path).parents)):
        if above != "/" and not any(above == path or _is_in(path, [above]) for path in bound):
            yield from ("--perms", "0755", "--dir", above)


def _bind(path: str) -> Iterator[str]:
    if Path(path).is_symlink():
        yield from ("--symlink", str(Path(path).readlink()), path)
    else:
        yield from ("--ro-bind", path, path)


def _is_in(directory: str, paths: Iterable[str]) -> bool:
    """Whether any of ``paths`` is below a directory."""
    return any(path.startswith(directory + "/") for path in paths)


def _start(command: list[str]) -> tuple[int, int]:
    """Start a program that waits in a sandbox for as long as we live: bwrap's number, and that of a process inside.

    Raises:
        OSError: bwrap did not come as far; the message is its own.
    """
    # Its libraries and hooks would make every fork dearer, in the other kinds too.
    import subprocess  # noqa: PLC0415

    reader, writer = os.pipe()
    try:
        process = subprocess.Popen(
            [command[0], "--info-fd", str(writer), *command[1:], "--", *_PLACEHOLDER],
            env={},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[writer],
        )
    finally:
        os.close(writer)
    assert process.stdout is not None
    said = process.stdout.readline().decode(errors="replace").strip()
    with os.fdopen(reader) as file:
        text = file.read()
    if said != _READY:
        process.kill()
        process.wait()
        raise OSError(said or "bwrap ended without a word")
    child: int = json.loads(text)["child-pid"]
    return process.pid, child


def _join(pid: int, view: View) -> None:
    kinds = _KINDS if os.geteuid() == 0 else _KINDS | linux.CLONE_NEWUSER
    inside = os.pidfd_open(pid)
    try:
        linux.setns(inside, kinds if view.network else kinds | linux.CLONE_NEWNET)
    finally:
        os.close(inside)


def _end(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
