"""Which programs each island keeps, and where."""

from bisect import bisect_left, insort
from dataclasses import dataclass, field

from events.envelope import Event
from events.types import (
    IslandReset,
    ProgramArchived,
    ProgramDeclined,
    ProgramEvaluated,
    ProgramMigrated,
)
from projections.fold import Plain, Projection, takes

__all__ = ["Archive", "Elite", "Island"]


@dataclass(frozen=True, slots=True, order=True)
class Elite:
    """A kept program. Elites sort best first; of equals, the older one first."""

    cost: float
    program: str
    cell: str | None = field(compare=False)

    @property
    def fitness(self) -> float:
        """Higher is better."""
        return -self.cost


class Island:
    """One island's archive.

    Attributes:
        ranked: The kept programs, best first; of equals, the one with the lower id.
        cells: Cell to its elite, for archives with cells.
    """

    def __init__(self) -> None:
        self.ranked: list[Elite] = []
        self.cells: dict[str, Elite] = {}
        self._members: dict[str, Elite] = {}

    def __len__(self) -> int:
        """How many programs are kept."""
        return len(self.ranked)

    def __contains__(self, program: str) -> bool:
        """Whether a program is kept."""
        return program in self._members

    def add(self, elite: Elite) -> None:
        """Keeps a program."""
        insort(self.ranked, elite)
        self._members[elite.program] = elite
        if elite.cell is not None:
            self.cells[elite.cell] = elite

    def remove(self, program: str) -> None:
        """Lets go of a program.

        Raises:
            KeyError: It is not kept.
        """
        elite = self._members.pop(program)
        del self.ranked[bisect_left(self.ranked, elite)]
        if elite.cell is not None:
            self.cells.pop(elite.cell, None)

    def clear(self) -> None:
        """Lets go of all."""
        self.__init__()


class Archive(Projection):
    """All islands' archives, and the fitness of programs that are yet to be placed.

    Attributes:
        islands: Island number to its archive.
        unplaced: Fitness of valid programs on which there is no word yet.
    """

    def __init__(self) -> None:
        self.islands: dict[int, Island] = {}
        self.unplaced: dict[str, float] = {}
        self._fitness: dict[str, float] = {}

    def island(self, number: int) -> Island:
        """One island's archive; an empty one when nothing was ever kept there."""
        return self.islands.get(number) or Island()

    @takes(ProgramEvaluated)
    def _evaluated(self, _: Event, data: ProgramEvaluated) -> None:
        if data.is_valid and data.fitness is not None:
            self.unplaced[data.program] = data.fitness

    @takes(ProgramArchived)
    def _archived(self, _: Event, data: ProgramArchived) -> None:
        self._keep(data.island, data.cell, program=data.program, displaced=data.displaced)

    @takes(ProgramMigrated)
    def _migrated(self, _: Event, data: ProgramMigrated) -> None:
        self._keep(data.to_island, data.cell, program=data.program, displaced=data.displaced)

    @takes(ProgramDeclined)
    def _declined(self, _: Event, data: ProgramDeclined) -> None:
        self.unplaced.pop(data.program, None)

    def _keep(self, number: int, cell: str | None, *, program: str, displaced: str | None) -> None:
        island = self.islands.setdefault(number, Island())
        if displaced is not None:
            island.remove(displaced)
        fitness = self.unplaced.pop(program, None)
        if fitness is None:
            fitness = self._fitness[program]
        self._fitness[program] = fitness
        island.add(Elite(-fitness, program, cell))

    @takes(IslandReset)
    def _reset(self, _: Event, data: IslandReset) -> None:
        island = self.islands.setdefault(data.island, Island())
        island.clear()
        for founder in data.founders:
            island.add(Elite(-self._fitness[founder], founder, None))

    def snapshot(self) -> Plain:
        """Every island's members with their cells and fitness, and what is yet to be placed."""
        return {
            "islands": {
                str(number): [[elite.program, elite.cell, elite.fitness] for elite in island.ranked]
                for number, island in self.islands.items()
            },
            "unplaced": self.unplaced,
        }
