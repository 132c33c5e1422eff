"""Embeddings as they are written down."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis.language.similarity import cosine
from genesis.llm.vector import decode_vector, encode_vector

numbers = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=64).filter(any)


@given(numbers)
def test_a_direction_comes_back(given: list[float]) -> None:
    found = decode_vector(encode_vector(given))
    assert len(found) == len(given)
    assert math.hypot(*found) == pytest.approx(1.0, abs=0.01)
    largest = max(map(abs, given))
    assert cosine(found, [each / largest for each in given]) == pytest.approx(1.0, abs=1e-4)


@given(numbers)
def test_what_was_written_is_written_the_same(given: list[float]) -> None:
    written = encode_vector(given)
    assert encode_vector(given) == written
    assert len(written) == 4 * math.ceil(2 * len(given) / 3)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "empty"),
        ([0.0, -0.0], "all zero"),
        ([1.0, math.nan], "holds nan"),
        ([math.nan, 1.0], "holds nan"),
        ([1.0, -math.inf], "holds -inf"),
    ],
)
def test_what_has_no_direction_is_not_written(given: list[float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        encode_vector(given)


@pytest.mark.parametrize("written", ["AAA=A", "not base64", "AAAA"])
def test_what_is_no_vector_is_not_read(written: str) -> None:
    with pytest.raises(ValueError):
        decode_vector(written)
