"""The validator of ``softmax_cuda``, and its seeds: they are built everywhere, and run where there is a GPU."""

import numpy as np
import pytest

from genesis.language import language_named
from genesis.language.toolchain import MissingTool, require
from tests.problems.compiled import Answer, check_refusals


def answer(problem, sums, *, name="edge-130-1000"):
    text = "".join(f"{value:.9e}\n" for value in sums)
    return Answer(name, problem.cases[name]["input"], None, text)


def right(problem, name="edge-130-1000"):
    return problem.module["sums"](*map(int, problem.cases[name]["input"].split()))


@pytest.mark.parametrize("seed", ["blocks.cu", "rows.cu", "warps.cu"])
def test_a_seed_is_built_and_run_where_there_is_a_gpu(problem, seed):
    problem.build(problem.text(seed))
    try:
        require(language_named("cuda").tools(problem.settings()), purpose="softmax_cuda")
    except MissingTool as missing:
        pytest.skip(f"built; {missing}")
    assert problem.module["wrong"](problem.answers(problem.text(seed), problem.edges())) == 0
    assert problem.validate(problem.answers(problem.text(seed), problem.timed()))["is_valid"] == 1.0


def test_the_checker_adds_up_what_softmax_is(problem):
    """Once more, element by element and in the order of the text of the program."""
    rows, columns, calls, seed = 3, 5, 2, 303

    def mix(x):
        x = ((x ^ x >> 16) * 0x7FEB352D) % 2**32
        x = ((x ^ x >> 15) * 0x846CA68B) % 2**32
        return x ^ x >> 16

    def element(row, column):
        bits = mix(((row * columns + column) * 0x9E3779B9 + seed) % 2**32)
        return (bits - 2**32 if bits >= 2**31 else bits) / 2**28

    sums = np.zeros(1024)
    for call in range(calls):
        for p in range(1024):
            chosen = mix((mix(call + seed) + p) % 2**32)
            row, column = chosen % rows, mix(chosen) % columns
            values = np.exp([element(row, each) for each in range(columns)])
            sums[p] += values[column] / values.sum()
    assert problem.module["sums"](rows, columns, calls, seed) == pytest.approx(sums, rel=1e-6)


def test_right_sums_pass_and_rounding_is_forgiven(problem):
    sums = right(problem)
    assert problem.module["wrong"]([answer(problem, sums)]) == 0
    assert problem.module["wrong"]([answer(problem, sums * (1 + 1.9e-4))]) == 0
    assert problem.module["wrong"]([answer(problem, np.float32(sums).astype(float))]) == 0


def test_more_than_rounding_is_not(problem):
    sums = right(problem).copy()
    sums[77] *= 1 + 3e-4
    with pytest.raises(ValueError, match=r"edge-130-1000 \(130 by 1000\): sum 77 over 3 calls is .* is right"):
        problem.module["wrong"]([answer(problem, sums)])


def test_an_element_that_was_not_written_is_told(problem):
    sums = right(problem).copy()
    sums[5] = np.nan
    with pytest.raises(ValueError, match="sum 5 over 3 calls is nan; an element was not written"):
        problem.module["wrong"]([answer(problem, sums)])


@pytest.mark.parametrize(
    ("text", "says"), [("", "0 sums, and 1024"), ("1.0\n" * 1023, "1023 sums"), ("x", "else than")]
)
def test_other_output_is_told(problem, text, says):
    with pytest.raises(ValueError, match=says):
        problem.module["wrong"]([Answer("edge-1-1", "1 1 1 300\n", None, text)])


def test_the_score_is_a_geometric_mean_of_three_shapes(problem):
    answers = [answer(problem, right(problem, name), name=name) for name in problem.timed()]
    check_refusals(problem, answers)
    speeds = dict(zip(("speed-square", "speed-wide", "speed-narrow"), (4.0, 1.0, 2.0), strict=True))
    faster = [Answer(each.name, each.input, None, each.stdout, speedup=speeds[each.name]) for each in answers]
    metrics = problem.validate(faster)
    assert metrics["speedup"] == pytest.approx(2.0)
    assert (metrics["speedup_wide"], metrics["narrow_gain"]) == (1.0, 2.0)
