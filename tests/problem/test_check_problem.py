"""Checking a problem runs its seeds in the real backend and says what is wrong."""

import asyncio
from pathlib import Path

import pytest

from genesis.check import ProblemReport, check_problem
from genesis.evaluation.backend.local import LocalBackend
from genesis.evaluation.backend.port import BackendError
from genesis.evaluation.job import Limits, ProblemSetup
from genesis.problem import load_problem
from tests.problem.directory import METRICS, write_problem

VALIDATE = """\
def validate(output):
    if output < 0:
        raise ValueError("negative: return 0 or more")
    return {"score": output, "size": 1}
"""


def check(directory: Path) -> ProblemReport:
    spec = load_problem(directory)
    setup = ProblemSetup(
        name=spec.name,
        directory=str(spec.directory),
        digest=spec.digest,
        metrics=tuple(metric.name for metric in spec.metrics),
        helper=spec.helper,
        preload=spec.preload,
        limits=Limits(wall_s=60.0, cpu_s=10.0),
    )
    return asyncio.run(check_problem(spec, LocalBackend(setup, workers=2)))


def seed(value: str) -> str:
    return f"def entrypoint():\n    return {value}\n"


def test_each_seed_is_measured_and_each_fault_named(tmp_path: Path) -> None:
    changes = {
        "validate.py": VALIDATE,
        "initial_programs/beyond.py": seed("1.5"),
        "initial_programs/crashes.py": seed("1 / 0"),
        "initial_programs/negative.py": seed("-1"),
        "initial_programs/one.py": seed("0.25"),
        "initial_programs/two.py": "# the same\n" + seed("0.25"),
    }
    report = check(write_problem(tmp_path, dict(changes)))
    by_name = {each.name: each for each in report.seeds}
    assert list(by_name) == ["beyond", "crashes", "negative", "one", "two"]
    assert {name: each.is_valid for name, each in by_name.items()} == {
        "beyond": True,
        "crashes": False,
        "negative": False,
        "one": True,
        "two": True,
    }
    assert (by_name["one"].fitness, by_name["negative"].fitness) == (0.25, None)
    assert by_name["one"].metrics["score"] == 0.25
    assert by_name["one"].wall_s > 0
    assert by_name["one"].max_rss_bytes > 0
    assert "ZeroDivisionError" in by_name["crashes"].message
    assert "negative: return 0 or more" in by_name["negative"].message
    assert report.usable
    assert any("score = 1.5 is beyond its bounds [0.0, 1.0]" in finding for finding in report.findings)
    assert any("seeds one and two are the same code" in finding for finding in report.findings)
    assert len(report.findings) == 2


def test_fitness_is_negated_where_lower_is_better(tmp_path: Path) -> None:
    lower = METRICS.replace("higher_is_better: true", "higher_is_better: false")
    report = check(write_problem(tmp_path, {"metrics.yaml": lower, "initial_programs/one.py": seed("0.25")}))
    assert report.seeds[0].fitness == -0.25


def test_a_problem_without_a_valid_seed_is_not_usable(tmp_path: Path) -> None:
    changes = {"initial_programs/one.py": seed("1 / 0"), "initial_programs/two.py": seed("None")}
    report = check(write_problem(tmp_path, dict(changes)))
    assert not report.usable
    assert any("none of the 2 seeds is valid" in finding for finding in report.findings)


def test_a_validator_that_cannot_be_imported_is_the_authors_to_mend(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match="not_installed_anywhere"):
        check(write_problem(tmp_path, {"validate.py": "import not_installed_anywhere\n" + VALIDATE}))
