"""Scale and outline of arrangements of regular hexagons.

A hexagon of side s is the set of points whose component along each of its six edge normals is at most s * APOTHEM.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import combinations

Pose = tuple[float, float, float]

APOTHEM = math.sqrt(3.0) / 2.0
SECTOR = math.radians(60.0)


def support(turn: float) -> float:
    """How far a unit hexagon reaches from its centre in a direction that is ``turn`` radians off one of its corners."""
    off = turn % SECTOR
    return math.cos(min(off, SECTOR - off))


def factors(poses: Sequence[Pose]) -> Iterator[tuple[float, int, int]]:
    """For each pair of hexagons, by which factor they can grow about their centres until they touch; and the pair.

    Two convex polygons are apart exactly when an edge normal of one of them separates them.
    """
    turned = [(x, y, math.radians(angle % 60.0)) for x, y, angle in poses]
    for (i, (x, y, a)), (j, (u, v, b)) in combinations(enumerate(turned), 2):
        # Seen from an edge normal of either hexagon, its own reach is the apothem; the other's depends on the turn.
        reach = APOTHEM + support(a - b + SECTOR / 2.0)
        yield max(_across(u - x, v - y, a), _across(u - x, v - y, b)) / reach, i, j


def growth(poses: Sequence[Pose]) -> tuple[float, int, int]:
    """The factor by which all hexagons can grow until two of them touch, and the two."""
    return min(factors(poses))


def outer_side(poses: Sequence[Pose]) -> float:
    """Side of the smallest regular hexagon, with corner directions at multiples of 60 degrees, around 11 unit hexagons.

    The arrangement is first scaled so that the hexagons touch. Infinite when two centres coincide.
    """
    scale = growth(poses)[0]
    return enclosing_side(poses, scale) / scale if scale > 0.0 else math.inf


def enclosing_side(poses: Sequence[Pose], side: float) -> float:
    """Side of the smallest regular hexagon, corners at multiples of 60 degrees, around hexagons of the given side.

    With h the reach of the arrangement along the six edge normals n, a hexagon of apothem a and centre c encloses it
    when h[k] <= a + n[k].c for all k. Opposite normals and every second normal add up to zero, so a is at least half of
    h[k] + h[k + 3] and a third of h[k] + h[k + 2] + h[k + 4]; by duality of linear programs the largest of these is
    attained.
    """
    x0, y0, _ = poses[0]  # far from the origin, rounding would grow with the distance
    turned = [(x - x0, y - y0, math.radians(angle % 60.0)) for x, y, angle in poses]
    normals = [SECTOR * (k + 0.5) for k in range(6)]
    h = [max(x * math.cos(n) + y * math.sin(n) + side * support(n - a) for x, y, a in turned) for n in normals]
    widths = [(h[k] + h[k + 3]) / 2.0 for k in range(3)]
    triples = [(h[k] + h[k + 2] + h[k + 4]) / 3.0 for k in range(2)]
    return max(widths + triples) / APOTHEM


def _across(dx: float, dy: float, turn: float) -> float:
    """The largest component of a vector along an edge normal of a hexagon."""
    off = (math.atan2(dy, dx) - turn) % SECTOR - SECTOR / 2.0
    return math.hypot(dx, dy) * math.cos(off)
