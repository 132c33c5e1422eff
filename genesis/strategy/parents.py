"""Which programs breed: indices into a ranking, best first, and the probability that each had."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from random import Random

__all__ = ["Pick", "rank", "tournament"]


@dataclass(frozen=True, slots=True)
class Pick:
    """A drawn index into a ranking, and the probability that the policy gave it."""

    index: int
    probability: float


def tournament(count: int, *, size: int, generator: Random) -> Pick:
    """The best of ``size`` entries drawn with replacement (Goldberg, Deb 1991).

    Args:
        count: Length of the ranking, at least 1.
        size: Contestants; 1 draws uniformly.
        generator: Where the draw comes from.
    """
    index = min(generator.randrange(count) for _ in range(size))
    probability = ((count - index) / count) ** size - ((count - index - 1) / count) ** size
    return Pick(index, probability)


def rank(count: int, *, pressure: float, generator: Random) -> Pick:
    """An entry with a probability that falls linearly with its rank (Baker 1985).

    Args:
        count: Length of the ranking, at least 1.
        pressure: Expected picks of the best entry in ``count`` draws, from 1 (uniform) to 2.
        generator: Where the draw comes from.
    """
    if count == 1:
        return Pick(0, 1.0)
    shares = [(pressure - 2 * (pressure - 1) * place / (count - 1)) / count for place in range(count)]
    index = min(bisect_right(list(accumulate(shares)), generator.random()), count - 1)
    return Pick(index, shares[index])
