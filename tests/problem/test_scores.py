"""Score stages as a problem declares them."""

from pathlib import Path

import pytest

from genesis.config.load import load as load_config
from genesis.errors import UsageError
from genesis.problem import ProblemError, ProblemSpec, load_problem
from genesis.problem_setup import evaluation_plan, problem_setup
from tests.problem.directory import METRICS, write_problem

BASE = "stages:\n  - {name: run}\n  - {name: validate}\n"


def load(parent: Path, *stages: str, metrics: str = METRICS, more: str = "") -> ProblemSpec:
    text = BASE + "".join(f"  - {{{stage}}}\n" for stage in stages) + more
    return load_problem(write_problem(parent, {"problem.yaml": text, "metrics.yaml": metrics}))


def test_metric_and_range_are_written_out(tmp_path: Path) -> None:
    spec = load(
        tmp_path,
        "name: clarity, kind: score, criteria: easy to read",
        "name: taste, kind: score, criteria: good, metric: score, after: [run]",
        "name: size_told, kind: score, criteria: short, metric: size, lowest: 1, highest: 5",
    )
    found = [(each.name, each.metric, each.lowest, each.highest, each.needs) for each in spec.scores]
    assert found == [
        ("clarity", "clarity", 0, 10, ("validate",)),
        ("taste", "score", 0, 1, ("validate", "run")),
        ("size_told", "size", 1, 5, ("validate",)),
    ]
    assert spec.model_stages == ("clarity", "taste", "size_told")


def test_the_validator_has_to_give_what_no_model_gives(tmp_path: Path) -> None:
    spec = load(tmp_path, "name: size, kind: score, criteria: short")
    assert problem_setup(spec, load_config((), spec.config_defaults())).metrics == ("score",)


def test_a_score_may_be_a_dimension_of_behaviour(tmp_path: Path) -> None:
    axis = "behavior:\n  - {metric: clarity, lower: 0, upper: 10, bins: 5}\n"
    spec = load(tmp_path, "name: clarity, kind: score, criteria: easy to read", more=axis)
    assert [each.metric for each in spec.behavior] == ["clarity"]


def test_a_score_needs_a_model(tmp_path: Path) -> None:
    spec = load(tmp_path, "name: clarity, kind: score, criteria: easy to read")
    with pytest.raises(UsageError, match=r"stages for a language model \(clarity\), and llm is none"):
        evaluation_plan(spec, load_config((), spec.config_defaults()))


WRONG = [
    (("name: score",), "problem.yaml:4: stage score scores by nothing: add criteria"),
    (("name: clarity, kind: score, criteria: ' '",), "problem.yaml:4: stage clarity scores by nothing"),
    (("name: complexity, criteria: short",), "problem.yaml:4: criteria is for score stages, and complexity is a compl"),
    (("name: insight, highest: 3.0",), "problem.yaml:4: highest is for score stages, and insight is a insight stage"),
    (("name: c, kind: score, criteria: x, wall_s: 1.0",), "problem.yaml:4: wall_s is not for score stages such as c"),
    (("name: c, kind: score, criteria: x, retries: 1",), "problem.yaml:4: retries is not for score stages such as c"),
    (
        ("name: c, kind: score, criteria: x, stop_unless: {metric: c, at_least: 1}",),
        "problem.yaml:4: stop_unless is not for score stages",
    ),
    (("name: c, kind: score, criteria: x, metric: is_valid",), "problem.yaml:4: metric is 'is_valid'"),
    (("name: c, kind: score, criteria: x, metric: complexity.lines",), "problem.yaml:4: metric is 'complexity.lines'"),
    (
        ("name: c, kind: score, criteria: x", "name: d, kind: score, criteria: x, metric: c"),
        "problem.yaml:5: metric c is given by two score stages",
    ),
    (("name: c, kind: score, criteria: x, lowest: 3, highest: 3",), "problem.yaml:4: stage c scores from 3 to 3"),
    (("name: c, kind: score, criteria: x, lowest: 11",), "problem.yaml:4: stage c scores from 11 to 10"),
    (("name: c, kind: score, criteria: x, highest: .inf",), "problem.yaml:4: stages[2].highest is inf"),
    (
        ("name: c, kind: score, criteria: x, metric: score, when: {metric: size, at_most: 3}",),
        "problem.yaml:4: stage c gives score, which is searched for, so every valid program needs it: remove when",
    ),
    (
        ("name: c, kind: score, criteria: x", "name: complexity, after: [c]"),
        "problem.yaml:5: stage complexity waits for c, which a language model performs after all others",
    ),
]


@pytest.mark.parametrize(("stages", "message"), WRONG, ids=[message[16:60] for _, message in WRONG])
def test_wrong_declarations_name_line_rule_and_remedy(tmp_path: Path, stages: tuple[str, ...], message: str) -> None:
    with pytest.raises(ProblemError) as caught:
        load(tmp_path, *stages)
    assert message in str(caught.value)
