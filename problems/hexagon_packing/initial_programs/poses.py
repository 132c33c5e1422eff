"""Eleven poses, written out: rows of three, four and four hexagons, all turned alike."""

# EVOLVE-BLOCK-START
POSES = [
    (-2.0, 1.8, 10.0),
    (0.0, 1.9, 10.0),
    (2.0, 1.8, 10.0),
    (-3.0, 0.0, 10.0),
    (-1.0, 0.1, 10.0),
    (1.0, 0.0, 10.0),
    (3.0, -0.1, 10.0),
    (-3.0, -1.9, 10.0),
    (-1.0, -1.8, 10.0),
    (1.0, -1.9, 10.0),
    (3.0, -1.8, 10.0),
]


def build(count):
    """The poses (x, y, angle in degrees), exactly ``count`` of them."""
    return POSES[:count]


# EVOLVE-BLOCK-END


def entrypoint():
    return build(11)
