"""MAP-Elites: the best program of each cell of a grid over behaviour (Mouret, Clune 2015)."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from genesis.strategy.archive.port import Admission, Candidate, Placement, Refusal
from projections.archive import Island

__all__ = ["Axis", "MapElites"]


@dataclass(frozen=True, slots=True)
class Axis:
    """``bins`` equal intervals of one metric between ``lower`` and ``upper``; outside values fall in the end bins."""

    metric: str
    lower: float
    upper: float
    bins: int

    def bin(self, metrics: Mapping[str, float]) -> int:
        """The bin of a program, from 0; a program without the metric is in bin 0."""
        value = metrics.get(self.metric, self.lower)
        share = min(max((value - self.lower) / (self.upper - self.lower), 0.0), 1.0)
        return min(math.floor(share * self.bins), self.bins - 1)


@dataclass(frozen=True, slots=True)
class MapElites:
    """An archive with one place a cell. Without axes there is one cell.

    A cell's name is its bins joined by slashes, such as ``3/5``.
    """

    axes: Sequence[Axis]

    @property
    def cells(self) -> int:
        """The number of cells."""
        return math.prod(axis.bins for axis in self.axes)

    def place(self, island: Island, candidate: Candidate) -> Placement:
        """Into its cell when that is empty or holds a less fit program."""
        cell = "/".join(str(axis.bin(candidate.metrics)) for axis in self.axes) or "0"
        incumbent = island.cells.get(cell)
        if incumbent is None:
            return Admission(cell, None, "empty_cell")
        if candidate.fitness > incumbent.fitness:
            return Admission(cell, incumbent.program, "better")
        return Refusal(cell, incumbent.program)
