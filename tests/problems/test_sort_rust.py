"""The validator and the seeds of ``sort_rust``."""

import pytest

from tests.problems.compiled import changed, check_seed


@pytest.mark.parametrize("seed", ["library.rs", "merge.rs", "radix.rs"])
def test_a_seed_sorts_every_input(problem, seed):
    check_seed(problem, seed)


@pytest.mark.parametrize(
    "sort",
    [
        "",  # nothing
        "data.sort_unstable(); data.reverse();",
        "data.sort_unstable(); let last = data.len() - 1; data.swap(last, last - 1);",  # nearly right
        "data.sort_unstable(); data[1] = data[0];",  # right order, other numbers
        "data.sort_unstable_by_key(|x| x >> 1);",  # right but for the lowest bit
    ],
)
def test_a_wrong_order_has_a_wrong_checksum(problem, sort):
    text = changed(problem.text("library.rs"), "data.sort_unstable();", sort)
    [answer] = problem.answers(text, ["speed-random"])
    with pytest.raises(ValueError, match=r"speed-random: on input '1000000 77 0' .* exit code 0 and wrote '1000000 "):
        problem.validate([answer])


def test_a_sort_that_fails_on_short_slices_is_found_by_the_edges(problem):
    text = changed(
        problem.text("library.rs"),
        "data.sort_unstable();",
        "let last = data[data.len() - 1]; data.sort(); let _ = last;",
    )
    wrong = [answer.name for answer in problem.answers(text, problem.edges()) if not answer.correct]
    assert wrong == [f"edge-{kind}-0" for kind in ("random", "few", "nearly", "descending", "small")]
