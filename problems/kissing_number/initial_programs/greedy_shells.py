"""Candidates of a few shapes, in an order made by one multiplier, thinned out greedily."""

from helper import greedy, signed

# EVOLVE-BLOCK-START
SHAPES = [[2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]]
LARGEST = 4
WEIGHTS = [3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37]
MODULUS = 101


def key(vector):
    """Candidates with small keys come first."""
    return sum(w * x for w, x in zip(WEIGHTS, vector)) % MODULUS


def build():
    """Vectors of 11 integers."""
    candidates = [vector for shape in SHAPES for vector in signed(shape)]
    candidates.sort(key=key)
    return greedy(candidates, LARGEST)


# EVOLVE-BLOCK-END


def entrypoint():
    return build()
