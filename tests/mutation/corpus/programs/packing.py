"""Places circles in the unit square."""

import math

import numpy as np

# EVOLVE-BLOCK-START
COUNT = 26
STEP = 0.05
ROUNDS = 200


def start(count):
    """A grid of centres."""
    side = math.ceil(math.sqrt(count))
    points = []
    for row in range(side):
        for column in range(side):
            points.append(((row + 0.5) / side, (column + 0.5) / side))
    return np.array(points[:count])


def radii(centres):
    """The largest radii that keep the circles apart, shrunk pair by pair."""
    result = np.array([min(x, y, 1 - x, 1 - y) for x, y in centres])
    for i in range(len(centres)):
        for j in range(i + 1, len(centres)):
            distance = math.dist(centres[i], centres[j])
            if result[i] + result[j] > distance:
                scale = distance / (result[i] + result[j])
                result[i] *= scale
                result[j] *= scale
    return result


def improve(centres, rounds):
    """Moves one centre at a time, and keeps what helps."""
    rng = np.random.default_rng(0)
    best = radii(centres).sum()
    for _ in range(rounds):
        moved = centres.copy()
        index = rng.integers(len(centres))
        moved[index] += rng.normal(0, STEP, 2)
        moved = np.clip(moved, 0, 1)
        total = radii(moved).sum()
        if total > best:
            centres = moved
            best = total
    return centres


# EVOLVE-BLOCK-END


def entrypoint():
    centres = improve(start(COUNT), ROUNDS)
    return centres, radii(centres)
