"""What has been asked for and is not settled yet: the engine's own projection."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from events.envelope import Event
from events.types import (
    AnyPayload,
    EvaluationFailed,
    EvaluationRequested,
    GenerationCompleted,
    MutationProposed,
    MutationRejected,
    MutationRequested,
    ProgramArchived,
    ProgramCompiled,
    ProgramDeclined,
    ProgramEvaluated,
)
from projections import Plain

__all__ = ["Judgement", "Pending", "Proposal", "RequestPayload", "Requests", "program_id"]

RequestPayload: TypeAlias = MutationRequested | EvaluationRequested


def program_id(number: int) -> str:
    """The id of the run's ``number``-th program, from 1."""
    return f"p{number:06d}"


@dataclass(slots=True, eq=False)
class Pending:
    """A request without an answer.

    Attributes:
        data: What is asked for.
        sequence: Where it stands in the log; its answer names it as the cause.
        generation: Of the program.
        island: Of the program.
        facts: What has been recorded on the way to the answer, in order.
    """

    data: RequestPayload
    sequence: int
    generation: int
    island: int
    facts: tuple[AnyPayload, ...] = ()


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


class Requests:
    """Open requests, and the programs between two of them.

    Attributes:
        mutations: Unanswered mutation requests by program, oldest first.
        evaluations: Unanswered evaluation requests by program, oldest first.
        to_evaluate: Proposed programs that wait for an evaluation, with the proposal, oldest first.
        to_judge: Valid programs that wait for a place, oldest first.
        made: Programs asked for so far; the next one has number ``made + 1``.
        evaluations_asked: Evaluations asked for so far.
        settled: Programs settled, by generation: rejected, failed, invalid, archived or declined.
        fruitless: Mutations in a row, up to now, that gave no program.
        generation: The next generation to be completed.
    """

    def __init__(self) -> None:
        self.mutations: dict[str, Pending] = {}
        self.evaluations: dict[str, Pending] = {}
        self.to_evaluate: dict[str, Proposal] = {}
        self.to_judge: dict[str, Judgement] = {}
        self.made = 0
        self.evaluations_asked = 0
        self.settled: Counter[int] = Counter()
        self.fruitless = 0
        self.generation = 0
        # a table, not a match: this fold sees every event of a program, and reading a log is mostly folding
        self._takers: dict[type[AnyPayload], Callable[[Event, Any], None]] = {  # Any: the type that is the key
            MutationRequested: self._mutation_requested,
            EvaluationRequested: self._evaluation_requested,
            MutationProposed: self._proposed,
            MutationRejected: self._rejected,
            ProgramCompiled: self._compiled,
            ProgramEvaluated: self._evaluated,
            EvaluationFailed: self._failed,
            ProgramArchived: self._judged,
            ProgramDeclined: self._judged,
            GenerationCompleted: self._generation_completed,
        }
        self.reads: Collection[type[AnyPayload]] = self._takers.keys()

    @property
    def in_flight(self) -> int:
        """Programs that are asked for and not settled."""
        return len(self.mutations) + len(self.to_evaluate) + len(self.evaluations) + len(self.to_judge)

    @property
    def unanswered(self) -> int:
        """Requests without an answer."""
        return len(self.mutations) + len(self.evaluations)

    def apply(self, event: Event) -> None:
        """Adds one event."""
        take = self._takers.get(type(event.data))
        if take is not None:
            take(event, event.data)

    def _mutation_requested(self, event: Event, data: MutationRequested) -> None:
        self.made += 1
        self.mutations[data.program] = Pending(data, event.sequence, event.generation, event.island)

    def _evaluation_requested(self, event: Event, data: EvaluationRequested) -> None:
        self.evaluations_asked += 1
        del self.to_evaluate[data.program]
        self.evaluations[data.program] = Pending(data, event.sequence, event.generation, event.island)

    def _proposed(self, event: Event, data: MutationProposed) -> None:
        del self.mutations[data.program]
        self.to_evaluate[data.program] = Proposal(event.sequence, event.generation, event.island)
        self.fruitless = 0

    def _rejected(self, event: Event, data: MutationRejected) -> None:
        del self.mutations[data.program]
        self.settled[event.generation] += 1
        self.fruitless += 1

    def _compiled(self, _: Event, data: ProgramCompiled) -> None:
        self.evaluations[data.program].facts += (data,)

    def _evaluated(self, event: Event, data: ProgramEvaluated) -> None:
        del self.evaluations[data.program]
        if data.is_valid:
            self.to_judge[data.program] = Judgement(data, event.sequence, event.generation, event.island)
        else:
            self.settled[event.generation] += 1

    def _failed(self, event: Event, data: EvaluationFailed) -> None:
        del self.evaluations[data.program]
        self.settled[event.generation] += 1

    def _judged(self, event: Event, data: ProgramArchived | ProgramDeclined) -> None:
        del self.to_judge[data.program]
        self.settled[event.generation] += 1

    def _generation_completed(self, _: Event, data: GenerationCompleted) -> None:
        self.generation = data.generation + 1

    def snapshot(self) -> Plain:
        """Which programs are where."""
        return {
            "mutations": list(self.mutations),
            "evaluations": list(self.evaluations),
            "to_evaluate": list(self.to_evaluate),
            "to_judge": list(self.to_judge),
            "made": self.made,
        }
