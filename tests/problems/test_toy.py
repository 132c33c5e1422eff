"""The validator and the seeds of ``toy``."""

import math
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def problem(shipped):
    return shipped("toy")


@pytest.mark.parametrize(
    ("seed", "score"), [("literals.py", 0.1882613508), ("line.py", 0.1703943243), ("wave.py", 0.1656997390)]
)
def test_a_seed_scores_what_the_readme_says(problem, seed, score):
    assert problem.validate(problem.run(seed))["score"] == pytest.approx(score, abs=1e-9)


def test_the_hidden_list_scores_one_and_nothing_else_does(problem):
    hidden = list(problem.module["HIDDEN"])
    assert problem.validate(hidden) == {"score": 1.0, "is_valid": 1.0, "first": hidden[0], "second": hidden[1]}
    nearly = [*hidden[:3], math.nextafter(hidden[3], 0.0)]
    assert problem.validate(nearly)["score"] < 1.0


def test_the_score_falls_with_distance(problem):
    hidden = problem.module["HIDDEN"]
    scores = [problem.validate([hidden[0] + step, *hidden[1:]])["score"] for step in (0.0, 1.0, 3.0)]
    assert scores == pytest.approx([1.0, 0.5, 0.25])


def test_the_limits_belong_to_the_range(problem):
    assert problem.validate([-10, 10, -10.0, 10.0])["is_valid"] == 1.0
    with pytest.raises(ValueError, match=r"number 3 is 10\.000000000000002: keep it between -10 and 10"):
        problem.validate([0, 0, 0, math.nextafter(10.0, 11.0)])


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (None, "NoneType"),
        ("abcd", "str"),
        ([1.0, 2.0], "2 numbers: return exactly 4"),
        ([1.0] * 1_000_000, "1000000 numbers"),
        ([0.0, math.nan, 0.0, 0.0], "number 1 is nan"),
        ([0.0, 0.0, math.inf, 0.0], "number 2 is inf"),
        ([10**400, 0, 0, 0], "keep it between"),
        ([[0.0], 0.0, 0.0, 0.0], "number 0 is .*list"),
        (["1", "2", "3", "4"], "number 0 is '1'"),
        ([True, 0, 0, 0], "bool"),
    ],
)
def test_anything_else_is_refused_with_a_reason(problem, output, message):
    with pytest.raises(ValueError, match=message):
        problem.validate(output)


@pytest.mark.parametrize("name", ["toy", "heilbronn"])
def test_problems_that_start_fast_import_no_numpy(shipped, name):
    directory = shipped(name).directory
    script = (
        "import pathlib, runpy, sys; d = pathlib.Path(sys.argv[1]); sys.path.insert(0, str(d))\n"
        "for p in [d / 'validate.py', *(d / 'initial_programs').glob('*.py')]: runpy.run_path(str(p))\n"
        "sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-B", "-c", script, str(directory)], check=False).returncode == 0
