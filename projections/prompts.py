"""The population of system prompts: where each came from and how what it produced has fared."""

from collections import deque
from dataclasses import dataclass, field

from events.envelope import Event
from events.types import EvaluationFailed, MutationRejected, MutationRequested, ProgramEvaluated, PromptEvolved
from projections.fold import Plain, Projection, takes
from projections.standing import Standing

__all__ = ["PromptRecord", "Prompts"]

_SAMPLES = 6


@dataclass(slots=True)
class PromptRecord:
    """One system prompt.

    Attributes:
        prompt_id: Its name in events; ``packaged`` is the one that runs start with.
        sequence: Of the ``prompt.evolved`` that holds its text, 0 for the packaged one.
        parent: What it was bred from.
        tries: Mutations made with it that are settled.
        open: Those that are not.
        total: Percentiles of what it produced, added up; 0 for whatever gave no valid program.
        samples: Latest programs that it produced.
    """

    prompt_id: str
    sequence: int = 0
    parent: str | None = None
    tries: int = 0
    open: int = 0
    total: float = 0.0
    samples: deque[str] = field(default_factory=lambda: deque[str](maxlen=_SAMPLES))

    @property
    def score(self) -> float | None:
        """The mean percentile of what it produced, 0 to 1, None before the first."""
        return self.total / self.tries if self.tries else None


class Prompts(Projection):
    """Prompts by id, in the order of their birth.

    Args:
        standing: How programs stand among each other; it sees an event before this projection does.

    Attributes:
        records: Id to record.
    """

    def __init__(self, standing: Standing) -> None:
        self.records: dict[str, PromptRecord] = {}
        self._standing = standing
        self._trials: dict[str, str] = {}

    @takes(PromptEvolved)
    def _evolved(self, event: Event, data: PromptEvolved) -> None:
        self.records[data.prompt_id] = PromptRecord(data.prompt_id, event.sequence, data.parent)

    @takes(MutationRequested)
    def _requested(self, _: Event, data: MutationRequested) -> None:
        if data.prompt_id is not None:
            record = self.records.setdefault(data.prompt_id, PromptRecord(data.prompt_id))
            record.open += 1
            self._trials[data.program] = data.prompt_id

    @takes(MutationRejected, EvaluationFailed)
    def _failed(self, _: Event, data: MutationRejected | EvaluationFailed) -> None:
        self._settle(data.program, 0.0)

    @takes(ProgramEvaluated)
    def _evaluated(self, _: Event, data: ProgramEvaluated) -> None:
        if data.is_valid and data.fitness is not None:
            self._settle(data.program, self._standing.percentile(data.fitness))
        else:
            self._settle(data.program, 0.0)

    def _settle(self, program: str, percentile: float) -> None:
        prompt_id = self._trials.pop(program, None)
        if prompt_id is None:
            return
        record = self.records[prompt_id]
        record.open -= 1
        record.tries += 1
        record.total += percentile
        record.samples.append(program)

    def snapshot(self) -> Plain:
        """Every prompt's parent, tries and score."""
        return {each.prompt_id: [each.parent, each.tries, each.total] for each in self.records.values()}
