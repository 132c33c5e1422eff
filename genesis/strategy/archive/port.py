"""What an archive policy is: where a valid program goes, and who makes room for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from projections.archive import Island

__all__ = ["Admission", "ArchivePolicy", "Candidate", "Placement", "Refusal"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A valid program that wants a place: its id, fitness (higher is better) and metrics."""

    program: str
    fitness: float
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Admission:
    """The program is kept, in ``cell`` when the archive has cells; ``displaced`` goes."""

    cell: str | None
    displaced: str | None
    why: Literal["empty_cell", "room", "better"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """The program is not kept; ``incumbent`` holds the place that it would have had."""

    cell: str | None
    incumbent: str


Placement = Admission | Refusal


class ArchivePolicy(Protocol):
    """Places programs. Pure: the same island and candidate give the same placement."""

    @property
    def cells(self) -> int | None:
        """How many cells there are, None for an archive without cells."""
        ...

    def place(self, island: Island, candidate: Candidate) -> Placement:
        """Where the candidate goes. Ties go to the incumbent, so a place changes hands only for a better program."""
        ...
