"""The validator and the seeds of ``kissing_number``."""

from itertools import combinations, product
from math import comb

import numpy as np
import pytest


def roots(dimension=11):
    """The vectors (+-1, +-1, 0, ..., 0) in any order: 2 n (n - 1) of them, 60 degrees apart at least."""
    vectors = []
    for (i, j), (a, b) in product(combinations(range(dimension), 2), product((1, -1), repeat=2)):
        vector = [0] * dimension
        vector[i], vector[j] = a, b
        vectors.append(vector)
    return vectors


@pytest.fixture(scope="module")
def problem(shipped):
    return shipped("kissing_number")


@pytest.mark.parametrize(("seed", "score"), [("axes.py", 22), ("blocks.py", 60), ("greedy_shells.py", 295)])
def test_a_seed_scores_what_the_readme_says(problem, seed, score):
    assert problem.validate(problem.run(seed))["vectors"] == score


def test_the_roots_of_d11_are_right(problem):
    metrics = problem.validate(roots())
    assert metrics["vectors"] == 220.0
    assert metrics["mean_contacts"] == 36.0  # 4 (n - 2): one coordinate shared, and equal there
    assert metrics["shells"] == 1.0
    assert metrics["mean_support"] == 2.0
    assert problem.validate(np.array(roots())) == metrics


def test_a_vector_twice_is_wrong(problem):
    with pytest.raises(ValueError, match=r"1 pairs of the 221 vectors .* 7 .* and 220 .*squared distance 0 where 2"):
        problem.validate([*roots(), roots()[7]])


def test_one_pair_too_close_is_named_with_its_angle(problem):
    # 45 degrees from its nearest roots.
    with pytest.raises(ValueError, match=r"squared distance 1 where 2 is needed, 45\.00 degrees"):
        problem.validate([*roots(), [1] + [0] * 10])


def test_the_border_is_exact_for_integers_that_no_float_tells_apart(problem):
    big = 10**29
    # Sixty degrees exactly, then less by one unit in the thirtieth digit.
    a = [big, big] + [0] * 9
    touching = [big, 0, big] + [0] * 8
    too_close = [big, 1, big] + [0] * 8
    apart = [big, -1, big] + [0] * 8
    assert problem.validate([a, touching])["mean_contacts"] == 1.0
    assert problem.validate([a, apart])["vectors"] == 2.0
    with pytest.raises(ValueError, match=r"60\.00 degrees apart"):
        problem.validate([a, too_close])


def test_a_longer_vector_asks_for_more_distance(problem):
    assert problem.validate([[2] + [0] * 10, [0, 2] + [0] * 9])["shells"] == 1.0
    with pytest.raises(ValueError, match="squared distance 10 where 18"):
        problem.validate([[4] + [0] * 10, [3, 3] + [0] * 9])


def test_helpers_make_valid_sets(problem):
    helper = problem.helper()
    shape = list(helper["signed"]([1, 1] + [0] * 9))
    assert len(shape) == len(set(shape)) == 220
    assert len(list(helper["signed"]([2, 1] + [0] * 9))) == 8 * comb(11, 2)
    kept = helper["greedy"](helper["signed"]([1, 1, 1, 1] + [0] * 7), 4)
    assert problem.validate(kept)["vectors"] == len(kept) > 100
    assert helper["greedy"]([[0] * 11, [3] + [0] * 10], 4) == []


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (None, "NoneType"),
        ("vectors", "str"),
        ([], "0 vectors: return 1 to 1000"),
        ([[1] + [0] * 10] * 1001, "1001 vectors"),
        ([[1, 0, 0]], "vector 0 is .* 11 integers"),
        ([*roots(), [0] * 11], "vector 220 is zero"),
        ([[1.0] + [0] * 10], "entry 1.0 .*float"),
        (np.array(roots(), dtype=float), "float"),
        ([[float("nan")] + [0] * 10], "entry nan"),
        ([[True] + [0] * 10], "bool"),
        ([["1"] + [0] * 10], "entry '1'"),
        ([[10**30 + 1] + [0] * 10], "100 bits: use at most 30 digits"),
        ([[10**100_000] + [0] * 10], "bits: use at most 30 digits"),
        ([[[[1]]] + [0] * 10], "list"),
        ([roots()[0]] * 1000, r"1\d+\+ pairs"),
    ],
)
def test_anything_else_is_refused_with_a_reason(problem, output, message):
    with pytest.raises(ValueError, match=message) as caught:
        problem.validate(output)
    assert len(str(caught.value)) < 1200
