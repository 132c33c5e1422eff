"""How far the run has come."""

from collections import Counter
from dataclasses import dataclass

from events.envelope import Event
from events.types import (
    EvaluationFailed,
    GenerationCompleted,
    MutationProposed,
    MutationRejected,
    ProgramArchived,
    ProgramEvaluated,
)
from projections.fold import Plain, Projection, takes

__all__ = ["Best", "Progress"]


@dataclass(frozen=True, slots=True)
class Best:
    """The best valid program at some point: the first of equals.

    Attributes:
        program: Its id.
        fitness: Higher is better.
        metrics: As measured.
        evaluations: How many evaluations had been answered when it was found.
        sequence: The event that says so.
    """

    program: str
    fitness: float
    metrics: dict[str, float]
    evaluations: int
    sequence: int


class Progress(Projection):
    """Counts, the best program, and how the best changed.

    Attributes:
        proposed: Programs that got a text.
        rejected: Mutations that gave none.
        evaluated: Evaluations answered with the validator's word.
        failed: Evaluations that failed before that.
        valid: Valid programs.
        archived: Admissions to an archive.
        generations: Generations completed.
        best: The best program so far.
        improvements: Every best there was, in order.
        reasons: How often each reason of rejection or failure was given.
    """

    def __init__(self) -> None:
        self.proposed = 0
        self.rejected = 0
        self.evaluated = 0
        self.failed = 0
        self.valid = 0
        self.archived = 0
        self.generations = 0
        self.best: Best | None = None
        self.improvements: list[Best] = []
        self.reasons: Counter[str] = Counter()
        self._total_fitness = 0.0

    @property
    def evaluations(self) -> int:
        """Evaluations answered, with whatever outcome."""
        return self.evaluated + self.failed

    @property
    def mean_fitness(self) -> float | None:
        """Mean fitness of the valid programs, None when there is none."""
        return self._total_fitness / self.valid if self.valid else None

    @property
    def stale_evaluations(self) -> int:
        """Evaluations answered since the best program was found."""
        return self.evaluations - (self.best.evaluations if self.best else 0)

    @takes(MutationProposed)
    def _proposed(self, _: Event, __: MutationProposed) -> None:
        self.proposed += 1

    @takes(MutationRejected)
    def _rejected(self, _: Event, data: MutationRejected) -> None:
        self.rejected += 1
        self.reasons[data.reason] += 1

    @takes(EvaluationFailed)
    def _failed(self, _: Event, data: EvaluationFailed) -> None:
        self.failed += 1
        self.reasons[data.reason] += 1

    @takes(ProgramArchived)
    def _archived(self, _: Event, __: ProgramArchived) -> None:
        self.archived += 1

    @takes(GenerationCompleted)
    def _generation_completed(self, _: Event, __: GenerationCompleted) -> None:
        self.generations += 1

    @takes(ProgramEvaluated)
    def _evaluated(self, event: Event, data: ProgramEvaluated) -> None:
        self.evaluated += 1
        if not data.is_valid or data.fitness is None:
            self.reasons["invalid"] += 1
            return
        self.valid += 1
        self._total_fitness += data.fitness
        if self.best is None or data.fitness > self.best.fitness:
            self.best = Best(data.program, data.fitness, data.metrics, self.evaluations, event.sequence)
            self.improvements.append(self.best)

    def snapshot(self) -> Plain:
        """The counts, and the best program's id and fitness at each improvement."""
        return {
            "proposed": self.proposed,
            "rejected": self.rejected,
            "evaluated": self.evaluated,
            "failed": self.failed,
            "valid": self.valid,
            "archived": self.archived,
            "generations": self.generations,
            "improvements": [[best.program, best.fitness, best.evaluations] for best in self.improvements],
            "reasons": dict(self.reasons),
        }
