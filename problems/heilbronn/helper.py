"""Geometry of the container: the triangle with corners (0, 0), (1, 0) and (0, 1), whose area counts as 1."""

import math
from collections.abc import Iterator, Sequence

Point = tuple[float, float]


def clamp(x: float, y: float) -> Point:
    """The point itself when it lies in the container, else one on the border near it.

    The result is inside exactly, not up to rounding. Both numbers must be finite.
    """
    x, y = max(x, 0.0), max(y, 0.0)
    total = x + y
    if total > 1.0:
        x, y = x / total, y / total
    while math.fsum((x, y, -1.0)) > 0.0:  # fsum rounds once, so its sign is that of the true sum
        x, y = (math.nextafter(x, 0.0), y) if x > y else (x, math.nextafter(y, 0.0))
    return x, y


def rotations(x: float, y: float) -> list[Point]:
    """The point and its two images under the affine map that turns the corners into one another."""
    z = 1.0 - x - y
    return [(x, y), (y, z), (z, x)]


def areas(points: Sequence[Point]) -> Iterator[float]:
    """The area of each triangle of three points, in units of the container's area."""
    for i, (x, y) in enumerate(points):
        rest = [(u - x, v - y) for u, v in points[i + 1 :]]
        for j, (dx, dy) in enumerate(rest):
            for ex, ey in rest[j + 1 :]:
                yield abs(dx * ey - ex * dy)


def smallest_area(points: Sequence[Point]) -> float:
    """The smallest area of a triangle of three points, in units of the container's area."""
    return min(areas(points))
