"""What the shell offers after Tab: names of problems and of runs."""

from typing import TYPE_CHECKING

from genesis.cli.deferred import Deferred
from genesis.cli.places import LATEST, RUNS_DIR

if TYPE_CHECKING:
    from genesis.problem import shipped
else:
    shipped = Deferred("genesis.problem.shipped")

__all__ = ["complete_problem", "complete_run"]


def complete_problem(incomplete: str) -> list[str]:
    """Shipped problems that begin so."""
    return [name for name in shipped.shipped_problems() if name.startswith(incomplete)]


def complete_run(incomplete: str) -> list[str]:
    """Runs inside ``./runs`` that begin so, newest first."""
    if not RUNS_DIR.is_dir():
        return []
    names = sorted((entry.name for entry in RUNS_DIR.iterdir() if entry.is_dir()), reverse=True)
    return [name for name in (LATEST, *names) if name.startswith(incomplete)]
