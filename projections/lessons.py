"""What the run has learnt, and what there is to learn from."""

from collections import deque
from dataclasses import dataclass

from events.envelope import Event
from events.types import (
    AnalysisRequested,
    EvaluationFailed,
    InsightRecorded,
    MutationRejected,
    MutationRequested,
    ProgramArchived,
    ProgramEvaluated,
    ScratchpadRevised,
)
from projections.fold import Plain, Projection, takes
from projections.progress import Progress
from projections.standing import Standing

__all__ = ["Lesson", "Lessons", "Outcome"]

_LATEST = 32


@dataclass(frozen=True, slots=True)
class Lesson:
    """An insight: the analysis that gave it, and the program that it is about, None when it is about more."""

    analysis: str
    program: str | None


@dataclass(slots=True)
class Outcome:
    """A valid program that a lesson could be drawn from.

    Attributes:
        program: Its id.
        model: The model that made it, None for an offline operator.
        gain: Fitness over the best parent's, None when no parent has one.
        percentile: How it stood among the latest programs, 0 to 1.
        parent_percentile: How its best parent stood then.
        best: Whether it was the run's best when it was evaluated.
        archived: Whether it was admitted to an archive.
    """

    program: str
    model: str | None
    gain: float | None
    percentile: float
    parent_percentile: float | None
    best: bool
    archived: bool = False


class Lessons(Projection):
    """Insights, the scratchpad, and the latest outcomes that no insight was asked for.

    Args:
        standing: How programs stand among each other; it sees an event before this projection does.
        progress: The run's progress; it too sees an event before.

    Attributes:
        outcomes: By program, oldest first, the latest 32.
        latest: The latest 32 insights, oldest first.
        about: Program to its insight.
        places: Analysis to the sequence of the insight that it gave.
        scratchpads: Sequences of the scratchpad's versions, the first one's first.
        asked: Analyses asked for so far.
        revised_at: Evaluations answered when a scratchpad was last asked for.
        evolved_at: Evaluations answered when a system prompt was last asked for.
        prompts_asked: System prompts asked for so far.
    """

    def __init__(self, standing: Standing, progress: Progress) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self.latest: deque[Lesson] = deque(maxlen=_LATEST)
        self.about: dict[str, Lesson] = {}
        self.places: dict[str, int] = {}
        self.scratchpads: list[int] = []
        self.asked = 0
        self.revised_at = 0
        self.evolved_at = 0
        self.prompts_asked = 0
        self._standing = standing
        self._progress = progress
        self._bred: dict[str, tuple[str | None, tuple[str, ...]]] = {}
        self._fitness: dict[str, float] = {}

    @property
    def scratchpad(self) -> int | None:
        """The scratchpad's version, None before the first."""
        return len(self.scratchpads) or None

    @takes(MutationRequested)
    def _requested(self, _: Event, data: MutationRequested) -> None:
        self._bred[data.program] = (data.model, data.parents)

    @takes(ProgramEvaluated)
    def _evaluated(self, _: Event, data: ProgramEvaluated) -> None:
        model, parents = self._bred.pop(data.program)
        if not data.is_valid or data.fitness is None:
            return
        fitness = self._fitness[data.program] = data.fitness
        before = max((self._fitness[parent] for parent in parents if parent in self._fitness), default=None)
        best = self._progress.best
        self.outcomes[data.program] = Outcome(
            program=data.program,
            model=model,
            gain=None if before is None else fitness - before,
            percentile=self._standing.percentile(fitness),
            parent_percentile=None if before is None else self._standing.percentile(before),
            best=best is not None and best.program == data.program,
        )
        if len(self.outcomes) > _LATEST:
            del self.outcomes[next(iter(self.outcomes))]

    @takes(MutationRejected, EvaluationFailed)
    def _failed(self, _: Event, data: MutationRejected | EvaluationFailed) -> None:
        self._bred.pop(data.program, None)

    @takes(ProgramArchived)
    def _archived(self, _: Event, data: ProgramArchived) -> None:
        if data.program in self.outcomes:
            self.outcomes[data.program].archived = True

    @takes(AnalysisRequested)
    def _asked(self, _: Event, data: AnalysisRequested) -> None:
        self.asked += 1
        match data.kind:
            case "insight":
                self.outcomes.pop(data.program or "", None)
            case "scratchpad":
                self.revised_at = self._progress.evaluations
            case "prompt":
                self.evolved_at = self._progress.evaluations
                self.prompts_asked += 1

    @takes(InsightRecorded)
    def _recorded(self, event: Event, data: InsightRecorded) -> None:
        lesson = Lesson(data.analysis, data.program)
        self.places[data.analysis] = event.sequence
        self.latest.append(lesson)
        if data.program is not None:
            self.about[data.program] = lesson

    @takes(ScratchpadRevised)
    def _revised(self, event: Event, _: ScratchpadRevised) -> None:
        self.scratchpads.append(event.sequence)

    def snapshot(self) -> Plain:
        """The latest insights, the scratchpad's version, and what is left to learn from."""
        return {
            "latest": [[each.analysis, each.program] for each in self.latest],
            "scratchpad": self.scratchpad,
            "outcomes": list(self.outcomes),
            "asked": self.asked,
        }
