"""Twenty-six scattered centres, written out; the radii follow from them."""

from helper import grow

# EVOLVE-BLOCK-START
CENTRES = [
    (0.5, 0.5), (0.29, 0.14), (0.09, 0.62), (0.72, 0.26), (0.52, 0.73), (0.31, 0.37),
    (0.1, 0.85), (0.74, 0.49), (0.53, 0.13), (0.33, 0.61), (0.12, 0.25), (0.76, 0.73),
    (0.55, 0.36), (0.34, 0.84), (0.14, 0.48), (0.77, 0.12), (0.57, 0.6), (0.36, 0.24),
    (0.15, 0.72), (0.79, 0.35), (0.58, 0.83), (0.38, 0.47), (0.17, 0.11), (0.8, 0.59),
    (0.6, 0.23), (0.39, 0.71),
]


def build(count):
    """The circles (x, y, r), exactly ``count`` of them."""
    return grow(CENTRES[:count])


# EVOLVE-BLOCK-END


def entrypoint():
    return build(26)
