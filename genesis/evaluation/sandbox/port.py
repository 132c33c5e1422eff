"""The port of a sandbox: what a warm process calls before, around and inside each candidate.

A warm process (zygote or validator) does its imports, then calls ``enter`` once: from there on it sees only a ``View``.
The zygote then calls, for each candidate, ``fork``, and ``confine`` in the child; later ``kill``, ``wait4`` and
``release`` in the parent. The validator calls ``confine`` on itself.
"""

import math
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from genesis.evaluation.job import Limits

__all__ = ["NEVER_S", "USUAL_LIMITS", "Excess", "Sandbox", "SandboxUnavailable", "View"]

USUAL_LIMITS = Limits()
NEVER_S = math.inf

Excess: TypeAlias = Literal["", "memory", "processes", "cpu", "disk"]
"""What a candidate had too much of when its tree was killed for it; empty when it was not."""


class SandboxUnavailable(Exception):
    """This machine does not allow this kind of sandbox; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class View:
    """What can be seen from inside.

    Attributes:
        system: Directories of the operating system and of Python.
        hidden: Directories inside those that must not be readable: problems, with their validators.
        problem: A problem's directory, readable even inside a hidden one; None for candidates.
        network: Whether the machine's network is in view, for candidates whose limits allow it.
        trees: Whether candidates may have several processes. Their memory is then limited as a whole, and each has a
            ``/proc`` of its own where the kind can give it one.
    """

    system: tuple[str, ...]
    hidden: tuple[str, ...]
    problem: str | None = None
    network: bool = False
    trees: bool = False


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

    def watch_s(self, limits: Limits) -> float:
        """How often to ask for ``excess`` while a candidate runs: for limits that the kernel does not keep itself."""
        ...

    def excess(self, pid: int) -> Excess:
        """In the parent: what a running candidate's tree has too much of now; the caller kills it then."""
        ...

    def release(self, pid: int) -> Excess:
        """In the parent, after reaping: clear the candidate's scratch directory, and say what the kernel met."""
        ...

    def close(self) -> None:
        """Remove what this sandbox left on disk."""
        ...
