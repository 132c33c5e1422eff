"""Rows of circles, every second one shifted, as in a hexagonal packing."""

from helper import grow

# EVOLVE-BLOCK-START
ROWS = [5, 5, 6, 5, 5]
LEFT, RIGHT = 0.09, 0.91
BOTTOM, PITCH = 0.09, 0.205
SHIFT = 0.02


def build(count):
    """The circles (x, y, r), exactly ``count`` of them."""
    centres = []
    row = 0
    while len(centres) < count:
        size = max(2, ROWS[row % len(ROWS)])
        for column in range(size):
            x = LEFT + (RIGHT - LEFT) * column / (size - 1)
            centres.append((x + SHIFT * (row % 2), BOTTOM + PITCH * row))
        row += 1
    return grow(centres[:count])


# EVOLVE-BLOCK-END


def entrypoint():
    return build(26)
