"""The model of a run's configuration: strict, closed, and the same after a trip through a log."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from genesis.config import Dimension, RunConfig


def test_a_log_that_knows_no_keys_reads_by_defaults() -> None:
    assert RunConfig.model_validate({}) == RunConfig()


def test_the_model_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        RunConfig().seed = 3  # type: ignore[misc]


configs = st.builds(
    lambda seed, run_id, window, workers, operators, dimensions, fitness, wall_s: {
        "seed": seed,
        "run_id": run_id,
        "window": window,
        "evaluation": {"workers": workers, "wall_s": wall_s},
        "mutation": {"operators": operators},
        "strategy": {"archive": {"dimensions": dimensions}},
        "stop": {"fitness": fitness},
    },
    seed=st.integers(0, 2**63 - 1),
    run_id=st.none() | st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,100}\Z"),
    window=st.integers(1, 10_000),
    workers=st.integers(1, 1_000),
    operators=st.lists(st.sampled_from(["constants", "cma_es", "syntax", "recombination"]), unique=True, min_size=1),
    dimensions=st.lists(
        st.builds(
            lambda metric, lower, width, bins: {"metric": metric, "lower": lower, "upper": lower + width, "bins": bins},
            metric=st.text(min_size=1),
            lower=st.floats(-1e6, 1e6),
            width=st.floats(0.5, 1e6),
            bins=st.integers(1, 10),
        ),
        max_size=3,
        unique_by=lambda dimension: dimension["metric"],
    ),
    fitness=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    wall_s=st.none() | st.floats(1e-9, 1e9) | st.integers(1, 10**9),
)


@given(configs)
def test_a_trip_through_json_changes_nothing(data: dict[str, Any]) -> None:
    config = RunConfig.model_validate(data)
    assert RunConfig.model_validate(config.model_dump(mode="json")) == config
    assert RunConfig.model_validate(orjson.loads(orjson.dumps(config.model_dump(mode="json")))) == config
    assert RunConfig.model_validate(json.loads(config.model_dump_json())) == config


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"seed": "2"}, ("seed",)),
        ({"seed": True}, ("seed",)),
        ({"seed": -1}, ("seed",)),
        ({"seed": 2**63}, ("seed",)),
        ({"window": 0}, ("window",)),
        ({"window": 2.0}, ("window",)),
        ({"ordered": 1}, ("ordered",)),
        ({"run_id": "a/b"}, ("run_id",)),
        ({"run_id": "name\n"}, ("run_id",)),
        ({"run_id": "x" * 102}, ("run_id",)),
        ({"runs_dir": ""}, ("runs_dir",)),
        ({"stop": {"wall_s": True}}, ("stop", "wall_s")),
        ({"stop": {"wall_s": 0}}, ("stop", "wall_s")),
        ({"stop": {"fitness": float("inf")}}, ("stop", "fitness")),
        ({"stop": {"evaluations": None}}, ("stop",)),
        ({"stop": {"steps": 3}}, ("stop", "steps")),
        ({"mutation": {"operators": []}}, ("mutation", "operators")),
        ({"mutation": {"operators": "syntax"}}, ("mutation", "operators")),
        ({"mutation": {"operators": ["syntax", "syntax"]}}, ("mutation",)),
        ({"mutation": {"floor": 0.26}}, ("mutation",)),
        ({"evaluation": {"backend": "ray"}}, ("evaluation", "backend")),
        ({"strategy": {"selection": {"pressure": 2.1}}}, ("strategy", "selection", "pressure")),
        ({"unknown": 1}, ("unknown",)),
    ],
)
def test_what_breaks_a_rule_is_refused_where_it_stands(data: dict[str, Any], path: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        RunConfig.model_validate(data)
    assert [error["loc"] for error in caught.value.errors()] == [path]


def test_shares_that_fill_the_whole_are_allowed() -> None:
    assert RunConfig.model_validate({"mutation": {"floor": 0.25}}).mutation.floor == 0.25


def test_one_stop_rule_is_enough() -> None:
    config = RunConfig.model_validate({"stop": {"evaluations": None, "stagnation": 5}})
    assert config.stop.stagnation == 5


@pytest.mark.parametrize("bounds", [(1.0, 1.0), (2.0, 1.0)])
def test_a_dimension_needs_room_between_its_bounds(bounds: tuple[float, float]) -> None:
    with pytest.raises(ValidationError, match="lower < upper"):
        Dimension(metric="size", lower=bounds[0], upper=bounds[1], bins=3)


@pytest.mark.parametrize(
    ("names", "bins", "message"), [(("a", "a"), 3, "names a twice"), (("a", "b"), 1001, "1002001 cells")]
)
def test_a_grid_that_cannot_be_is_refused(names: tuple[str, ...], bins: int, message: str) -> None:
    axes = [{"metric": name, "lower": 0, "upper": 1, "bins": bins} for name in names]
    with pytest.raises(ValidationError, match=message):
        RunConfig.model_validate({"strategy": {"archive": {"dimensions": axes}}})


def test_a_log_from_before_there_were_models_has_the_name_alone() -> None:
    assert RunConfig.model_validate({"llm": "none"}).llm == RunConfig().llm
