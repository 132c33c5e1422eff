"""Resource limits and a process group: contains accidents, not attacks. Only used when asked for by name."""

import contextlib
import os
import signal

from genesis.channel import die_with_parent
from genesis.evaluation.job import Limits
from genesis.evaluation.sandbox import linux
from genesis.evaluation.sandbox.limits import apply_limits, lead_group
from genesis.evaluation.sandbox.port import NEVER_S, USUAL_LIMITS, Excess, View
from genesis.evaluation.sandbox.scratch import ScratchDirectories

__all__ = ["Plain", "kill_group"]


class Plain:
    """rlimits."""

    def __init__(self) -> None:
        self._warm_bytes = 0
        self._directories = ScratchDirectories()
        self._scratch = ""
        self._taken: dict[int, str] = {}

    def enter(self, view: View) -> None:  # noqa: ARG002  nothing can be hidden here
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        self._warm_bytes = linux.virtual_bytes()

    def fork(self, limits: Limits = USUAL_LIMITS) -> int:  # noqa: ARG002  a directory has no size
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        self._scratch = self._directories.take()
        pid = os.fork()
        if pid:
            self._taken[pid] = self._scratch
        return pid

    def confine(self, limits: Limits) -> str:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        lead_group()
        die_with_parent()
        scratch = self._scratch or self._directories.take()
        os.chdir(scratch)
        apply_limits(limits, warm_bytes=self._warm_bytes, threads=None)
        linux.forbid_new_privileges()
        return scratch

    def kill(self, pid: int) -> None:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        kill_group(pid)

    def watch_s(self, limits: Limits) -> float:  # noqa: ARG002  it watches nothing
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        return NEVER_S

    def excess(self, pid: int) -> Excess:  # noqa: ARG002  as above
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        return ""

    def release(self, pid: int) -> Excess:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        self._directories.give_back(self._taken.pop(pid))
        return ""

    def close(self) -> None:
        """See :class:`genesis.evaluation.sandbox.port.Sandbox`."""
        self._directories.close()


def kill_group(pid: int) -> None:
    """Kill a process that may, or may not yet, lead a group, with its group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)
