"""The N best programs, whatever they do."""

from dataclasses import dataclass

from genesis.strategy.archive.port import Admission, Candidate, Placement, Refusal
from projections.archive import Island

__all__ = ["Best"]


@dataclass(frozen=True, slots=True)
class Best:
    """An archive of ``capacity`` places without cells."""

    capacity: int

    @property
    def cells(self) -> None:
        """There are none."""
        return

    def place(self, island: Island, candidate: Candidate) -> Placement:
        """Kept while there is room, then in the place of the worst when it is fitter."""
        if len(island) < self.capacity:
            return Admission(None, None, "room")
        worst = island.ranked[-1]
        if candidate.fitness > worst.fitness:
            return Admission(None, worst.program, "better")
        return Refusal(None, worst.program)
