"""A process that stays outside a sandbox for the one that goes in: it waits, tidies up, and ends the same way."""

import os
import signal
from collections.abc import Callable

from genesis.channel import die_with_parent

__all__ = ["go_on_in_child"]


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
    last = os.sysconf("SC_OPEN_MAX")
    os.closerange(3, last if kept is None else kept)
    if kept is not None:
        os.closerange(kept + 1, last)
    _, status = os.waitpid(child, 0)
    afterwards()
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        if -code not in {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code & 0xFF)
