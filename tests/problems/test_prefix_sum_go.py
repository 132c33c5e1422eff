"""The validator and the seeds of ``prefix_sum_go``."""

import pytest

from tests.problems.compiled import changed, check_seed


@pytest.mark.parametrize("seed", ["blocks.go", "fused.go", "rounds.go"])
def test_a_seed_sums_every_input(problem, seed):
    check_seed(problem, seed)


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("r < rounds", "r < rounds-1", ["edge-3-1", "edge-16-7"]),  # a round too few
        ("r < rounds", "r <= rounds", ["edge-2-0", "edge-16-7"]),  # a round too many
        ("data[i] = sum", "data[i] = sum - x", ["edge-1-5", "edge-16-7"]),  # sums of what lies before
        ("var sum uint32", "sum := uint32(len(data) / 4097)", ["edge-4097-3"]),  # only long ones
    ],
)
def test_what_is_nearly_right_is_found_by_the_edges(problem, old, new, wrong):
    text = changed(problem.text("rounds.go"), old, new)
    found = [answer.name for answer in problem.answers(text, problem.edges()) if not answer.correct]
    assert set(wrong) <= set(found)


def test_a_wrong_checksum_is_told(problem):
    text = changed(problem.text("rounds.go"), "data[i] = sum", "data[i] = sum + 1")
    with pytest.raises(ValueError, match=r"speed-short: on input '3000 20000 93' .* is right"):
        problem.validate(problem.answers(text, ["speed-short"]))
