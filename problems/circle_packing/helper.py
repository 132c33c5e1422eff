"""Radii for circles in the unit square."""

import math
from collections.abc import Sequence

Point = tuple[float, float]
Circle = tuple[float, float, float]

SAFETY = 1e-12  # far above the rounding of the sums below, far below anything that matters


def grow(centres: Sequence[Point]) -> list[Circle]:
    """Circles around the centres that touch but do not overlap, inside the unit square.

    All radii grow at the same speed; a circle stops when it meets a wall or another circle, the others go on. Centres
    outside the square are moved to its border and get radius 0.
    """
    centres = [(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)) for x, y in centres]
    growing = {i: min(x, 1.0 - x, y, 1.0 - y) for i, (x, y) in enumerate(centres)}
    pairs = sorted((math.dist(a, b), i, j) for i, a in enumerate(centres) for j, b in enumerate(centres[:i]))
    radii: dict[int, float] = {}
    while growing:
        first = min(growing, key=growing.__getitem__)
        meeting = next((pair for pair in pairs if pair[1] in growing and pair[2] in growing), None)
        if meeting is None or growing[first] <= meeting[0] / 2:
            stopped, radius = [first], growing[first]
        else:
            stopped, radius = [meeting[1], meeting[2]], meeting[0] / 2
        for i in stopped:
            radii[i] = radius
            del growing[i]
        for i, reach in growing.items():
            growing[i] = min(reach, *(math.dist(centres[i], centres[j]) - radius for j in stopped))
    return [(x, y, max(0.0, radii[i] - SAFETY)) for i, (x, y) in enumerate(centres)]


def shrink(circles: Sequence[Circle]) -> list[Circle]:
    """The circles with just enough taken off their radii to make them valid.

    Radii are cut at the walls; then each is scaled by the smallest factor that one of its overlaps asks for. Centres
    outside the square are moved to its border and get radius 0.
    """
    inside = [(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0), r) for x, y, r in circles]
    cut = [(x, y, max(0.0, min(r, x, 1.0 - x, y, 1.0 - y))) for x, y, r in inside]
    return [(x, y, max(0.0, r * _factor(i, cut) - SAFETY)) for i, (x, y, r) in enumerate(cut)]


def _factor(index: int, circles: Sequence[Circle]) -> float:
    x, y, r = circles[index]
    others = [(math.dist((x, y), (u, v)), r + s) for j, (u, v, s) in enumerate(circles) if j != index]
    return min((distance / reach for distance, reach in others if reach > distance), default=1.0)
