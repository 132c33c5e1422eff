"""The validator and the seeds of ``json_js``."""

import json

import pytest

from tests.problems.compiled import changed, check_seed


@pytest.mark.parametrize("seed", ["bytes.js", "regex.js", "text.js"])
def test_a_seed_splits_every_text(problem, seed):
    check_seed(problem, seed)


def test_the_timed_texts_are_json_of_eight_megabytes(problem):
    for name in problem.timed():
        copies, _, text = problem.cases[name]["input"].decode().partition("\n")
        json.loads(text)
        assert 5e6 < int(copies) * len(text.encode()) < 10e6


def test_the_checker_reads_tokens_as_the_standard_does(problem):
    tokens = problem.cases_module()["tokens"]
    assert tokens(b'{"a":-0.5e+1,\t"\\u0041": [true,null]} ') == (
        [
            *[(1, 0, 1), (7, 1, 4), (5, 4, 5), (8, 5, 12), (6, 12, 13), (7, 14, 22), (5, 22, 23)],
            *[(3, 24, 25), (9, 25, 29), (6, 29, 30), (11, 30, 34), (4, 34, 35), (2, 35, 36)],
        ],
        None,
    )
    assert tokens(b"01") == ([(8, 0, 1), (8, 1, 2)], None)
    for bad, at in ((b"[tru]", 1), (b' "open', 1), (b"-", 0), (b"1.", 1), (b'"\\x"', 0), (b'"\n"', 0), (b"1e", 1)):
        assert tokens(bad)[1] == at


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("byte === 13 ||", ""),  # a carriage return is no token
        ("if (bytes[i] === 48) i++;\n  else ", ""),  # 01 as one number
        ("return -(at + 1)", "return -at"),
        ("if (byte < 32) return -1;", ""),  # control characters in strings
        ("ends[count++] = end", "ends[count++] = end - 1"),
        ('"\\\\/bfnrt', '"\\\\/bfnrtx'),
    ],
)
def test_what_is_nearly_right_is_found_by_the_edges(problem, old, new):
    text = changed(problem.text("bytes.js"), old, new)
    assert any(not answer.correct for answer in problem.answers(text, problem.edges()))
