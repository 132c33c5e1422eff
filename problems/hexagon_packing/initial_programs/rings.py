"""Hexagons in the middle and the others around them, every ring turned by an angle of its own."""

import math

# EVOLVE-BLOCK-START
INNER = 3
RINGS = [(1.2, 15.0, 5.0), (3.4, 0.0, 20.0)]


def build(count):
    """The poses (x, y, angle in degrees), exactly ``count`` of them."""
    inner = min(max(INNER, 1), count - 1)
    poses = []
    for size, (distance, start, turn) in zip((inner, count - inner), RINGS):
        for i in range(size):
            direction = math.radians(start + 360.0 * i / size)
            poses.append((distance * math.cos(direction), distance * math.sin(direction), turn))
    return poses


# EVOLVE-BLOCK-END


def entrypoint():
    return build(11)
