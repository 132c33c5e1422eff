"""A backend that calls a function of ours: for tests of the engine, and never for candidates."""

from collections.abc import Callable

from genesis.evaluation.job import Job, Outcome
from genesis.program import Source

__all__ = ["InlineBackend"]


class InlineBackend:
    """Gives what a trusted function says of each program's text, in this process."""

    def __init__(self, judge: Callable[[Source], Outcome]) -> None:
        self._judge = judge

    @property
    def worker_kind(self) -> str:
        """``inline``."""
        return "inline"

    async def start(self) -> None:
        """See :class:`genesis.evaluation.backend.port.Backend`."""

    async def evaluate(self, job: Job) -> Outcome:
        """See :class:`genesis.evaluation.backend.port.Backend`."""
        return self._judge(job.source)

    async def build_check(self, source: Source) -> str:
        """See :class:`genesis.evaluation.backend.port.Backend`."""
        compiled = self._judge(source).compiled
        return "" if compiled is None else compiled.diagnostics

    async def aclose(self) -> None:
        """See :class:`genesis.evaluation.backend.port.Backend`."""
