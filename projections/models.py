"""How each language model has fared, and why calls failed."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from events.envelope import Event
from events.types import (
    EvaluationFailed,
    LlmFailed,
    LlmFailureReason,
    LlmRequested,
    LlmResponded,
    MutationProposed,
    MutationRejected,
    MutationRequested,
    ProgramArchived,
    ProgramDeclined,
    ProgramEvaluated,
    RejectionReason,
    RunResumed,
)
from projections.fold import Plain, Projection, takes
from projections.operators import OperatorRecord

__all__ = ["ModelRecord", "Models"]


@dataclass(slots=True)
class ModelRecord:
    """What came of asking one model for programs.

    Attributes:
        outcomes: Of the mutations that are settled.
        open: Mutations that are not.
        cost_usd: What the priced calls for mutations cost, repairs included.
        unpriced_calls: Replies whose cost is not known.
        gain: Fitness that its programs gained over their parents, added up over those that gained.
    """

    outcomes: OperatorRecord = field(default_factory=OperatorRecord)
    open: int = 0
    cost_usd: float = 0.0
    unpriced_calls: int = 0
    gain: float = 0.0


@dataclass(slots=True)
class _Trial:
    model: str
    parents: tuple[str, ...]
    improved: bool = False


class Models(Projection):
    """Records by model, and how calls end.

    Attributes:
        records: Model to its record, in the order of their first request.
        asked: Mutations that models were asked for.
        proposed: Those that gave a program.
        rejections: Why the others gave none.
        responses: Calls that gave a reply, those for embeddings left out, here and below.
        failures: Why calls gave none, after all their attempts.
        said: What was last said for each reason.
        failed_in_a_row: Calls without a reply since the last that gave one, or since the run was taken up again; those
            that the budget refused left out.
    """

    def __init__(self) -> None:
        self.records: defaultdict[str, ModelRecord] = defaultdict(ModelRecord)
        self.asked = 0
        self.proposed = 0
        self.rejections: Counter[RejectionReason] = Counter()
        self.responses = 0
        self.failures: Counter[LlmFailureReason] = Counter()
        self.said: dict[str, str] = {}
        self.failed_in_a_row = 0
        self._asking: dict[str, str] = {}
        self._waiting: dict[str, str] = {}
        self._trials: dict[str, _Trial] = {}
        self._fitness: dict[str, float] = {}

    def record(self, model: str) -> ModelRecord:
        """One model's record, an empty one when it was never asked."""
        return self.records.get(model) or ModelRecord()

    def held_up(self, model: str) -> bool:
        """Whether more calls of a model wait for another attempt than are under way."""
        return list(self._waiting.values()).count(model) > list(self._asking.values()).count(model)

    @takes(RunResumed)
    def _taken_up(self, _: Event, __: RunResumed) -> None:
        self.failed_in_a_row = 0  # whoever resumes has mended what was wrong
        self._asking.clear()
        self._waiting.clear()

    @takes(MutationRequested)
    def _requested(self, _: Event, data: MutationRequested) -> None:
        if data.model is not None:
            self.asked += 1
            self.records[data.model].open += 1
            self._trials[data.program] = _Trial(data.model, data.parents)

    @takes(MutationProposed)
    def _proposed(self, _: Event, data: MutationProposed) -> None:
        self.proposed += data.program in self._trials

    @takes(MutationRejected)
    def _rejected(self, _: Event, data: MutationRejected) -> None:
        if data.program in self._trials:
            self.rejections[data.reason] += 1
            self.said[data.reason] = data.message
            self._settle(data.program, proposed=False, archived=False)

    @takes(ProgramEvaluated)
    def _evaluated(self, _: Event, data: ProgramEvaluated) -> None:
        program, fitness = data.program, data.fitness
        if fitness is not None and data.is_valid:
            self._fitness[program] = fitness
        trial = self._trials.get(program)
        if trial is None:
            return
        if fitness is None or not data.is_valid:
            self._settle(program, proposed=True, archived=False)
            return
        before = [self._fitness[parent] for parent in trial.parents if parent in self._fitness]
        if before and fitness > max(before):
            trial.improved = True
            self.records[trial.model].gain += fitness - max(before)

    @takes(EvaluationFailed, ProgramDeclined)
    def _failed(self, _: Event, data: EvaluationFailed | ProgramDeclined) -> None:
        self._settle(data.program, proposed=True, archived=False)

    @takes(ProgramArchived)
    def _archived(self, _: Event, data: ProgramArchived) -> None:
        self._settle(data.program, proposed=True, archived=True)

    @takes(LlmRequested)
    def _sent(self, _: Event, data: LlmRequested) -> None:
        self._waiting.pop(data.call, None)
        self._asking[data.call] = f"{data.provider}/{data.model}"

    @takes(LlmResponded)
    def _responded(self, _: Event, data: LlmResponded) -> None:
        self._asking.pop(data.call, None)
        if data.purpose == "embedding":
            return
        self.responses += 1
        self.failed_in_a_row = 0
        self._charge(data)

    @takes(LlmFailed)
    def _call_failed(self, _: Event, data: LlmFailed) -> None:
        self._asking.pop(data.call, None)
        if data.retry_in_s is not None:
            self._waiting[data.call] = f"{data.provider}/{data.model}"
        self._charge(data)
        if data.retry_in_s is None and data.purpose != "embedding":
            self.failures[data.reason] += 1
            self.said[data.reason] = data.message
            self.failed_in_a_row += data.reason != "budget"

    def _charge(self, data: LlmResponded | LlmFailed) -> None:
        if data.purpose not in {"mutation", "repair"} or not data.model:
            return
        record = self.records[f"{data.provider}/{data.model}"]
        if data.cost_usd is None:
            record.unpriced_calls += 1
        else:
            record.cost_usd += data.cost_usd

    def _settle(self, program: str, *, proposed: bool, archived: bool) -> None:
        trial = self._trials.pop(program, None)
        if trial is None:
            return
        record = self.records[trial.model]
        record.open -= 1
        record.outcomes.add(proposed=proposed, archived=archived, improved=archived and trial.improved)

    def snapshot(self) -> Plain:
        """Counts and costs by model."""
        return {
            name: [each.outcomes.tries, each.outcomes.archived, each.outcomes.improved, each.open, each.cost_usd]
            for name, each in self.records.items()
        }
