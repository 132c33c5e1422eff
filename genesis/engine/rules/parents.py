"""Who breeds: programs of an island's archive, by the policy of the configuration."""

from dataclasses import dataclass
from random import Random

from events.types import Selection
from genesis.engine.state import State
from genesis.strategy.parents import Pick, rank, tournament
from projections.archive import Elite

__all__ = ["Parent", "draw_parents", "selection_of"]


@dataclass(frozen=True, slots=True)
class Parent:
    """A program that breeds, and the probability that it had."""

    program: str
    probability: float


def draw_parents(state: State, island: int, count: int, generator: Random) -> tuple[Parent, ...]:
    """``count`` different programs of an island's archive, which holds that many."""
    pool: list[Elite] = list(state.archive.island(island).ranked)
    parents: list[Parent] = []
    for _ in range(count):
        pick = _pick(state, len(pool), generator)
        parents.append(Parent(pool.pop(pick.index).program, pick.probability))
    return tuple(parents)


def selection_of(state: State, parents: tuple[Parent, ...]) -> Selection | None:
    """How the parents were chosen, as events record it; None when there are none."""
    if not parents:
        return None
    return Selection(strategy=_strategy(state), probabilities=tuple(round(each.probability, 9) for each in parents))


def _strategy(state: State) -> str:
    selection = state.config.strategy.selection
    match selection.kind:
        case "tournament":
            return f"tournament({selection.tournament_size})"
        case "rank":
            return f"rank({selection.pressure:g})"


def _pick(state: State, count: int, generator: Random) -> Pick:
    selection = state.config.strategy.selection
    match selection.kind:
        case "tournament":
            return tournament(count, size=selection.tournament_size, generator=generator)
        case "rank":
            return rank(count, pressure=selection.pressure, generator=generator)
