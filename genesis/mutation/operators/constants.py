"""Moves some of a program's numbers a little: an evolution strategy on whatever literals the text holds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from genesis.mutation.literals import Literal, find_literals, rounded, scales, write_number
from genesis.mutation.operators.port import Breeding, Proposal, Rejection
from genesis.mutation.python_text import edited, read_python
from genesis.rng import draw

__all__ = ["Constants", "choose", "move"]

# Integers that are no array elements count, index and bound things: they change rarely while there is better to do.
_RARELY: Final = 0.1
_BOUND_WEIGHT: Final = 0.2
_HEAVY_TAIL: Final = 0.15
_LARGEST: Final = 1e300


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
        files = read_python(breeding.parents[0])
        if isinstance(files, str):
            return Rejection("not_applicable", files)
        literals = find_literals(files)
        if not literals:
            return Rejection("not_applicable", "no number may change in this program")
        rng = draw(breeding.draw)
        sizes = scales(literals)
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
    """Which numbers to move, by position and in order: scattered ones or whole rows of arrays, from one to all."""
    data = [i for i, literal in enumerate(literals) if literal.is_float or literal.array is not None]
    rest = [i for i, literal in enumerate(literals) if not (literal.is_float or literal.array is not None)]
    if rest and (not data or rng.random() < _RARELY):
        return [_weighted(literals, rest, rng)]
    if count:
        return sorted(rng.sample(data, min(count, len(data))))
    rows = _rows(literals, data)
    units = rows if len(rows) < len(data) and rng.random() < 0.5 else [[i] for i in data]
    picked = rng.sample(units, _log_uniform(len(units), rng))
    return sorted(i for unit in picked for i in unit)


def move(value: float | int, sigma: float, rng: Random) -> float | int:
    """A new value near the old, of the same type."""
    heavy = rng.random() < _HEAVY_TAIL
    delta = sigma * (math.tan(math.pi * (rng.random() - 0.5)) if heavy else rng.gauss(0.0, 1.0))
    if isinstance(value, int):
        return value + (round(max(-1e15, min(1e15, delta))) or (1 if delta > 0 else -1))
    moved = rounded(value + delta, delta)
    return moved if abs(moved) < _LARGEST else value


def _rows(literals: Sequence[Literal], among: Sequence[int]) -> list[list[int]]:
    rows: dict[int, list[int]] = {}
    for i in among:
        row = literals[i].row
        rows.setdefault(-1 - i if row is None else row, []).append(i)
    return list(rows.values())


def _weighted(literals: Sequence[Literal], among: Sequence[int], rng: Random) -> int:
    weights = [_BOUND_WEIGHT if literals[i].is_bound else 1.0 for i in among]
    return rng.choices(among, weights)[0]


def _log_uniform(most: int, rng: Random) -> int:
    return min(most, int(math.exp(rng.uniform(0.0, math.log(most + 1)))))
