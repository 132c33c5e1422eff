"""The validator, the data and the seeds of ``symbolic_regression``."""

import json
import math

import numpy as np
import pytest


@pytest.fixture(scope="module")
def problem(shipped):
    return shipped("symbolic_regression")


@pytest.fixture(scope="module")
def truth(problem):
    return problem.context["private"]["y_test"]


@pytest.mark.parametrize(
    ("seed", "score"), [("plane.py", 0.8002843804), ("wave.py", 0.9255103157), ("neighbours.py", 0.2148328636)]
)
def test_a_seed_scores_what_the_readme_says(problem, seed, score):
    assert problem.validate(problem.run(seed))["mse"] == pytest.approx(score, abs=1e-9)


def test_data_are_the_same_each_time_and_keep_the_answers_apart(problem, shipped):
    context = problem.context
    assert json.dumps(shipped("symbolic_regression").context) == json.dumps(context)
    assert set(context) == {"x_train", "y_train", "x_test", "private"}
    assert len(context["x_train"]) == len(context["y_train"]) == 120
    assert not set(context["x_train"]) & set(context["x_test"])


def test_training_targets_are_noisy_and_test_targets_are_not(problem, truth):
    def law(point):
        x, z = point
        return 1.5 * math.sin(1.7 * x) * math.exp(-0.4 * z) + 0.3 * x * z - 0.8

    context = problem.context
    residuals = [y - law(point) for point, y in zip(context["x_train"], context["y_train"], strict=True)]
    assert 0.04 < np.std(residuals) < 0.06
    assert truth == pytest.approx([law(point) for point in context["x_test"]])


def test_the_truth_scores_zero(problem, truth):
    expected = {"mse": 0.0, "is_valid": 1.0, "r2": 1.0, "max_error": 0.0, "bias": 0.0, "roughness": pytest.approx(1.0)}
    assert problem.validate(truth) == expected
    assert problem.validate(np.array(truth)) == expected


def test_a_constant_shift_is_seen_in_each_metric(problem, truth):
    metrics = problem.validate([value + 0.5 for value in truth])
    assert metrics["mse"] == pytest.approx(0.25)
    assert metrics["bias"] == pytest.approx(0.5)
    assert metrics["max_error"] == pytest.approx(0.5)
    assert metrics["roughness"] == pytest.approx(1.0)


def test_the_mean_explains_nothing(problem, truth):
    metrics = problem.validate([sum(truth) / len(truth)] * len(truth))
    assert metrics["r2"] == pytest.approx(0.0, abs=1e-12)
    assert metrics["roughness"] == pytest.approx(0.0, abs=1e-12)


def test_large_but_finite_predictions_have_finite_metrics(problem, truth):
    assert all(math.isfinite(value) for value in problem.validate([9e99] * len(truth)).values())


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (None, "NoneType"),
        ("predictions", "str"),
        ([0.0] * 119, "119 predictions: return 120"),
        (np.zeros((120, 1)), "prediction 0 is .* one number a test point"),
        ([0.0] * 119 + [math.nan], "prediction 119 is nan"),
        ([math.inf] + [0.0] * 119, "prediction 0 is inf"),
        ([1e100] + [0.0] * 119, "prediction 0 is 1e[+]100: keep predictions finite"),
        ([10**400] + [0.0] * 119, "keep predictions finite"),
        ([1j] + [0.0] * 119, "complex"),
        ([True] + [0.0] * 119, "bool"),
        (["0"] * 120, "prediction 0 is '0'"),
        ([[[[0.0]]]] * 120, "prediction 0"),
    ],
)
def test_anything_else_is_refused_with_a_reason(problem, output, message):
    with pytest.raises(ValueError, match=message) as caught:
        problem.validate(output)
    assert len(str(caught.value)) < 500
