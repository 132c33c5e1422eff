"""The port of an evaluation backend."""

from typing import Protocol

from genesis.evaluation.job import Job, Outcome
from genesis.program import Source

__all__ = ["Backend", "BackendError"]

from genesis.errors import EnvironmentFault


class BackendError(EnvironmentFault):
    """A backend cannot serve: the machine does not allow it, or the problem's own code fails."""


class Backend(Protocol):
    """Evaluates programs of one problem, any number at a time; it decides how many really run."""

    @property
    def worker_kind(self) -> str:
        """What does the work, for people: ``local/namespaces``."""
        ...

    async def start(self) -> None:
        """Get ready; once, before anything else.

        Raises:
            BackendError: It cannot serve; the message has the remedy.
        """
        ...

    async def evaluate(self, job: Job) -> Outcome:
        """How one program does.

        Failures of the program, and of the backend while it worked on it, are outcomes, not exceptions. Cancelling
        stops the work or lets it finish unheard.
        """
        ...

    async def build_check(self, source: Source) -> str:
        """What a build, or a syntax check, says against a program, to people and prompts; empty when it is fine.

        The program is not run. What was built is kept: an evaluation of the same text builds it no second time.
        """
        ...

    async def aclose(self) -> None:
        """Stop everything that runs and leave nothing behind; safe to call twice, and without ``start``."""
        ...
