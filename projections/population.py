"""Every program of the run: where it came from and how it fared. No code: that is read from the log by sequence."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from events.envelope import Event
from events.types import (
    AnyPayload,
    EvaluationFailed,
    EvaluationRequested,
    MutationProposed,
    MutationRejected,
    MutationRequested,
    ProgramEvaluated,
)
from projections.fold import Plain

__all__ = ["Individual", "Population", "ProgramStatus"]

ProgramStatus = Literal["requested", "rejected", "proposed", "evaluating", "valid", "invalid", "failed"]


@dataclass(slots=True, eq=False)
class Individual:
    """One program, as the facts so far have it.

    Attributes:
        id: ``p000042``.
        generation: 0 for initial programs.
        island: Where it was bred.
        parents: Ids of the programs that it was made from.
        operator: What made it.
        requested_at: Sequence of its ``mutation.requested``.
        status: How far it got.
        fitness: Higher is better; None unless it is valid.
        proposed_at: Sequence of the event that holds its text, 0 before.
        settled_at: Sequence of the answer to its evaluation, or of its rejection, 0 before.
    """

    id: str
    generation: int
    island: int
    parents: tuple[str, ...]
    operator: str
    requested_at: int
    status: ProgramStatus = "requested"
    fitness: float | None = None
    proposed_at: int = 0
    settled_at: int = 0


class Population:
    """All programs, by id, and by the digest of their normalised text.

    Attributes:
        programs: Id to program, in the order of their requests.
        digests: Normalised code digest to the first program that had it.
    """

    reads: Collection[type[AnyPayload]] = frozenset(
        {MutationRequested, MutationProposed, MutationRejected, EvaluationRequested, ProgramEvaluated, EvaluationFailed}
    )

    def __init__(self) -> None:
        self.programs: dict[str, Individual] = {}
        self.digests: dict[str, str] = {}

    def __getitem__(self, program: str) -> Individual:
        """One program.

        Raises:
            KeyError: There is none of that id.
        """
        return self.programs[program]

    def apply(self, event: Event) -> None:
        """Adds one event."""
        data = event.data
        match data:
            case MutationRequested():
                self.programs[data.program] = Individual(
                    data.program, event.generation, data.island, data.parents, data.operator, event.sequence
                )
            case MutationProposed():
                individual = self.programs[data.program]
                individual.status, individual.proposed_at = "proposed", event.sequence
                self.digests.setdefault(data.code_digest, data.program)
            case MutationRejected():
                self._settle(data.program, "rejected", event.sequence)
            case EvaluationRequested():
                self.programs[data.program].status = "evaluating"
            case ProgramEvaluated():
                self._settle(data.program, "valid" if data.is_valid else "invalid", event.sequence)
                self.programs[data.program].fitness = data.fitness
            case EvaluationFailed():
                self._settle(data.program, "failed", event.sequence)
            case _:
                pass

    def _settle(self, program: str, status: ProgramStatus, sequence: int) -> None:
        individual = self.programs[program]
        individual.status, individual.settled_at = status, sequence

    def snapshot(self) -> Plain:
        """Every program: generation, island, parents, operator, status, fitness; and the known digests."""
        return {
            "programs": {
                each.id: [
                    each.generation,
                    each.island,
                    list(each.parents),
                    each.operator,
                    each.status,
                    each.fitness,
                ]
                for each in self.programs.values()
            },
            "digests": self.digests,
        }
