"""The data-only codec: what goes in comes out, nothing else goes in, and nothing else is believed."""

import json
import math
import os
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from genesis.channel import memory_file, open_memory_file
from genesis.evaluation.codec import DecodeError, EncodeError, decode_file, encode_to_file

LIMIT = 1 << 30


def through(value: object) -> object:
    file = open_memory_file("test")
    try:
        encode_to_file(value, file)
        return decode_file(file, limit_bytes=LIMIT)
    finally:
        os.close(file)


def same(a: object, b: object) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, float | complex | np.generic):
        return repr(a) == repr(b)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return len(a) == len(b) and all(same(x, y) and same(a[x], b[y]) for x, y in zip(a, b, strict=True))
    return a == b


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers()
hashable = st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.floats(allow_nan=False)
arrays = hnp.arrays(
    dtype=st.one_of(
        hnp.boolean_dtypes(),
        hnp.integer_dtypes(endianness="="),
        hnp.floating_dtypes(sizes=(16, 32, 64)),
        hnp.complex_number_dtypes(sizes=(64, 128)),
        hnp.byte_string_dtypes(min_len=1),
        hnp.unicode_string_dtypes(min_len=1),
    ),
    shape=hnp.array_shapes(min_dims=0, min_side=0),
)
values = st.recursive(
    scalars | arrays | st.frozensets(hashable) | st.sets(hashable) | st.lists(st.floats(), min_size=16),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(hashable | st.tuples(hashable), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(values)
def test_round_trip(value: object) -> None:
    assert same(through(value), value)


@given(arrays)
def test_numpy_scalars_and_orders(array: np.ndarray) -> None:
    assert same(through(np.asfortranarray(array)), np.asfortranarray(array))
    for item in array.ravel()[:3]:
        assert same(through(item), item)


@pytest.mark.parametrize("value", [np.arange(10)[::2], np.arange(12).reshape(3, 4)[:, 1:3], np.arange(5, dtype=">i4")])
def test_strided_and_foreign_arrays(value: np.ndarray) -> None:
    back = through(value)
    assert isinstance(back, np.ndarray)
    assert back.dtype == value.dtype
    assert back.tolist() == value.tolist()


def test_decoded_arrays_are_writable_and_private() -> None:
    file = open_memory_file("test")
    encode_to_file(np.zeros(4), file)
    first, second = decode_file(file, limit_bytes=LIMIT), decode_file(file, limit_bytes=LIMIT)
    os.close(file)
    first[0] = 1.0
    assert second[0] == 0.0


def test_lone_surrogates_and_huge_integers() -> None:
    assert through(["\ud800", 10**5000, -(2**63), 2**63]) == ["\ud800", 10**5000, -(2**63), 2**63]


class Float(float):
    """A float that could lie."""


@pytest.mark.parametrize(
    "value",
    [object(), lambda: 0, Float(1), np.array([object()]), np.ma.array([1]), np.zeros(1, "i4,i4"),
     range(3), np.longdouble(1), np.datetime64("2026-01-01"), type, {"a": [{1: {2: object()}}]}, bytearray(b"x")],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(EncodeError):
        through(value)


def test_a_value_inside_itself_is_refused() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(EncodeError, match="contains itself"):
        through(value)


def raw(tree: object, buffers: bytes = b"", magic: bytes = b"GNSR", version: int = 1) -> bytes:
    text = json.dumps(tree).encode()
    head = struct.pack("<4sII", magic, version, len(text)) + text
    return head + bytes(-len(head) % 64) + buffers if buffers else head


def decode(data: bytes, limit_bytes: int = LIMIT) -> object:
    file = memory_file(data)
    try:
        return decode_file(file, limit_bytes=limit_bytes)
    finally:
        os.close(file)


def one(node: object, buffers: bytes = b"") -> bytes:
    return raw({"buffers": [len(buffers)] if buffers else [], "value": node}, buffers)


FORGED = {
    "empty": b"",
    "short": b"GNSR",
    "pickle": b"\x80\x04\x95" + bytes(40),
    "wrong magic": raw({"buffers": [], "value": 1}, magic=b"XXXX"),
    "future version": raw({"buffers": [], "value": 1}, version=2),
    "no JSON": struct.pack("<4sII", b"GNSR", 1, 3) + b"{{{",
    "JSON longer than the file": struct.pack("<4sII", b"GNSR", 1, 4000) + b"{}",
    "not the two keys": raw({"value": 1}),
    "a constant": struct.pack("<4sII", b"GNSR", 1, 27) + b'{"buffers":[],"value": NaN}',
    "unknown node": one(["x", 1]),
    "unhashable tag": one([[1], 2]),
    "empty node": one([]),
    "an object": one({"a": 1}),
    "odd dict": one(["d", 1]),
    "unhashable key": one(["d", ["l"], 1]),
    "unhashable item": one(["s", ["l"]]),
    "no such buffer": one(["B", 0]),
    "negative buffer": one(["B", -1], b"x"),
    "boolean buffer": one(["B", False], b"x"),
    "buffer past the end": raw({"buffers": [1000], "value": ["B", 0]}),
    "negative size": raw({"buffers": [-1], "value": ["B", 0]}),
    "object dtype": one(["a", 0, "|O8", [1], "C"], bytes(8)),
    "structured dtype": one(["a", 0, "i4,i4", [1], "C"], bytes(8)),
    "void dtype": one(["a", 0, "|V8", [1], "C"], bytes(8)),
    "empty text dtype": one(["a", 0, "<U0", [1 << 60], "C"], bytes(8)),
    "shape over the buffer": one(["a", 0, "<f8", [2], "C"], bytes(8)),
    "shape that overflows": one(["a", 0, "<f8", [1 << 62, 1 << 62], "C"], bytes(8)),
    "negative shape": one(["a", 0, "<f8", [-1], "C"], bytes(8)),
    "shape of 33": one(["a", 0, "<f8", [1] * 33, "C"], bytes(8)),
    "odd order": one(["a", 0, "<f8", [1], "K"], bytes(8)),
    "boolean of 2": one(["a", 0, "|b1", [1], "C"], b"\x02"),
    "no character": one(["a", 0, "<U1", [1], "C"], b"\xff\xff\xff\xff"),
    "float text": one(["F", "1e5"]),
    "integer text": one(["I", 5]),
    "integer no hex": one(["I", "xyz"]),
    "complex of text": one(["C", "1", "2"]),
    "floats of 7 bytes": one(["D", 0], bytes(7)),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_bytes_are_refused(name: str) -> None:
    with pytest.raises(DecodeError):
        decode(FORGED[name])


def test_deep_and_large_are_refused() -> None:
    node: object = 1
    for _ in range(70):
        node = ["l", node]
    with pytest.raises(DecodeError, match="deep"):
        decode(one(node))
    text = b'{"buffers":[],"value":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    with pytest.raises(DecodeError):
        decode(struct.pack("<4sII", b"GNSR", 1, len(text)) + text)
    with pytest.raises(DecodeError, match="at most"):
        decode(one(1), limit_bytes=10)


@given(st.binary(max_size=200))
def test_random_bytes_never_do_more_than_be_refused(noise: bytes) -> None:
    good = one(["l", 1.5, ["a", 0, "<f8", [2], "C"]], bytes(16))
    for data in (noise, good[: len(noise)] + noise, noise + good[len(noise) :]):
        try:
            decode(data)
        except DecodeError:
            continue
        except RecursionError as error:
            raise AssertionError from error


def test_special_floats() -> None:
    back = through([math.nan, math.inf, -math.inf, -0.0])
    assert isinstance(back, list)
    assert math.isnan(back[0])
    assert back[1:3] == [math.inf, -math.inf]
    assert math.copysign(1, back[3]) == -1
