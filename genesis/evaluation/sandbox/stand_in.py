"""A process that stays outside a sandbox for the one that goes in: it waits, tidies up, and ends the same way."""

import os
import select
import signal
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from genesis.channel import die_with_parent
from genesis.evaluation.sandbox import linux

__all__ = ["go_on_guarded", "go_on_in_child"]


def go_on_in_child(*, kept: int | None = None, afterwards: Callable[[], None] = lambda: None) -> None:
    """Return in a forked child only; the caller waits for its end, tidies up, and ends with its exit code or signal.

    Args:
        kept: A descriptor that ``afterwards`` needs; all others are closed, the channel too, so that the engine
            notices the child's death.
        afterwards: Called when the child has ended.
    """
    child = os.fork()
    die_with_parent()  # for both: entering a user namespace has taken back what the caller asked for
    if child == 0:
        return
    _close_all_but(*([] if kept is None else [kept]))
    _, status = os.waitpid(child, 0)
    afterwards()
    _end_as(status)


def go_on_guarded(*, kept: int, afterwards: Callable[[], None]) -> None:
    """Return in a grandchild only; between it and the caller stays a guard that outlives both.

    When one of them has ended, however that came, the guard kills every descendant of the grandchild, tidies up, and
    ends the same way: nothing else finds processes whose parent was killed.

    Args:
        kept: A descriptor that ``afterwards`` needs.
        afterwards: Called when no descendant is left.
    """
    caller = os.pidfd_open(os.getpid())
    go_on_in_child()
    linux.outlive_parent()
    linux.adopt_orphans()
    child = os.fork()
    if child == 0:
        die_with_parent()
        os.close(caller)
        return
    _close_all_but(kept, caller)
    ends = select.poll()
    ends.register(caller, select.POLLIN)
    ends.register(os.pidfd_open(child), select.POLLIN)
    ends.poll()
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    _end_children()
    afterwards()
    _end_as(status)


def _end_children() -> None:
    """Kill and reap until there is no child; each one's own children are ours a moment later.

    Groups are killed, at once and whole: one by one, a tree that forks without end would grow faster.
    """
    own = os.getpid()
    children = Path(f"/proc/{own}/task/{own}/children")
    while found := children.read_text(encoding="ascii").split():
        for pid in map(int, found):
            group = os.getpgid(pid)
            if group == os.getpgrp():
                os.kill(pid, signal.SIGKILL)
            else:
                os.killpg(group, signal.SIGKILL)
        for pid in map(int, found):
            os.waitpid(pid, 0)


def _close_all_but(*kept: int) -> None:
    low = 3
    for descriptor in sorted(kept):
        os.closerange(low, descriptor)
        low = descriptor + 1
    os.closerange(low, os.sysconf("SC_OPEN_MAX"))


def _end_as(status: int) -> NoReturn:
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        if -code not in {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code & 0xFF)
