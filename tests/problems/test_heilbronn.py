"""The validator and the seeds of ``heilbronn``."""

import math
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

NESTED: list = []
for _ in range(2000):
    NESTED = [NESTED]

# Three corners and eight scattered points, as multiples of 1/16, so that all arithmetic on them is exact.
SIXTEENTHS = [(0, 0), (16, 0), (0, 16), (5, 1), (1, 6), (9, 5), (3, 11), (4, 5), (7, 3), (2, 2), (11, 3)]
POINTS = [(x / 16, y / 16) for x, y in SIXTEENTHS]


@pytest.fixture(scope="module")
def problem(shipped):
    return shipped("heilbronn")


def exact_score(points):
    areas = []
    for (x, y), (u, v), (s, t) in combinations([tuple(map(Fraction, point)) for point in points], 3):
        areas.append(abs((u - x) * (t - y) - (s - x) * (v - y)))
    return float(min(areas))


@pytest.mark.parametrize(
    ("seed", "score"), [("points.py", 0.0017), ("orbits.py", 0.0015), ("quadratic_residues.py", 0.001296)]
)
def test_a_seed_scores_what_the_readme_says(problem, seed, score):
    metrics = problem.validate(problem.run(seed))
    assert metrics["min_area"] == pytest.approx(score, rel=1e-9)
    assert metrics["is_valid"] == 1.0


def test_the_score_is_the_smallest_area_in_units_of_the_container(problem):
    corners = problem.helper()["areas"]([(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)])
    assert list(corners) == [1.0]
    assert problem.validate(POINTS)["min_area"] == exact_score(POINTS)


def test_the_score_is_the_minimum_over_all_triples(problem):
    rng = np.random.default_rng(5)
    for _ in range(20):
        points = rng.dirichlet((1.0, 1.0, 1.0), 11)[:, :2]
        assert problem.validate(points)["min_area"] == pytest.approx(exact_score(points.tolist()), abs=1e-15)


def test_metrics_describe_the_arrangement(problem):
    metrics = problem.validate(POINTS)
    assert metrics["hull_points"] == 3.0
    assert metrics["edge_points"] == 3.0
    ring = [(0.3 + 0.2 * math.cos(i), 0.3 + 0.2 * math.sin(i)) for i in range(11)]
    assert problem.validate(ring)["hull_points"] == 11.0


def test_arrays_and_tuples_are_as_good_as_lists(problem):
    expected = problem.validate(POINTS)
    assert problem.validate(np.array(POINTS)) == expected
    assert problem.validate(tuple(np.array(point) for point in POINTS)) == expected
    assert problem.validate([[np.float64(x), y] for x, y in POINTS]) == expected


@pytest.mark.parametrize("index", [1, 2])
def test_points_on_a_line_are_valid_and_score_zero(problem, index):
    points = list(POINTS)
    points[3:5] = [(0.25, 0.25), (0.5, 0.5)] if index == 1 else [POINTS[5], POINTS[6]]
    points[5] = (0.125, 0.125) if index == 1 else points[5]
    metrics = problem.validate(points)
    assert metrics["min_area"] == 0.0
    assert metrics["is_valid"] == 1.0


def test_a_point_outside_by_rounding_earns_nothing(problem):
    on = [(0.5, 0.5), *POINTS[1:]]
    out = [(0.5 + 4e-10, 0.5 + 4e-10), *POINTS[1:]]
    assert problem.validate(out)["min_area"] == pytest.approx(problem.validate(on)["min_area"], abs=1e-16)


def test_a_point_outside_is_named_with_its_distance(problem):
    with pytest.raises(ValueError, match=r"1 of 11 points .* point 4 at \(0\.6, 0\.65\), outside by 0\.25"):
        problem.validate([*POINTS[:4], (0.6, 0.65), *POINTS[5:]])
    with pytest.raises(ValueError, match="outside by 1e-08"):
        problem.validate([(-1e-8, 0.5), *POINTS[1:]])
    assert problem.validate([(-1e-9, 0.5), *POINTS[1:]])["is_valid"] == 1.0


def test_clamp_puts_points_inside_exactly(problem):
    clamp = problem.helper()["clamp"]
    rng = np.random.default_rng(3)
    for x, y in rng.normal(0.4, 0.6, (3000, 2)).tolist():
        u, v = clamp(x, y)
        assert u >= 0.0
        assert v >= 0.0
        assert Fraction(u) + Fraction(v) <= 1
        if x >= 0 and y >= 0 and Fraction(x) + Fraction(y) <= 1:
            assert (u, v) == (x, y)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (None, "NoneType"),
        ("points", "str"),
        ({"points": POINTS}, "dict"),
        (7, "int"),
        ([], "0 points: return exactly 11"),
        (POINTS[:10], "10 points"),
        ([*POINTS, (0.1, 0.1)], "12 points"),
        (np.zeros((2, 11)), "2 points"),
        (np.zeros(()), "ndarray"),
        (np.zeros((11, 3)), "point 0 is .* make it a pair"),
        ([*POINTS[:10], (0.1,)], "point 10"),
        ([*POINTS[:10], "ab"], "point 10"),
        ([*POINTS[:10], ("a", "b")], "coordinate 'a'"),
        ([*POINTS[:10], (True, 0.1)], "coordinate True"),
        ([*POINTS[:10], (0.1j, 0.1)], "complex"),
        ([*POINTS[:10], (math.nan, 0.1)], "coordinate nan"),
        ([*POINTS[:10], (0.1, math.inf)], "coordinate inf"),
        ([*POINTS[:10], (0.1, -math.inf)], "coordinate -inf"),
        ([*POINTS[:10], (0.1, 10**400)], "numbers between 0 and 1"),
        ([*POINTS[:10], (0.1, [[0.1]])], "list"),
        (NESTED, "1 points"),
        ([NESTED] * 11, "point 0"),
        ([[0.1] * 100_000] * 11, "point 0"),
    ],
)
def test_anything_else_is_refused_with_a_short_reason(problem, output, message):
    with pytest.raises(ValueError, match=message) as caught:
        problem.validate(output)
    assert len(str(caught.value)) < 500
