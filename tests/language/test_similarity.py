"""How alike programs are: what does not count, what does, and that estimates are near the truth."""

import math
import re
import subprocess
import sys
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis.language.similarity import (
    Fingerprint,
    Neighbours,
    containment,
    cosine,
    fingerprint,
    most_alike,
    signature,
    similarity,
)
from genesis.problem import load_problem
from genesis.program import Source
from genesis.strategy.novelty import standing
from tests.language.hostile import HOSTILE

SEEDS = {
    f"{problem}/{seed.name}": seed.source
    for problem in ("heilbronn", "circle_packing", "hexagon_packing", "online_bin_packing")
    for seed in load_problem(problem).seeds
}
RINGS = SEEDS["circle_packing/rings"].text


def _print(text: str) -> Fingerprint:
    return fingerprint(Source.single(text, "program.py"), "python")


@pytest.mark.parametrize(
    "text",
    [
        RINGS,
        RINGS.replace("\n\n", "\n# a word\n\n"),
        RINGS.replace("    ", "  "),
        re.sub(r"\d+\.\d+", "7.25", RINGS),
        re.sub(r"\bradius\b", "r", RINGS),
        f'"""Another docstring."""\n{RINGS.partition(chr(10))[2]}',
    ],
    ids=["itself", "comments", "indentation", "numbers", "own names", "documentation"],
)
def test_what_does_not_count(text: str) -> None:
    assert similarity(_print(RINGS), _print(text)) == 1.0


def test_another_algorithm_is_unlike_and_an_addition_contains_the_whole() -> None:
    others = {name: fingerprint(source, "python") for name, source in SEEDS.items()}
    assert max(similarity(_print(RINGS), other) for name, other in others.items() if not name.endswith("rings")) < 0.5
    longer = _print(RINGS + "\n\ndef unused(a, b):\n    while a:\n        a, b = b % a, a\n    return b\n")
    assert 0.5 < similarity(_print(RINGS), longer) < 1
    assert containment(_print(RINGS), longer) > 0.95
    assert containment(longer, _print(RINGS)) < containment(_print(RINGS), longer)


def test_a_called_function_counts() -> None:
    assert similarity(_print("import numpy as np\nx = np.sort(y)\n"), _print("import numpy as np\nx = np.sum(y)\n")) < 1


@given(st.sampled_from(sorted(SEEDS)), st.sampled_from(sorted(SEEDS)))
def test_it_is_symmetric_and_between_zero_and_one(one: str, other: str) -> None:
    a, b = (fingerprint(SEEDS[name], "python") for name in (one, other))
    assert 0 <= similarity(a, b) == similarity(b, a) <= 1
    assert (similarity(a, b) == 1) == (one == other)


def test_the_estimate_of_signatures_is_near() -> None:
    prints = {name: fingerprint(source, "python") for name, source in SEEDS.items()}
    for (one, a), (other, b) in combinations(prints.items(), 2):
        known = Neighbours()
        known.add(one, signature(a))
        found = known.nearest(signature(b))
        assert found is not None
        assert found[1] == pytest.approx(similarity(a, b), abs=0.15), (one, other)  # five standard errors


def test_the_nearest_of_many_is_found() -> None:
    known = Neighbours()
    assert known.nearest(signature(_print(RINGS))) is None
    for number in range(200):
        known.add(
            f"p{number}", signature(_print(f"def f{number}(x):\n    return x.a{number}(b{number}) + c{number}\n"))
        )
    for name, source in SEEDS.items():
        known.add(name, signature(fingerprint(source, "python")))
    assert len(known) == 200 + len(SEEDS)
    assert known.nearest(signature(_print(re.sub(r"\d+\.\d+", "1.5", RINGS)))) == ("circle_packing/rings", 1.0)
    assert most_alike(Source.single(RINGS, "p.py"), list(SEEDS.values()), "python") == (
        list(SEEDS).index("circle_packing/rings"),
        1.0,
    )
    assert most_alike(Source.single(RINGS, "p.py"), [], "python") is None


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_have_a_fingerprint(text: str) -> None:
    assert 0 <= similarity(_print(text), _print(RINGS)) < 0.6
    assert signature(_print(text)).shape == (512,)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("part", ['"', "'", "/*", "#", "\\", "0", "x", "(", "\n", "é"])
def test_long_texts_are_read_in_time(part: str) -> None:
    _print(part * (200_000 // len(part)))


def test_empty_programs_have_nothing_in_common() -> None:
    assert similarity(_print(""), _print("")) == 0
    assert containment(_print(""), _print(RINGS)) == 0


def test_fingerprints_are_the_same_in_another_process() -> None:
    script = "from tests.language.test_similarity import _print, RINGS\nprint(hash(_print(RINGS).code))"
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONHASHSEED": "12345", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(run.stdout) == hash(_print(RINGS).code)


def test_cosine() -> None:
    assert cosine([1, 0], [0, 2]) == 0
    assert cosine([1, 2, 3], [2, 4, 6]) == pytest.approx(1)
    assert cosine([1, 0], [-1, 0]) == 0
    assert cosine([1, 1], [1, 0]) == pytest.approx(math.sqrt(0.5))
    assert cosine([1e200, 0], [1e200, 1e200]) == pytest.approx(math.sqrt(0.5))
    with pytest.raises(ValueError, match="embeddings of 1 and 2 numbers"):
        cosine([1], [1, 2])
    with pytest.raises(ValueError, match="no direction"):
        cosine([0, 0], [1, 2])
    with pytest.raises(ValueError, match="no direction"):
        cosine([math.nan, 0], [1, 2])


def test_standing() -> None:
    assert [standing(value, unclear_from=0.8, known_from=0.95) for value in (0.5, 0.8, 0.94, 0.95, 1.0)] == [
        "novel",
        "unclear",
        "unclear",
        "not_novel",
        "not_novel",
    ]
    with pytest.raises(ValueError, match="the grey zone is from"):
        standing(0.5, unclear_from=0.9, known_from=0.5)
