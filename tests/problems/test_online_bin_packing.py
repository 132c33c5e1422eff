"""The validator, the instances and the seeds of ``online_bin_packing``."""

import json
import math
import runpy

import numpy as np
import pytest

FIRST_ITEMS = [[38, 37, 52], [71, 81, 63]]


@pytest.fixture(scope="module")
def problem(shipped):
    return shipped("online_bin_packing")


@pytest.fixture(scope="module")
def alone(problem):
    """Every item in a bin of its own."""
    return [list(range(len(instance["items"]))) for instance in problem.context["instances"]]


@pytest.mark.parametrize(
    ("seed", "score"), [("best_fit.py", 4.59948848), ("first_fit.py", 4.787776435), ("gap_curve.py", 4.631910284)]
)
def test_a_seed_scores_what_the_readme_says(problem, seed, score):
    assert problem.validate(problem.run(seed))["excess_percent"] == pytest.approx(score, abs=1e-8)


def test_instances_are_as_described_and_the_same_each_time(problem, shipped):
    again = shipped("online_bin_packing").context
    assert json.dumps(again) == json.dumps(problem.context)
    instances = problem.context["instances"]
    assert [len(i["items"]) for i in instances] == [1000] * 4 + [500] * 4
    assert all(1 <= size <= i["capacity"] == 100 for i in instances[:4] for size in i["items"])
    assert all(20 <= size <= 100 and i["capacity"] == 150 for i in instances[4:] for size in i["items"])
    assert all("lower_bound" not in i for i in instances)
    assert [i["items"][:3] for i in instances[::4]] == FIRST_ITEMS


def test_bins_are_counted_from_the_assignment(problem, alone):
    metrics = problem.validate(alone)
    bounds = [instance["lower_bound"] for instance in problem.context["private"]["instances"]]
    expected = [100.0 * (len(bins) - bound) / bound for bins, bound in zip(alone, bounds, strict=True)]
    assert metrics["excess_percent"] == pytest.approx(sum(expected) / len(expected))
    assert metrics["excess_weibull"] == pytest.approx(sum(expected[:4]) / 4)
    assert metrics["excess_uniform"] == pytest.approx(sum(expected[4:]) / 4)
    assert metrics["full_bins"] < 1.0


def test_the_names_of_bins_do_not_matter(problem, alone):
    renamed = [np.array(bins) * -7 + 10**6 for bins in alone]
    assert problem.validate(renamed) == problem.validate(alone)


def test_a_bin_may_be_filled_to_the_brim_and_no_further(problem, alone):
    instance = problem.context["instances"][4]
    items, capacity = instance["items"], instance["capacity"]
    pairs = [(i, j) for i in range(60) for j in range(i) if items[i] + items[j] in (capacity, capacity + 1)]
    fits = next(pair for pair in pairs if items[pair[0]] + items[pair[1]] == capacity)
    bursts = next(pair for pair in pairs if items[pair[0]] + items[pair[1]] == capacity + 1)

    def together(i, j):
        bins = list(alone[4])
        bins[i] = bins[j]
        return [*alone[:4], bins, *alone[5:]]

    assert problem.validate(together(*fits))["full_bins"] > problem.validate(alone)["full_bins"]
    with pytest.raises(ValueError, match=r"uniform_0: bin \d+ holds 151 with item \d+, 1 over its capacity of 150"):
        problem.validate(together(*bursts))


def test_the_lower_bound_sees_more_than_the_sum(problem):
    bound = runpy.run_path(str(problem.directory / "context.py"))["_lower_bound"]
    assert bound({"items": [60, 60, 60], "capacity": 100}) == 3
    assert bound({"items": [50, 50, 50], "capacity": 100}) == 2
    assert bound({"items": [90, 60, 30, 30], "capacity": 100}) == 3


@pytest.mark.parametrize(
    ("replace", "message"),
    [
        (lambda alone: None, "NoneType"),
        (lambda alone: "bins", "str of 4"),
        (lambda alone: alone[:7], "list of 7.* return 8 lists"),
        (lambda alone: [*alone[:7], alone[7][:-1]], "uniform_3: the assignment .*list of 499.* 500 bin numbers"),
        (lambda alone: [*alone[:7], None], "uniform_3: the assignment is None"),
        (lambda alone: [*alone[:7], [0.0] * 500], "uniform_3: item 0 is in bin 0.0"),
        (lambda alone: [*alone[:7], [math.nan] * 500], "item 0 is in bin nan"),
        (lambda alone: [*alone[:7], [True] * 500], "item 0 is in bin True"),
        (lambda alone: [*alone[:7], [[0]] * 500], "item 0 is in bin"),
        (lambda alone: [*alone[:7], ["a"] * 500], "item 0 is in bin 'a'"),
        (lambda alone: [*alone[:7], [0] * 500], "uniform_3: bin 0 holds"),
        (lambda alone: dict(enumerate(alone)), "dict of 8"),
    ],
)
def test_anything_else_is_refused_with_a_reason(problem, alone, replace, message):
    with pytest.raises(ValueError, match=message) as caught:
        problem.validate(replace(alone))
    assert len(str(caught.value)) < 500
