"""Scores 11 hexagons by the side of the smallest regular hexagon around them, the scale being the validator's own."""

import math
import reprlib

from helper import Pose, enclosing_side, factors

HEXAGONS = 11
TOUCHING = 1e-6
NEAR = 1.1
# Relative rounding errors of the side stay below 1e-14; this much is added, so that rounding cannot make a record.
ROUNDING = 1e-13


def validate(output: object) -> dict[str, float]:
    """The metrics of 11 poses.

    Raises:
        ValueError: The output is not 11 triples of finite numbers, or two centres coincide.
    """
    poses = _poses(output)
    growing = sorted(factors(poses))
    scale, i, j = growing[0]
    if scale < TOUCHING:
        raise ValueError(f"hexagons {i} and {j} have the same centre {_place(poses[i])} up to {scale:.3g}: move one")
    return {
        "outer_side": enclosing_side(poses, scale) / scale * (1.0 + ROUNDING),
        "is_valid": 1.0,
        "angle_spread": _spread([angle for _, _, angle in poses]),
        "contacts": float(sum(factor <= scale * (1.0 + TOUCHING) for factor, _, _ in growing)),
        "near_pairs": float(sum(factor <= scale * NEAR for factor, _, _ in growing)),
    }


def _poses(output: object) -> list[Pose]:
    rows = _plain(output)
    if not isinstance(rows, list | tuple):
        raise ValueError(f"entrypoint returned {_show(output)}: return a list of {HEXAGONS} poses (x, y, angle)")
    if len(rows) != HEXAGONS:
        raise ValueError(f"entrypoint returned {len(rows)} poses: return exactly {HEXAGONS}")
    return [_pose(index, _plain(row)) for index, row in enumerate(rows)]


def _pose(index: int, row: object) -> Pose:
    if not isinstance(row, list | tuple) or len(row) != 3:
        raise ValueError(f"pose {index} is {_show(row)}: make it a triple (x, y, angle in degrees) of numbers")
    x, y, angle = (_number(index, name, value) for name, value in zip(("x", "y", "angle"), row, strict=True))
    return x, y, angle


def _number(index: int, name: str, value: object) -> float:
    value = _plain(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"pose {index} has {name} = {_show(value)}: use finite numbers")
    if not -1000.0 <= value <= 1000.0:
        raise ValueError(f"pose {index} has {name} = {reprlib.repr(value)}: use numbers between -1000 and 1000")
    return float(value)


def _spread(angles: list[float]) -> float:
    """Mean distance from the circular mean, angles taken modulo 60 degrees."""
    turns = [math.radians(angle * 6.0) for angle in angles]
    mean = math.degrees(math.atan2(sum(map(math.sin, turns)), sum(map(math.cos, turns)))) / 6.0
    off = [(angle - mean) % 60.0 for angle in angles]
    return sum(min(o, 60.0 - o) for o in off) / len(off)


def _place(pose: Pose) -> str:
    return f"({pose[0]:.6g}, {pose[1]:.6g})"


def _plain(value: object) -> object:
    """A NumPy array or number as lists and Python numbers; anything else as it is."""
    return value.tolist() if hasattr(value, "tolist") else value


def _show(value: object) -> str:
    return f"{reprlib.repr(value):.100} ({type(value).__name__})"
