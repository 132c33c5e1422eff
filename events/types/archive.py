"""Which programs are kept, and where."""

from typing import ClassVar, Literal

from events.types.base import Payload, ProgramPayload, record

__all__ = ["GenerationCompleted", "IslandReset", "ProgramArchived", "ProgramDeclined", "ProgramMigrated"]


@record
class ProgramArchived(ProgramPayload):
    """Admitted to an island's archive. ``cell`` is a text such as ``3/5``, None in an archive without cells."""

    TYPE: ClassVar[str] = "program.archived"

    island: int
    cell: str | None
    displaced: str | None = None
    why: Literal["empty_cell", "room", "better"]


@record
class ProgramDeclined(ProgramPayload):
    """Valid, but not admitted; ``incumbent`` is the program that kept its place."""

    TYPE: ClassVar[str] = "program.declined"

    island: int
    cell: str | None
    incumbent: str | None = None
    why: Literal["not_better"]


@record
class ProgramMigrated(ProgramPayload):
    """Copied from one island's archive to another's."""

    TYPE: ClassVar[str] = "program.migrated"

    from_island: int
    to_island: int
    cell: str | None
    displaced: str | None = None


@record
class IslandReset(Payload):
    """An island was emptied and founded anew."""

    TYPE: ClassVar[str] = "island.reset"

    island: int
    founders: tuple[str, ...]
    why: str


@record
class GenerationCompleted(Payload):
    """All programs of a generation are settled; the figures are of the whole run up to here.

    ``coverage`` is the share of cells that are filled and ``qd_score`` the sum over cells of fitness above the primary
    metric's worse bound (Pugh, Soros, Stanley 2016); both None in an archive without cells.
    """

    TYPE: ClassVar[str] = "generation.completed"

    generation: int
    evaluated: int
    valid: int
    best_fitness: float | None
    mean_fitness: float | None
    archive_size: int
    coverage: float | None = None
    qd_score: float | None = None
    cost_usd: float = 0.0
