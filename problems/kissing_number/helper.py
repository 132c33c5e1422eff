"""Integer vectors whose directions are at least 60 degrees apart."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from operator import mul

Vector = tuple[int, ...]


def inner(a: Sequence[int], b: Sequence[int]) -> int:
    """The inner product."""
    return sum(map(mul, a, b))


def greedy(candidates: Iterable[Sequence[int]], largest: int) -> list[Vector]:
    """The candidates, in order, without those that are too close to one kept before.

    Vectors that are zero, or longer than ``largest`` allows, are left out too.

    Args:
        candidates: Integer vectors of one dimension.
        largest: The largest squared length; two vectors must be at least as far apart.
    """
    kept: list[tuple[Vector, int]] = []
    for candidate in map(tuple, candidates):
        length = inner(candidate, candidate)
        if 0 < length <= largest and all(length + other - 2 * inner(candidate, v) >= largest for v, other in kept):
            kept.append((candidate, length))
    return [vector for vector, _ in kept]


def signed(absolute: Sequence[int]) -> Iterator[Vector]:
    """All vectors that have these entries in some order and with some signs, each once, in a fixed order."""
    for places in _arrangements(sorted(absolute, reverse=True)):
        yield from product(*((x, -x) if x else (0,) for x in places))


def _arrangements(entries: Sequence[int]) -> Iterator[Vector]:
    """The distinct orders of the entries; ``itertools.permutations`` would repeat equal ones millions of times."""
    if not entries:
        yield ()
    for first in dict.fromkeys(entries):
        rest = list(entries)
        rest.remove(first)
        for tail in _arrangements(rest):
            yield (first, *tail)
