"""One circle in the middle, and two rings of circles around it."""

import math

from helper import grow

# EVOLVE-BLOCK-START
INNER = 9
RINGS = [(0.26, 0.0), (0.46, 0.1)]


def build(count):
    """The circles (x, y, r), exactly ``count`` of them."""
    inner = min(max(INNER, 1), count - 2)
    centres = [(0.5, 0.5)]
    for size, (distance, turn) in zip((inner, count - 1 - inner), RINGS):
        for i in range(size):
            angle = turn + 2.0 * math.pi * i / size
            centres.append((0.5 + distance * math.cos(angle), 0.5 + distance * math.sin(angle)))
    return grow(centres)


# EVOLVE-BLOCK-END


def entrypoint():
    return build(26)
