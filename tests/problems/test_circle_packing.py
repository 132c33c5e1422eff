"""The validator and the seeds of ``circle_packing``."""

import math
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

# A 5 x 5 grid whose numbers are multiples of 1/16, so that the circles touch exactly, and one circle without a size.
GRID = [(1 / 16 + i / 8, 1 / 16 + j / 8, 1 / 16) for i in range(5) for j in range(5)]
CIRCLES = [*GRID, (0.8, 0.8, 0.0)]


@pytest.fixture(scope="module")
def problem(shipped):
    return shipped("circle_packing")


def is_packing(circles):
    exact = [tuple(map(Fraction, circle)) for circle in circles]
    return all(r >= 0 and min(x, y, 1 - x, 1 - y) >= r for x, y, r in exact) and all(
        (x - u) ** 2 + (y - v) ** 2 >= (r + s) ** 2 for (x, y, r), (u, v, s) in combinations(exact, 2)
    )


@pytest.mark.parametrize(
    ("seed", "score"), [("centres.py", 1.726912202), ("rings.py", 2.096784436), ("rows.py", 2.352)]
)
def test_a_seed_scores_what_the_readme_says(problem, seed, score):
    circles = problem.run(seed)
    assert problem.validate(circles)["sum_radii"] == pytest.approx(score, abs=1e-8)
    assert is_packing(circles)


def test_touching_circles_are_valid_and_summed_exactly(problem):
    metrics = problem.validate(CIRCLES)
    assert metrics["sum_radii"] == 25 / 16
    assert metrics["contacts"] == 40.0
    assert metrics["wall_circles"] == 9.0
    assert metrics["radius_ratio"] == 0.0
    assert problem.validate(np.array(CIRCLES)) == metrics


def test_circles_that_overlap_by_one_ulp_are_not(problem):
    x, y, r = CIRCLES[12]
    for moved in (math.nextafter(x, 1.0), math.nextafter(x, 0.0)):
        circles = [*CIRCLES[:12], (moved, y, r), *CIRCLES[13:]]
        assert not is_packing(circles)
        with pytest.raises(ValueError, match=r"1 pairs of circles overlap; the worst are circles .*12 at"):
            problem.validate(circles)


def test_a_circle_that_leaves_the_square_by_one_ulp_is_not_valid(problem):
    # The first circle touches two walls.
    circles = [(math.nextafter(1 / 16, 0.0), 1 / 16, 1 / 16), *CIRCLES[1:]]
    with pytest.raises(
        ValueError, match=r"1 of 26 circles leave the unit square; the worst is circle 0 .* by 6\.94e-18"
    ):
        problem.validate(circles)


def test_radii_are_rounded_down_and_the_rounded_ones_count(problem):
    radius = 1 / 16 + 2**-41
    grown = [(x, y, radius) for x, y, _ in GRID]
    metrics = problem.validate([*grown, CIRCLES[25]])
    assert metrics["sum_radii"] == 25 / 16
    with pytest.raises(ValueError, match="leave the unit square"):
        problem.validate([(x, y, 1 / 16 + 2**-40) for x, y, _ in [*GRID, CIRCLES[25]]])


def test_an_overlap_is_reported_with_its_size(problem):
    circles = [*CIRCLES[:25], (0.125 + 1 / 16, 1 / 16, 0.0012)]
    with pytest.raises(ValueError, match=r"circles 5 at \(0\.1875, 0\.0625\) of radius 0\.0625 and 25 .* by 0\.0637"):
        problem.validate(circles)


def test_no_claim_of_a_sum_is_believed(problem):
    with pytest.raises(ValueError, match="return exactly 26"):
        problem.validate((CIRCLES, 99.0))


def test_grow_and_shrink_always_give_a_packing(problem):
    helper = problem.helper()
    rng = np.random.default_rng(11)
    for _ in range(15):
        circles = np.column_stack([rng.normal(0.5, 0.4, (26, 2)), rng.random(26) * 0.2]).tolist()
        for made in (helper["grow"]([(x, y) for x, y, _ in circles]), helper["shrink"](circles)):
            assert is_packing(made)
            assert problem.validate(made)["is_valid"] == 1.0
    coincident = helper["shrink"]([(0.5, 0.5, 0.1)] * 26)
    assert is_packing(coincident)


def test_shrink_leaves_good_circles_nearly_as_they_are(problem):
    for (x, y, r), (u, v, s) in zip(CIRCLES, problem.helper()["shrink"](CIRCLES), strict=True):
        assert (x, y) == (u, v)
        assert s == pytest.approx(r, abs=2e-12)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (None, "NoneType"),
        ("circles", "str"),
        (CIRCLES[:25], "25 circles"),
        (np.zeros((26, 2)), "circle 0 is .* make it a triple"),
        ([*CIRCLES[:25], (0.8, 0.8, -1e-9)], "circle 25 has the radius -1e-09"),
        ([*CIRCLES[:25], (math.nan, 0.8, 0.0)], "circle 25 has x = nan"),
        ([*CIRCLES[:25], (0.8, math.inf, 0.0)], "circle 25 has y = inf"),
        ([*CIRCLES[:25], (0.8, 0.8, math.nan)], "circle 25 has r = nan"),
        ([*CIRCLES[:25], (0.8, 10**400, 0.0)], "circle 25 has y"),
        ([*CIRCLES[:25], (0.8, 0.8, "0.1")], "circle 25 has r = '0.1'"),
        ([*CIRCLES[:25], (0.8, 0.8, True)], "circle 25 has r = True"),
        ([*CIRCLES[:25], (0.8, 0.8, 1j)], "complex"),
        ([*CIRCLES[:25], (1.5, 0.8, 0.0)], "circle 25 at .* by 0.5"),
        ([[[[[[0.1] * 3] * 3] * 3] * 3] * 3] * 26, "circle 0"),
    ],
)
def test_anything_else_is_refused_with_a_reason(problem, output, message):
    with pytest.raises(ValueError, match=message) as caught:
        problem.validate(output)
    assert len(str(caught.value)) < 500
