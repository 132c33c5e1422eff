"""A context is built once and its memory is there once, whoever reads it; what is private stays with validators."""

import os
import signal
import time
from pathlib import Path

import pytest

from benchmarks.traces import memory_bytes
from genesis.evaluation.context import public_context, share_context, shared_context
from genesis.evaluation.job import Evaluated, Limits
from genesis.evaluation.problem_code import ProblemCodeError
from tests.evaluation.conftest import CONFINING, started, write_problem

MIB = 2**20
SIZE = 128 * MIB
CONTEXT = """
import os
import numpy as np
def build_context():
    with open({built!r}, "a") as file:
        file.write("x")
    return {{"data": np.ones({items}), "private": np.full(4, 38.5)}}
"""
VALIDATE = """
import time
def validate(context, output):
    time.sleep(0.5)  # so that every validator is needed
    return {"fitness": output["x"] + float(context["private"][0]), "sum": float(context["data"].sum())}
"""
READING = "def entrypoint(context):\n    return {'x': float(context['data'].sum()) + 1e9 * ('private' in context)}\n"


@pytest.mark.parametrize("kind", CONFINING)
def test_a_context_is_in_memory_once(tmp_path: Path, kind: str) -> None:
    sizes = []
    for items in (1, SIZE // 8):
        directory = tmp_path / str(items)
        directory.mkdir()
        (directory / "context.py").write_text(CONTEXT.format(built=str(directory / "built"), items=items))
        (directory / "validate.py").write_text(VALIDATE)
        limits = Limits(wall_s=60.0, memory_bytes=4 * SIZE)
        setup = write_problem(directory, limits=limits, has_context=True, preload=("numpy",), validate_wall_s=60.0)
        with started(setup, sandbox=kind, workers=3) as bench:
            deadline_s = time.monotonic() + 120
            for _ in range(2):
                running = 0
                while running < 4:  # until each validator was needed at a time at which the others were busy
                    assert time.monotonic() < deadline_s, bench.backend.pids
                    for outcome in bench.evaluate_all([READING + "\n" * number for number in range(6)]):
                        assert isinstance(outcome, Evaluated), outcome
                        assert outcome.metrics["fitness"] == items + 38.5
                        assert outcome.metrics["sum"] == items
                    running = len(bench.backend.pids)
                sizes.append(sum(map(memory_bytes, bench.backend.pids)))
                os.kill(bench.backend.pids[1], signal.SIGKILL)  # the one that built it
        if items > 1:
            assert (directory / "built").read_text() == "x", "it was built again"
    assert max(sizes[2:]) - min(sizes[:2]) < 1.25 * SIZE


def test_small_contexts_keep_what_they_are() -> None:
    value = {"data": [1.0], "private": "secret"}
    context = share_context(value)
    assert context.value is value
    (shown,) = context.files
    assert public_context(shown) == {"data": [1.0]}
    os.close(shown)


def test_large_contexts_are_the_same_out_of_files() -> None:
    value = {"data": b"x" * (2 * MIB), "private": {"answer": 42}}
    context = share_context(value)
    assert context.value == value
    shown, hidden = context.files
    assert public_context(shown) == {"data": value["data"]}
    assert shared_context((shown, hidden)) == value
    os.close(shown)
    os.close(hidden)


def test_what_is_not_data_is_built_by_each() -> None:
    assert share_context(print).kind == "build"
    with pytest.raises(ProblemCodeError, match="as data"):
        share_context({"f": print, "private": 1})
