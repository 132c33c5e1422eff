"""Every program of the run: where it came from and how it fared. No code: that is read from the log by sequence."""

from dataclasses import dataclass
from typing import Literal

from events.envelope import Event
from events.types import (
    EvaluationFailed,
    EvaluationRequested,
    MutationProposed,
    MutationRejected,
    MutationRequested,
    ProgramEvaluated,
)
from projections.fold import Plain, Projection, takes

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


class Population(Projection):
    """All programs, by id, and by the digest of their normalised text.

    Attributes:
        programs: Id to program, in the order of their requests.
        digests: Normalised code digest to the first program that had it.
    """

    def __init__(self) -> None:
        self.programs: dict[str, Individual] = {}
        self.digests: dict[str, str] = {}

    def __getitem__(self, program: str) -> Individual:
        """One program.

        Raises:
            KeyError: There is none of that id.
        """
        return self.programs[program]

    @takes(MutationRequested)
    def _requested(self, event: Event, data: MutationRequested) -> None:
        self.programs[data.program] = Individual(
            data.program, event.generation, data.island, data.parents, data.operator, event.sequence
        )

    @takes(MutationProposed)
    def _proposed(self, event: Event, data: MutationProposed) -> None:
        individual = self.programs[data.program]
        individual.status, individual.proposed_at = "proposed", event.sequence
        self.digests.setdefault(data.code_digest, data.program)

    @takes(MutationRejected)
    def _rejected(self, event: Event, data: MutationRejected) -> None:
        self._settle(data.program, "rejected", event.sequence)

    @takes(EvaluationRequested)
    def _evaluating(self, _: Event, data: EvaluationRequested) -> None:
        self.programs[data.program].status = "evaluating"

    @takes(ProgramEvaluated)
    def _evaluated(self, event: Event, data: ProgramEvaluated) -> None:
        self._settle(data.program, "valid" if data.is_valid else "invalid", event.sequence)
        self.programs[data.program].fitness = data.fitness

    @takes(EvaluationFailed)
    def _failed(self, event: Event, data: EvaluationFailed) -> None:
        self._settle(data.program, "failed", event.sequence)

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
