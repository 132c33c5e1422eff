"""Scores 26 circles in the unit square by the sum of their radii; all decisions are exact."""

import math
import reprlib
from fractions import Fraction
from itertools import combinations

CIRCLES = 26
GRID = 2.0**40  # radii are rounded down to multiples of its inverse
CLEAR = 1e-9  # a gap in floating point above this is a gap: coordinates are at most 1, so errors are below 1e-15
TOUCHING = 1e-6

Circle = tuple[float, float, float]


def validate(output: object) -> dict[str, float]:
    """The metrics of 26 circles.

    Raises:
        ValueError: The output is not 26 triples of finite numbers, or circles overlap or leave the square.
    """
    circles = [(x, y, math.floor(r * GRID) / GRID) for x, y, r in _circles(output)]
    walls = _wall_gaps(circles)
    gaps = _pair_gaps(circles)
    radii = [r for _, _, r in circles]
    return {
        "sum_radii": math.fsum(radii),  # exact: multiples of 2**-40 below 26 fit in a double
        "is_valid": 1.0,
        "radius_ratio": min(radii) / max(radii) if max(radii) else 1.0,
        "wall_circles": float(sum(gap < TOUCHING for gap in walls)),
        "contacts": float(sum(gap < TOUCHING for gap in gaps)),
    }


def _circles(output: object) -> list[Circle]:
    rows = _plain(output)
    if not isinstance(rows, list | tuple):
        raise ValueError(f"entrypoint returned {_show(output)}: return a list of {CIRCLES} circles (x, y, r)")
    if len(rows) != CIRCLES:
        raise ValueError(f"entrypoint returned {len(rows)} circles: return exactly {CIRCLES}")
    return [_circle(index, _plain(row)) for index, row in enumerate(rows)]


def _circle(index: int, row: object) -> Circle:
    if not isinstance(row, list | tuple) or len(row) != 3:
        raise ValueError(f"circle {index} is {_show(row)}: make it a triple (x, y, r) of numbers")
    x, y, r = (_number(index, name, value) for name, value in zip("xyr", row, strict=True))
    if r < 0.0:
        raise ValueError(f"circle {index} has the radius {r:.6g}: radii are at least 0")
    return x, y, r


def _number(index: int, name: str, value: object) -> float:
    value = _plain(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"circle {index} has {name} = {_show(value)}: use finite numbers")
    if not -1e6 < value < 1e6:
        raise ValueError(f"circle {index} has {name} = {reprlib.repr(value)}: use numbers between 0 and 1")
    return float(value)


def _wall_gaps(circles: list[Circle]) -> list[float]:
    """The gap between each circle and its nearest wall; the decisions are exact, the values in floating point."""
    exact = [min(x, y, 1 - x, 1 - y) - r for x, y, r in (map(Fraction, circle) for circle in circles)]
    outside = [index for index, gap in enumerate(exact) if gap < 0]
    if outside:
        worst = min(outside, key=exact.__getitem__)
        raise ValueError(
            f"{len(outside)} of {CIRCLES} circles leave the unit square; the worst is circle {worst} at "
            f"{_place(circles[worst])}, by {float(-exact[worst]):.3g}: helper.shrink(circles) makes circles valid"
        )
    return [float(gap) for gap in exact]


def _pair_gaps(circles: list[Circle]) -> list[float]:
    """The gap between the circles of each pair; the decisions are exact, the values in floating point."""
    gaps = {(i, j): _gap(circles[i], circles[j]) for i, j in combinations(range(CIRCLES), 2)}
    overlaps = [pair for pair, gap in gaps.items() if gap <= CLEAR and _overlap(circles[pair[0]], circles[pair[1]])]
    if overlaps:
        i, j = min(overlaps, key=gaps.__getitem__)
        by = f"by {-gaps[i, j]:.3g}" if gaps[i, j] < 0.0 else "by less than a double shows"
        raise ValueError(
            f"{len(overlaps)} pairs of circles overlap; the worst are circles {i} at {_place(circles[i])} and {j} at "
            f"{_place(circles[j])}, {by}: helper.shrink(circles) makes circles valid"
        )
    return list(gaps.values())


def _gap(a: Circle, b: Circle) -> float:
    return math.hypot(a[0] - b[0], a[1] - b[1]) - a[2] - b[2]


def _overlap(a: Circle, b: Circle) -> bool:
    (x, y, r), (u, v, s) = map(Fraction, a), map(Fraction, b)
    return (x - u) ** 2 + (y - v) ** 2 < (r + s) ** 2


def _place(circle: Circle) -> str:
    return "({:.6g}, {:.6g}) of radius {:.6g}".format(*circle)


def _plain(value: object) -> object:
    """A NumPy array or number as lists and Python numbers; anything else as it is."""
    return value.tolist() if hasattr(value, "tolist") else value


def _show(value: object) -> str:
    return f"{reprlib.repr(value):.100} ({type(value).__name__})"
