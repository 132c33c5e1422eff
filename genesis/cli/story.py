"""A run as people follow it: how it began, how the best became better, what it holds and has cost."""

from collections.abc import Mapping
from dataclasses import dataclass

from events.envelope import Event
from events.types import (
    EvaluationFailed,
    MetricSpec,
    MutationProposed,
    ProgramEvaluated,
    RunStarted,
)
from projections import Archive, Best, Budget, Plain, Progress, Projection, RunProjection, takes

__all__ = ["Improvement", "Story", "primary_metric"]


@dataclass(frozen=True, slots=True)
class Improvement:
    """One new best program.

    Attributes:
        program: Its id.
        operator: What made it.
        value: Its primary metric, in the metric's own units.
        evaluations: How many evaluations had been answered.
        elapsed_s: Seconds of work on the run until then.
    """

    program: str
    operator: str
    value: float
    evaluations: int
    elapsed_s: float


class Story(Projection):
    """A projection for people; cheap enough to be fed while the run goes on.

    Attributes:
        run: The run's life.
        progress: Counts and the best program.
        archive: What is kept.
        budget: What was spent.
        improvements: Every best program there was, in order.
    """

    def __init__(self) -> None:
        self.run = RunProjection()
        self.progress = Progress()
        self.archive = Archive()
        self.budget = Budget()
        self.improvements: list[Improvement] = []
        self._proposed_by: dict[str, str] = {}
        self._best: Best | None = None
        self.parts = (self.run, self.progress, self.archive, self.budget)

    @property
    def started(self) -> RunStarted:
        """How the run started.

        Raises:
            LookupError: It has not.
        """
        if self.run.started is None:
            raise LookupError("the run has not started")
        return self.run.started

    @property
    def archive_size(self) -> int:
        """How many programs are kept."""
        return sum(map(len, self.archive.islands.values()))

    @takes(MutationProposed)
    def _proposed(self, _: Event, data: MutationProposed) -> None:
        self._proposed_by[data.program] = data.operator

    @takes(ProgramEvaluated, EvaluationFailed)
    def _answered(self, _: Event, data: ProgramEvaluated | EvaluationFailed) -> None:
        operator, best = self._proposed_by.pop(data.program), self.progress.best
        if best is not None and best is not self._best:
            self._best = best
            self._improved(best, operator)

    def _improved(self, best: Best, operator: str) -> None:
        metric, _ = primary_metric(self.started.problem.metrics)
        self.improvements.append(
            Improvement(
                program=best.program,
                operator=operator,
                value=best.metrics[metric],
                evaluations=best.evaluations,
                elapsed_s=self.run.elapsed_s,
            )
        )

    def snapshot(self) -> Plain:
        """The counts and the improvements."""
        return {
            "progress": self.progress.snapshot(),
            "archive_size": self.archive_size,
            "improvements": [[each.program, each.operator, each.value] for each in self.improvements],
        }


def primary_metric(metrics: Mapping[str, MetricSpec]) -> tuple[str, MetricSpec]:
    """The name and the meaning of the metric that is searched for."""
    return next((name, spec) for name, spec in metrics.items() if spec.is_primary)
