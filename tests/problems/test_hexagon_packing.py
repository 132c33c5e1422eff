"""The validator and the seeds of ``hexagon_packing``."""

import math
from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog

ROOT3 = math.sqrt(3.0)
# Eleven of the thirteen honeycomb cells that fit in a hexagon of side 4.
CELLS = [(1.5 * i, ROOT3 * (j + 0.5 * i)) for i in range(-2, 3) for j in range(-3, 4)]
HONEYCOMB = [(x, y, 0.0) for x, y in sorted(CELLS, key=lambda cell: (round(math.hypot(*cell), 9), cell))[:11]]


@pytest.fixture(scope="module")
def problem(shipped):
    return shipped("hexagon_packing")


def corners(x, y, angle, side):
    turns = [math.radians(angle + 60.0 * k) for k in range(6)]
    return np.array([(x + side * math.cos(t), y + side * math.sin(t)) for t in turns])


def separation(a, b):
    """Largest gap that an edge normal of one of two hexagons shows; negative when they overlap."""
    gaps = []
    for polygon in (a, b):
        for edge in np.roll(polygon, -1, axis=0) - polygon:
            normal = np.array([edge[1], -edge[0]]) / np.hypot(*edge)
            gaps += [(b @ normal).min() - (a @ normal).max(), (a @ normal).min() - (b @ normal).max()]
    return max(gaps)


def enclosing_side(points):
    normals = [(math.cos(math.radians(30 + 60 * k)), math.sin(math.radians(30 + 60 * k))) for k in range(6)]
    reach = [-(points @ np.array(n)).max() for n in normals]
    solved = linprog([0, 0, 1], [(-x, -y, -1) for x, y in normals], reach, bounds=[(None, None)] * 3)
    return solved.fun * 2 / ROOT3


def side_by_corners(poses):
    """The score from corner coordinates: bisection for the scale, a linear program for the outline."""
    low, high = 0.0, 100.0
    for _ in range(80):
        middle = (low + high) / 2
        hexagons = [corners(*pose, middle) for pose in poses]
        apart = all(separation(a, b) >= 0 for a, b in combinations(hexagons, 2))
        low, high = (middle, high) if apart else (low, middle)
    return enclosing_side(np.concatenate([corners(*pose, low) for pose in poses])) / low


@pytest.mark.parametrize(
    ("seed", "score"), [("poses.py", 4.776513834), ("rings.py", 4.616152172), ("honeycomb.py", 4.54863217)]
)
def test_a_seed_scores_what_the_readme_says(problem, seed, score):
    assert problem.validate(problem.run(seed))["outer_side"] == pytest.approx(score, abs=1e-8)


def test_a_honeycomb_scores_its_known_side(problem):
    metrics = problem.validate(HONEYCOMB)
    assert metrics["angle_spread"] == pytest.approx(0.0, abs=1e-12)
    assert metrics["contacts"] == metrics["near_pairs"]
    seven = HONEYCOMB[:7]
    helper = problem.helper()
    assert helper["growth"](seven)[0] == pytest.approx(1.0)
    assert helper["outer_side"](seven) == pytest.approx(3.0)
    assert helper["outer_side"]([(y, x, 30.0) for x, y, _ in seven]) == pytest.approx(5.0 / ROOT3)
    assert helper["outer_side"]([(0.0, 0.0, 0.0), (ROOT3, 0.0, 30.0)]) == pytest.approx(
        side_by_corners([(0.0, 0.0, 0.0), (ROOT3, 0.0, 30.0)])
    )


def test_the_score_agrees_with_corner_geometry(problem):
    rng = np.random.default_rng(2)
    for _ in range(4):
        poses = np.column_stack([rng.normal(0, 2, (11, 2)), rng.uniform(-90, 400, 11)])
        assert problem.validate(poses)["outer_side"] == pytest.approx(side_by_corners(poses.tolist()), rel=1e-9)


def test_scale_and_place_do_not_matter_and_rounding_makes_no_record(problem):
    side = problem.validate(HONEYCOMB)["outer_side"]
    exact = problem.helper()["outer_side"](HONEYCOMB)
    assert side > exact
    for scale, shift in ((1e-3, 0.0), (50.0, 0.0), (1.0, 900.0), (0.01, -999.0)):
        moved = [(scale * x + shift, scale * y + shift, angle + 60.0) for x, y, angle in HONEYCOMB]
        assert problem.validate(moved)["outer_side"] == pytest.approx(side, rel=1e-9)


def test_overlapping_poses_are_scored_as_if_drawn_apart(problem):
    squeezed = [(0.7 * x, 0.7 * y, angle) for x, y, angle in HONEYCOMB]
    assert problem.validate(squeezed)["outer_side"] == pytest.approx(problem.validate(HONEYCOMB)["outer_side"])


def test_two_hexagons_in_one_place_are_invalid(problem):
    with pytest.raises(ValueError, match="hexagons 3 and 10 have the same centre"):
        problem.validate([*HONEYCOMB[:10], HONEYCOMB[3]])
    x, y, _ = HONEYCOMB[3]
    near = [*HONEYCOMB[:10], (x + 1e-5, y, 0.0)]
    assert problem.validate(near)["outer_side"] > 1e4


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (None, "NoneType"),
        ("poses", "str"),
        (HONEYCOMB[:10], "10 poses: return exactly 11"),
        (np.zeros((11, 2)), "pose 0 is .* make it a triple"),
        ([*HONEYCOMB[:10], (9.0, 9.0, math.nan)], "pose 10 has angle = nan"),
        ([*HONEYCOMB[:10], (math.inf, 9.0, 0.0)], "pose 10 has x = inf"),
        ([*HONEYCOMB[:10], (9.0, 10**400, 0.0)], "pose 10 has y"),
        ([*HONEYCOMB[:10], (9.0, 1000.5, 0.0)], "between -1000 and 1000"),
        ([*HONEYCOMB[:10], (9.0, "9", 0.0)], "pose 10 has y = '9'"),
        ([*HONEYCOMB[:10], (9.0, False, 0.0)], "pose 10 has y = False"),
        ([[[[[[0.1] * 3] * 3] * 3] * 3] * 3] * 11, "pose 0"),
    ],
)
def test_anything_else_is_refused_with_a_reason(problem, output, message):
    with pytest.raises(ValueError, match=message) as caught:
        problem.validate(output)
    assert len(str(caught.value)) < 500
