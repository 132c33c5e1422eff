"""Scores 11 points in a triangle by the smallest triangle that three of them form."""

import math
import reprlib

from helper import Point, areas, clamp

POINTS = 11
TOLERANCE = 1e-9  # points this far outside are moved onto the border first, so that slack earns nothing
TIGHT = 1.01


def validate(output: object) -> dict[str, float]:
    """The metrics of 11 points.

    Raises:
        ValueError: The output is not 11 pairs of finite numbers, or a point lies outside the container.
    """
    points = _inside(_points(output))
    sizes = list(areas(points))
    smallest = min(sizes)
    return {
        "min_area": smallest,
        "is_valid": 1.0,
        "hull_points": float(_hull_size(points)),
        "edge_points": float(sum(min(x, y, 1.0 - x - y) <= TOLERANCE for x, y in points)),
        "tight_triangles": float(sum(size <= TIGHT * smallest for size in sizes)),
    }


def _points(output: object) -> list[Point]:
    rows = _plain(output)
    if not isinstance(rows, list | tuple):
        raise ValueError(f"entrypoint returned {_show(output)}: return a list of {POINTS} points (x, y)")
    if len(rows) != POINTS:
        raise ValueError(f"entrypoint returned {len(rows)} points: return exactly {POINTS}")
    return [_point(index, _plain(row)) for index, row in enumerate(rows)]


def _point(index: int, row: object) -> Point:
    if not isinstance(row, list | tuple) or len(row) != 2:
        raise ValueError(f"point {index} is {_show(row)}: make it a pair (x, y) of numbers")
    return _number(index, row[0]), _number(index, row[1])


def _number(index: int, value: object) -> float:
    value = _plain(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"point {index} has the coordinate {_show(value)}: use finite numbers")
    if not -1e300 < value < 1e300:
        raise ValueError(f"point {index} has the coordinate {_show(value)}: use numbers between 0 and 1")
    return float(value)


def _inside(points: list[Point]) -> list[Point]:
    excess = [max(-x, -y, math.fsum((x, y, -1.0))) for x, y in points]
    outside = [index for index, by in enumerate(excess) if by > TOLERANCE]
    if outside:
        worst = max(outside, key=excess.__getitem__)
        x, y = points[worst]
        raise ValueError(
            f"{len(outside)} of {POINTS} points lie outside the triangle x >= 0, y >= 0, x + y <= 1; the worst is "
            f"point {worst} at ({x:.6g}, {y:.6g}), outside by {excess[worst]:.3g}: helper.clamp(x, y) moves it in"
        )
    return [clamp(x, y) for x, y in points]


def _hull_size(points: list[Point]) -> int:
    """Corners of the convex hull, by the monotone chain of Andrew (1979)."""
    ordered = sorted(set(points))
    return max(1, len(_chain(ordered)) + len(_chain(ordered[::-1])) - 2)


def _chain(ordered: list[Point]) -> list[Point]:
    chain: list[Point] = []
    for x, y in ordered:
        while len(chain) > 1:
            (ax, ay), (bx, by) = chain[-2:]
            if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0.0:
                break
            chain.pop()
        chain.append((x, y))
    return chain


def _plain(value: object) -> object:
    """A NumPy array or number as lists and Python numbers; anything else as it is."""
    return value.tolist() if hasattr(value, "tolist") else value


def _show(value: object) -> str:
    return f"{reprlib.repr(value):.100} ({type(value).__name__})"
