"""The port of a sandbox: what a warm process calls before, around and inside each candidate.

A warm process (zygote or validator) does its imports, then calls ``enter`` once: from there on it sees only a ``View``.
The zygote then calls, for each candidate, ``fork``, and ``confine`` in the child; later ``kill``, ``wait4`` and
``release`` in the parent. The validator calls ``confine`` on itself.
"""

from dataclasses import dataclass
from typing import Protocol

from genesis.evaluation.job import Limits

__all__ = ["USUAL_LIMITS", "Sandbox", "SandboxUnavailable", "View"]

USUAL_LIMITS = Limits()


class SandboxUnavailable(Exception):
    """This machine does not allow this kind of sandbox; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class View:
    """What of the file system can be read.

    Attributes:
        system: Directories of the operating system and of Python.
        hidden: Directories inside those that must not be readable: problems, with their validators.
        problem: A problem's directory, readable even inside a hidden one; None for candidates.
    """

    system: tuple[str, ...]
    hidden: tuple[str, ...]
    problem: str | None = None


class Sandbox(Protocol):
    """One kind of sandbox, in one warm process."""

    def enter(self, view: View) -> None:
        """Move this process, which must have one thread, into the sandbox.

        It may return in a child of the caller, in a process namespace of its own, whose exit the caller then copies.

        Raises:
            SandboxUnavailable: The machine does not allow it.
        """
        ...

    def fork(self, limits: Limits = USUAL_LIMITS) -> int:
        """Fork a candidate's process, with room for what it may write: 0 in the child, else its number."""
        ...

    def confine(self, limits: Limits) -> str:
        """In the child: apply every limit, for good, and give the scratch directory, which is the current one."""
        ...

    def kill(self, pid: int) -> None:
        """In the parent, before reaping: kill the candidate's whole tree, running or not."""
        ...

    def release(self, pid: int) -> None:
        """In the parent, after reaping: clear the candidate's scratch directory."""
        ...

    def close(self) -> None:
        """Remove what this sandbox left on disk."""
        ...
