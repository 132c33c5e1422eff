"""Moves some of a program's numbers a little: an evolution strategy on whatever literals the text holds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from genesis.mutation.literals import LARGEST_REAL, Literal, numbers_of, rounded, write_number
from genesis.mutation.operators.port import Breeding, Proposal, Rejection
from genesis.mutation.python_text import edited
from genesis.rng import draw

__all__ = ["Constants", "choose", "move"]

# Integers that are no array elements count, index and bound things: they change rarely while there is better to do.
_RARELY: Final = 0.1
_BOUND_WEIGHT: Final = 0.2
# Shares found by trial on point and circle packing, where moving one point at a time does best, and on smooth
# functions, where anything works.
_EVERY_GROUP: Final = 0.1
_WHOLE_GROUP: Final = 0.05
_SCATTERED: Final = 0.25
_ONE_UNIT: Final = 0.8
_LARGEST_INTEGER_STEP: Final = 1e15


@dataclass(frozen=True, slots=True)
class Constants:
    """Perturbs one to all of the numbers of the first parent.

    Parameters of the breeding: ``step``, the standard deviation relative to each number's scale, positive; ``count``,
    how many numbers to move, drawn when absent.
    """

    name: str = "constants"
    parents: int = 1

    def propose(self, breeding: Breeding) -> Proposal | Rejection:
        """The program with some of its numbers moved; everything else byte for byte as it was."""
        step = breeding.real("step")
        numbers = numbers_of(breeding.parents[0])
        if isinstance(numbers, str):
            return Rejection("not_applicable", numbers)
        literals, sizes = numbers.literals, numbers.sizes
        rng = draw(breeding.draw)
        chosen = choose(literals, rng, breeding.whole("count", 0))
        moved = {i: move(literals[i].value, step * sizes[i], rng) for i in chosen}
        changed = {i: value for i, value in moved.items() if value != literals[i].value}
        if not changed:
            return Rejection("not_applicable", f"step {step:.3g} is too small to change any of the chosen numbers")
        edits = [(literals[i].file, write_number(literals[i], value)) for i, value in changed.items()]
        share = f"{len(changed)} of {len(literals)} literals"
        return Proposal(
            source=edited(breeding.parents[0], edits),
            name=f"constants: {share}, step {step:.2g}",
            rationale=f"Moved {share} by about {step:.2g} of their size.",
        )


def choose(literals: Sequence[Literal], rng: Random, count: int) -> list[int]:
    """Which numbers to move, by position and in order: mostly one row of an array or one number, at times all."""
    rare = [i for i, literal in enumerate(literals) if not literal.is_float and literal.array is None]
    groups = _groups(literals, set(rare))
    if rare and (not groups or rng.random() < _RARELY):
        return [_weighted(literals, rare, rng)]
    among = [i for group in groups for i in group]
    if count:
        return sorted(rng.sample(among, min(count, len(among))))
    if rng.random() >= _EVERY_GROUP:
        among = rng.choices(groups, [math.sqrt(len(group)) for group in groups])[0]
    units = _units(literals, among, rng)
    many = 1 if rng.random() < _ONE_UNIT else _log_uniform(len(units), rng)
    return sorted(i for unit in rng.sample(units, many) for i in unit)


def move(value: float | int, sigma: float, rng: Random) -> float | int:
    """A new value near the old, of the same type, by a Cauchy step of scale ``sigma``.

    Steps of every size keep a search alive whose ``sigma`` is wrong by some powers of ten.
    """
    delta = sigma * math.tan(math.pi * (rng.random() - 0.5))
    if isinstance(value, int):
        whole = round(max(-_LARGEST_INTEGER_STEP, min(_LARGEST_INTEGER_STEP, delta)))
        return value + (whole or (1 if delta > 0 else -1))
    return rounded(value + delta, delta) if abs(value + delta) < LARGEST_REAL else value


def _groups(literals: Sequence[Literal], left_out: set[int]) -> list[list[int]]:
    """The elements of each array, and the numbers outside any."""
    groups: dict[int | None, list[int]] = {}
    for i, literal in enumerate(literals):
        if i not in left_out:
            groups.setdefault(literal.array, []).append(i)
    return list(groups.values())


def _units(literals: Sequence[Literal], among: list[int], rng: Random) -> list[list[int]]:
    """What moves as one: everything, single numbers, or the rows of arrays."""
    drawn = rng.random()
    if drawn < _WHOLE_GROUP:
        return [among]
    rows: dict[int, list[int]] = {}
    for i in among:
        literal = literals[i]
        rows.setdefault(-1 - i if literal.array is None or literal.row is None else literal.row, []).append(i)
    if drawn < _WHOLE_GROUP + _SCATTERED or len(rows) == 1:
        return [[i] for i in among]
    return list(rows.values())


def _weighted(literals: Sequence[Literal], among: Sequence[int], rng: Random) -> int:
    weights = [_BOUND_WEIGHT if literals[i].is_bound else 1.0 for i in among]
    return rng.choices(among, weights)[0]


def _log_uniform(most: int, rng: Random) -> int:
    return min(most, int(math.exp(rng.uniform(0.0, math.log(most + 1)))))
