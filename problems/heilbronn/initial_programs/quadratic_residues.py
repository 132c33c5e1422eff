"""Erdos's construction: the points (i, i * i mod p) of a lattice, p prime, have no three on a line."""

from helper import clamp

# EVOLVE-BLOCK-START
PRIME = 11
SPACING = 0.036


def build(count):
    """The points, exactly ``count`` of them; those outside the triangle are moved to its border."""
    return [(SPACING * i, SPACING * (i * i % PRIME)) for i in range(count)]


# EVOLVE-BLOCK-END


def entrypoint():
    return [clamp(x, y) for x, y in build(11)]
