"""Which other programs a prompt shows: good ones, unlike ones, and those of other islands."""

from collections.abc import Collection, Mapping, Sequence
from random import Random

from projections.archive import Elite, Island

__all__ = ["compared_with", "inspirations"]

_BEST = 3


def inspirations(
    islands: Mapping[int, Island], *, home: int, count: int, without: Collection[str], generator: Random
) -> tuple[str, ...]:
    """Programs to show beside the parents, best first.

    The first is drawn from the home island's three best, the second from another island where there is one, the rest
    from all that is kept: what is good and what is different both help.

    Args:
        islands: Number to archive.
        home: The island that the child is bred for.
        count: How many at most.
        without: Programs that are shown anyway.
        generator: Where the draws come from.
    """
    shown = set(without)
    taken: list[Elite] = []
    here = islands[home].ranked if home in islands else []
    abroad = [elite for number, island in islands.items() if number != home for elite in island.ranked[:_BEST]]
    sources: list[Sequence[Elite]] = [here[: _BEST + len(shown)], abroad, *([here] * count)]
    for source in sources:
        if len(taken) == count:
            break
        elite = _draw(source, shown, generator)
        if elite is not None:
            taken.append(elite)
            shown.add(elite.program)
    return tuple(elite.program for elite in sorted(taken))


def compared_with(island: Island, *, count: int, without: Collection[str]) -> tuple[str, ...]:
    """The kept programs that a new one is held against: the best ones."""
    return tuple(elite.program for elite in island.ranked[: count + len(without)] if elite.program not in without)[
        :count
    ]


def _draw(elites: Sequence[Elite], shown: Collection[str], generator: Random) -> Elite | None:
    """One that is not shown yet; a few draws do, since what is shown is little."""
    for _ in range(4):
        if not elites:
            return None
        elite = elites[generator.randrange(len(elites))]
        if elite.program not in shown:
            return elite
    return next((elite for elite in elites if elite.program not in shown), None)
