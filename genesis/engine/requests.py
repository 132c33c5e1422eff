"""What has been asked for and is not settled yet: the engine's own projection."""

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from events.envelope import Event
from events.types import (
    AnalysisFailed,
    AnalysisRequested,
    AnyPayload,
    EvaluationFailed,
    EvaluationRequested,
    GenerationCompleted,
    InsightRecorded,
    LlmFailed,
    LlmRequested,
    LlmResponded,
    MutationChecked,
    MutationProposed,
    MutationRejected,
    MutationRequested,
    NoveltyJudged,
    ProgramArchived,
    ProgramCompiled,
    ProgramDeclined,
    ProgramEvaluated,
    PromptEvolved,
    ScratchpadRevised,
)
from projections import Plain, Projection, takes

__all__ = ["Judgement", "Pending", "Proposal", "RequestPayload", "Requests", "analysis_id", "program_id"]

RequestPayload: TypeAlias = MutationRequested | EvaluationRequested | AnalysisRequested


def program_id(number: int) -> str:
    """The id of the run's ``number``-th program, from 1."""
    return f"p{number:06d}"


def analysis_id(number: int) -> str:
    """The id of the run's ``number``-th analysis, from 1."""
    return f"a{number:06d}"


@dataclass(slots=True, eq=False)
class Pending:
    """A request without an answer.

    Attributes:
        data: What is asked for.
        sequence: Where it stands in the log; its answer names it as the cause.
        generation: Of the program.
        island: Of the program.
        facts: What has been recorded on the way to the answer of an evaluation, in order.
        trail: Sequences of what has been recorded on the way to the answer of a model, in order.
    """

    data: RequestPayload
    sequence: int
    generation: int
    island: int
    facts: tuple[AnyPayload, ...] = ()
    trail: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        """What ties its series of events together: the program's id, or the analysis's."""
        return self.data.analysis if isinstance(self.data, AnalysisRequested) else self.data.program

    @property
    def asks_a_model(self) -> bool:
        """Whether performing it means a conversation with a model."""
        match self.data:
            case AnalysisRequested():
                return True
            case MutationRequested():
                return self.data.model is not None
            case EvaluationRequested():
                return bool(self.data.scores)


class Proposal(NamedTuple):
    """A program that waits for an evaluation: where its text stands in the log."""

    sequence: int
    generation: int
    island: int


class Judgement(NamedTuple):
    """A valid program that waits for a place: its evaluation, and where that stands in the log."""

    data: ProgramEvaluated
    sequence: int
    generation: int
    island: int


