"""The validator and the seeds of ``matmul_cpp``."""

import base64
from dataclasses import replace

import numpy as np
import pytest

from tests.problems.compiled import Answer, changed, check_refusals, check_speeds


def answer(problem, product, *, name="edge-3-300-2"):
    """What a program would write that has this product."""
    return Answer(name, problem.cases[name]["input"], None, base64.b64encode(product.tobytes()).decode())


def right(problem, name="edge-3-300-2"):
    return problem.module["product"](*map(int, problem.cases[name]["input"].split()))


@pytest.mark.parametrize("seed", ["blocks.cpp", "dots.cpp", "rows.cpp"])
def test_a_seed_multiplies_every_shape(problem, seed):
    assert problem.module["wrong"](problem.answers(problem.text(seed), problem.edges())) == 0
    timed = problem.answers(problem.text(seed), problem.timed())
    metrics = problem.validate(timed)
    assert 0 < metrics["error"] < 1e-14
    check_refusals(problem, timed)
    check_speeds(problem, timed)


def test_the_tolerance_is_for_every_element_in_units_of_k(problem):
    product = right(problem).copy()
    assert problem.module["wrong"]([answer(problem, product)]) == 0
    product[2, 1] += 0.99 * 2e-12 * 300
    assert problem.module["wrong"]([answer(problem, product)]) == 0
    product[2, 1] += 0.02 * 2e-12 * 300
    with pytest.raises(ValueError, match=r"edge-3-300-2 \(3 by 300 by 2\): element \[2, 1\] is off by 6\.06e-10, more"):
        problem.module["wrong"]([answer(problem, product)])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_an_element_that_is_no_number_is_wrong(problem, value):
    product = right(problem).copy()
    product[0, 1] = value
    with pytest.raises(ValueError, match=r"element \[0, 1\] is off by (nan|inf)"):
        problem.module["wrong"]([answer(problem, product)])


def test_single_precision_is_too_coarse_and_another_order_of_sums_is_not(problem):
    text = problem.text("dots.cpp")
    [coarse] = problem.answers(changed(text, "sum = (sums[0]", "sum = (float)(sums[0]"), ["speed-odd"])
    with pytest.raises(ValueError, match="is off by"):
        problem.validate([coarse])
    numbers = problem.module["numbers"]
    a, b = numbers(333, 3001, 902), numbers(3001, 257, 903)
    backwards = np.ascontiguousarray(a[:, ::-1] @ b[::-1])
    assert problem.module["wrong"]([answer(problem, backwards, name="speed-odd")]) == 0


def test_another_size_and_other_text_are_told(problem):
    with pytest.raises(ValueError, match="wrote 40 bytes, and 3 by 2 doubles are 48"):
        problem.module["wrong"]([answer(problem, right(problem).ravel()[:5])])
    with pytest.raises(ValueError, match="is not base64"):
        problem.module["wrong"]([replace(answer(problem, right(problem)), stdout="a!")])
