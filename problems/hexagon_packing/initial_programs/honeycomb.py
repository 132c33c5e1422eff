"""Part of a honeycomb: the cells of a lattice that lie nearest to a point, all turned alike."""

import math

# EVOLVE-BLOCK-START
CENTRE = (0.1, 0.2)
TURN = 20.0


def build(count):
    """The poses (x, y, angle in degrees), exactly ``count`` of them."""
    step = math.sqrt(3.0)
    cells = [(step * (i + 0.5 * j), 1.5 * j) for i in range(-4, 5) for j in range(-4, 5)]
    cells.sort(key=lambda cell: math.dist(cell, CENTRE))
    turn = math.radians(TURN - 30.0)
    cos, sin = math.cos(turn), math.sin(turn)
    return [(x * cos - y * sin, x * sin + y * cos, TURN) for x, y in cells[:count]]


# EVOLVE-BLOCK-END


def entrypoint():
    return build(11)