class Requests(Projection):
    """Open requests, and the programs between two of them.

    Attributes:
        mutations: Unanswered mutation requests by program, oldest first.
        evaluations: Unanswered evaluation requests by program, oldest first.
        analyses: Unanswered analysis requests by id, oldest first.
        to_evaluate: Proposed programs that wait for an evaluation, with the proposal, oldest first.
        to_judge: Valid programs that wait for a place, oldest first.
        judged: Unanswered mutation requests that may ask a model whether the program is new.
        scored: Stages of unanswered evaluation requests that a model may be asked to score.
        made: Programs asked for so far; the next one has number ``made + 1``.
        evaluations_asked: Evaluations asked for so far.
        settled: Programs settled, by generation: rejected, failed, invalid, archived or declined.
        fruitless: Mutations in a row, up to now, that gave no program.
        generation: The next generation to be completed.
    """

    def __init__(self) -> None:
        self.mutations: dict[str, Pending] = {}
        self.evaluations: dict[str, Pending] = {}
        self.analyses: dict[str, Pending] = {}
        self.to_evaluate: dict[str, Proposal] = {}
        self.to_judge: dict[str, Judgement] = {}
        self.judged = 0
        self.scored = 0
        self.made = 0
        self.evaluations_asked = 0
        self.settled: Counter[int] = Counter()
        self.fruitless = 0
        self.generation = 0
        self._talking: dict[int, Pending] = {}

    @property
    def in_flight(self) -> int:
        """Programs that are asked for and not settled."""
        return len(self.mutations) + len(self.to_evaluate) + len(self.evaluations) + len(self.to_judge)

    @property
    def unanswered(self) -> int:
        """Requests without an answer."""
        return len(self.mutations) + len(self.evaluations) + len(self.analyses)

    @property
    def conversations(self) -> int:
        """Requests without an answer that ask a model."""
        return len(self._talking)

    @takes(MutationRequested)
    def _mutation_requested(self, event: Event, data: MutationRequested) -> None:
        self.made += 1
        pending = Pending(data, event.sequence, event.generation, event.island)
        self.mutations[data.program] = pending
        if data.model is not None:
            self._talking[event.sequence] = pending
            self.judged += _may_judge(data)

    @takes(AnalysisRequested)
    def _analysis_requested(self, event: Event, data: AnalysisRequested) -> None:
        pending = Pending(data, event.sequence, event.generation, event.island)
        self.analyses[data.analysis] = self._talking[event.sequence] = pending

    @takes(AnalysisFailed, InsightRecorded, ScratchpadRevised, PromptEvolved)
    def _analysed(self, _: Event, data: AnalysisFailed | InsightRecorded | ScratchpadRevised | PromptEvolved) -> None:
        self._talking.pop(self.analyses.pop(data.analysis).sequence)

    @takes(LlmRequested, LlmResponded, LlmFailed, MutationChecked, NoveltyJudged)
    def _on_the_way(self, event: Event, _: AnyPayload) -> None:
        pending = self._talking.get(event.cause or 0)
        if pending is not None:
            pending.trail += (event.sequence,)

    @takes(EvaluationRequested)
    def _evaluation_requested(self, event: Event, data: EvaluationRequested) -> None:
        self.evaluations_asked += 1
        del self.to_evaluate[data.program]
        pending = Pending(data, event.sequence, event.generation, event.island)
        self.evaluations[data.program] = pending
        if pending.asks_a_model:
            self._talking[event.sequence] = pending
            self.scored += len(data.scores)

    @takes(MutationProposed)
    def _proposed(self, event: Event, data: MutationProposed) -> None:
        self._answered(data.program)
        self.to_evaluate[data.program] = Proposal(event.sequence, event.generation, event.island)
        self.fruitless = 0

    @takes(MutationRejected)
    def _rejected(self, event: Event, data: MutationRejected) -> None:
        self._answered(data.program)
        self.settled[event.generation] += 1
        self.fruitless += 1

    @takes(ProgramCompiled)
    def _compiled(self, _: Event, data: ProgramCompiled) -> None:
        self.evaluations[data.program].facts += (data,)

    @takes(ProgramEvaluated)
    def _evaluated(self, event: Event, data: ProgramEvaluated) -> None:
        self._measured(data.program)
        if data.is_valid:
            self.to_judge[data.program] = Judgement(data, event.sequence, event.generation, event.island)
        else:
            self.settled[event.generation] += 1

    @takes(EvaluationFailed)
    def _failed(self, event: Event, data: EvaluationFailed) -> None:
        self._measured(data.program)
        self.settled[event.generation] += 1

    @takes(ProgramArchived, ProgramDeclined)
    def _judged(self, event: Event, data: ProgramArchived | ProgramDeclined) -> None:
        del self.to_judge[data.program]
        self.settled[event.generation] += 1

    @takes(GenerationCompleted)
    def _generation_completed(self, _: Event, data: GenerationCompleted) -> None:
        self.generation = data.generation + 1

    def _measured(self, program: str) -> None:
        pending = self.evaluations.pop(program)
        if self._talking.pop(pending.sequence, None) is not None and isinstance(pending.data, EvaluationRequested):
            self.scored -= len(pending.data.scores)

    def _answered(self, program: str) -> None:
        pending = self.mutations.pop(program)
        if self._talking.pop(pending.sequence, None) is not None and isinstance(pending.data, MutationRequested):
            self.judged -= _may_judge(pending.data)

    def snapshot(self) -> Plain:
        """Which programs are where."""
        return {
            "mutations": list(self.mutations),
            "evaluations": list(self.evaluations),
            "to_evaluate": list(self.to_evaluate),
            "to_judge": list(self.to_judge),
            "made": self.made,
        }


def _may_judge(data: MutationRequested) -> bool:
    return data.briefing is not None and data.briefing.judge is not None
