"""Three rings of three points that turn into one another with the triangle's corners, and two free points."""

from helper import clamp, rotations

# EVOLVE-BLOCK-START
ORBITS = [(0.16, 0.08), (0.33, 0.04), (0.27, 0.18)]
FREE = [(0.03, 0.25), (0.02, 0.22)]


def build(count):
    """The points, exactly ``count`` of them; those outside the triangle are moved to its border."""
    rings = [point for x, y in ORBITS for point in rotations(*clamp(x, y))]
    return (rings + FREE)[:count]


# EVOLVE-BLOCK-END


def entrypoint():
    return [clamp(x, y) for x, y in build(11)]
