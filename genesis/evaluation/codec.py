"""Results as data: a JSON tree plus raw buffers, and nothing that could run.

A file is ``GNSR``, a version, the JSON's length (little-endian ``u32`` each), the JSON, and buffers at offsets that are
multiples of 64. The JSON is ``{"buffers": [[offset, bytes], …], "value": node}``. A node is a JSON scalar that stands
for itself (null, booleans, integers within 64 bits, finite floats, text), or an array whose first item says what it is:

====== ========================================= ====== ==========================================
``F``  text of a float: ``nan inf -inf``         ``I``  an integer of any size, hexadecimal
``C``  two nodes: a complex number               ``B``  a buffer: bytes
``l``  nodes: a list                             ``t``  nodes: a tuple
``s``  nodes: a set                              ``z``  nodes: a frozenset
``d``  nodes, key and value in turn: a dict      ``D``  a buffer: a list of floats
``a``  buffer, dtype, shape, order: an array     ``n``  buffer, dtype: a NumPy scalar
====== ========================================= ====== ==========================================

The encoder runs beside the candidate, so the decoder believes nothing: every length, dtype and depth is checked.
"""

import array
import json
import mmap
import os
import struct
import sys
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, TypeAlias

__all__ = ["DecodeError", "EncodeError", "decode_file", "encode_to_file"]

_MAGIC = b"GNSR"
_VERSION = 1
_HEAD = struct.Struct("<4sII")
_ALIGNMENT = 64
_MAX_DEPTH = 64
_MAX_JSON_BYTES = 64 * 1024 * 1024
_MAX_DIMENSIONS = 32
_INT64 = 1 << 63
_PACK_LISTS_FROM = 16

Json: TypeAlias = Any  # a JSON tree, checked node by node as it is decoded


class EncodeError(Exception):
    """A value that is not plain data."""


class DecodeError(Exception):
    """Bytes that are not an encoded value."""


def encode_to_file(value: object, descriptor: int) -> None:
    """Write one value at the start of an empty file.

    Accepts None, bool, int, float, complex, str, bytes, list, tuple, set, frozenset, dict, and NumPy arrays and scalars
    of boolean, integer, float, complex and fixed-length string types; exactly these, not subclasses of them.

    Raises:
        EncodeError: Something else is in the value, or it is nested over 64 deep (or in itself).
    """
    encoder = _Encoder()
    tree = encoder.node(value, 0)
    # Buffers come before the JSON is final, so offsets are counted from the first aligned byte after it.
    sizes = [buffer.nbytes for buffer in encoder.buffers]
    text = json.dumps({"buffers": sizes, "value": tree}, separators=(",", ":")).encode()
    if len(text) > _MAX_JSON_BYTES:
        raise EncodeError(f"{len(text)} bytes of structure: {_MAX_JSON_BYTES} at most; return arrays instead of lists")
    _write(descriptor, _HEAD.pack(_MAGIC, _VERSION, len(text)) + text)
    end = _HEAD.size + len(text)
    for buffer in encoder.buffers:
        start = _aligned(end)
        _write(descriptor, bytes(start - end))
        _write(descriptor, buffer)
        end = start + buffer.nbytes


def _write(descriptor: int, data: bytes | memoryview) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _aligned(offset: int) -> int:
    return -(-offset // _ALIGNMENT) * _ALIGNMENT


class _Encoder:
    """Turns a value into a JSON tree and collects the buffers that it refers to."""

    def __init__(self) -> None:
        self.buffers: list[memoryview] = []

    def node(self, value: Any, depth: int) -> Json:  # Any: the candidate's value, told apart by exact type
        kind: Any = type(value)  # pyright: ignore[reportUnknownVariableType]  of any type there is
        if kind is float:
            return value if value - value == 0.0 else ["F", repr(value)]
        if kind is int:
            return value if -_INT64 <= value < _INT64 else ["I", hex(value)]
        if value is None or kind is bool or kind is str:
            return value
        if depth >= _MAX_DEPTH:
            raise EncodeError(f"nested over {_MAX_DEPTH} deep, or contains itself: return a flatter value")
        handler = _CONTAINERS.get(kind)
        if handler is not None:
            return handler(self, value, depth + 1)
        return self._numpy(value)

    def nodes(self, tag: str, values: Iterable[Any], depth: int) -> Json:
        node = self.node
        return [tag, *[node(value, depth) for value in values]]

    def list_(self, values: list[Any], depth: int) -> Json:
        if len(values) >= _PACK_LISTS_FROM and set(map(type, values)) == {float}:
            return ["D", self.buffer(memoryview(array.array("d", values)))]
        return self.nodes("l", values, depth)

    def dict_(self, values: dict[Any, Any], depth: int) -> Json:
        return self.nodes("d", [part for item in values.items() for part in item], depth)

    def buffer(self, data: memoryview) -> int:
        self.buffers.append(data.cast("B") if data.nbytes else memoryview(b""))
        return len(self.buffers) - 1

    def _numpy(self, value: Any) -> Json:
        numpy = sys.modules.get("numpy")
        if numpy is not None and type(value) is numpy.ndarray:
            return self._array(numpy, value)
        if numpy is not None and isinstance(value, numpy.generic) and type(value) is value.dtype.type:
            dtype = value.dtype if value.dtype.itemsize else f"{value.dtype.kind}1"  # empty text
            flat = numpy.array([value], dtype)
            return ["n", self.buffer(memoryview(flat.view("u1"))), _dtype_text(flat.dtype)]
        raise EncodeError(
            f"{type(value).__module__}.{type(value).__qualname__} is not plain data: return None, bool, int, float, "
            "complex, str, bytes, list, tuple, set, dict, or NumPy arrays and scalars"
        )

    def _array(self, numpy: Any, value: Any) -> Json:
        text = _dtype_text(value.dtype)
        order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
        flat = numpy.ascontiguousarray(value.reshape(-1, order=order))  # copies only what is not contiguous
        return [
            "a",
            self.buffer(memoryview(flat.view("u1")) if flat.size else memoryview(b"")),
            text,
            value.shape,
            order,
        ]


_CONTAINERS: dict[type, Callable[[_Encoder, Any, int], Json]] = {
    list: _Encoder.list_,
    dict: _Encoder.dict_,
    tuple: lambda encoder, value, depth: encoder.nodes("t", value, depth),
    set: lambda encoder, value, depth: encoder.nodes("s", value, depth),
    frozenset: lambda encoder, value, depth: encoder.nodes("z", value, depth),
    bytes: lambda encoder, value, _: ["B", encoder.buffer(memoryview(value))],
    complex: lambda encoder, value, depth: ["C", encoder.node(value.real, depth), encoder.node(value.imag, depth)],
}

_SIZES = {"b": (1,), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (2, 4, 8), "c": (8, 16)}


def _dtype_text(dtype: Any) -> str:
    text: str = dtype.str
    if dtype.names is not None or dtype.subdtype is not None or not _is_allowed(text):
        raise EncodeError(f"array of {dtype}: use booleans, integers, floats up to 64 bits, complex or text")
    return text


def _is_allowed(text: str) -> bool:
    order, kind, size = text[:1], text[1:2], text[2:]
    if order not in {"<", ">", "|"} or not (size.isascii() and size.isdecimal() and len(size) <= 9):
        return False
    if kind in {"S", "U"}:
        return int(size) > 0
    return int(size) in _SIZES.get(kind, ())


def decode_file(descriptor: int, *, limit_bytes: int) -> Any:
    """The value in a file; arrays are writable, private views of it, not copies.

    Args:
        descriptor: The file; it must not change any more (sealed), and may be closed afterwards.
        limit_bytes: The largest file to accept.

    Raises:
        DecodeError: It is not what :func:`encode_to_file` writes.
    """
    size = os.fstat(descriptor).st_size
    if size > limit_bytes:
        raise DecodeError(f"result of {size} bytes: {limit_bytes} at most")
    if size < _HEAD.size:
        raise DecodeError(f"result of {size} bytes is cut off")
    data = mmap.mmap(descriptor, size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    magic, version, text_bytes = _HEAD.unpack_from(data)
    if magic != _MAGIC or version != _VERSION or text_bytes > min(size - _HEAD.size, _MAX_JSON_BYTES):
        raise DecodeError("result does not start as an encoded value does")
    tree = _parse(data[_HEAD.size : _HEAD.size + text_bytes])
    decoder = _Decoder(memoryview(data), _layout(tree["buffers"], _HEAD.size + text_bytes, size))
    try:
        return decoder.value(tree["value"], 0)
    except (TypeError, ValueError, IndexError, OverflowError) as error:
        raise DecodeError(f"result is malformed: {error}") from error
    except MemoryError:
        raise DecodeError("result does not fit into the validator's memory") from None


def _parse(text: bytes) -> dict[str, Json]:
    try:
        tree: object = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"result's structure is not JSON: {error}") from error
    if not isinstance(tree, dict) or set(tree) != {"buffers", "value"}:  # pyright: ignore[reportUnknownArgumentType]  JSON
        raise DecodeError("result's structure is not {buffers, value}")
    return tree  # pyright: ignore[reportUnknownVariableType]  JSON


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _layout(sizes: Json, end: int, file_bytes: int) -> list[tuple[int, int]]:
    if not isinstance(sizes, list):
        raise DecodeError("buffer sizes are not a list")
    places: list[tuple[int, int]] = []
    for size in sizes:  # pyright: ignore[reportUnknownVariableType]  JSON
        start = _aligned(end)
        if type(size) is not int or size < 0 or start + size > file_bytes:  # pyright: ignore[reportUnknownArgumentType]  JSON
            raise DecodeError(f"buffer of {size!r} bytes reaches past the end of the file")
        end = start + size
        places.append((start, size))
    return places


class _Decoder:
    """Builds the value; each buffer is a slice of the file."""

    def __init__(self, data: memoryview, places: list[tuple[int, int]]) -> None:
        self._data = data
        self._places = places
        self._used: set[int] = set()

    def value(self, node: Json, depth: int) -> Any:
        if type(node) is not list:
            if type(node) is dict:
                raise DecodeError("a JSON object is no node")
            return node
        if depth >= _MAX_DEPTH:
            raise DecodeError(f"nested over {_MAX_DEPTH} deep")
        nodes: list[Json] = node  # pyright: ignore[reportUnknownVariableType]  JSON
        builder = _BUILDERS.get(nodes[0]) if nodes and isinstance(nodes[0], str) else None
        if builder is None:
            raise DecodeError(f"unknown kind of node {nodes[:1]!r}")
        return builder(self, nodes[1:], depth + 1)

    def values(self, nodes: list[Json], depth: int) -> list[Any]:
        value = self.value
        return [value(node, depth) for node in nodes]

    def buffer(self, index: Json) -> memoryview:
        if type(index) is not int or not 0 <= index < len(self._places):
            raise DecodeError(f"no buffer {index!r}")
        if index in self._used:  # a small file with many references to one large buffer would fill memory
            raise DecodeError(f"buffer {index} is used twice")
        self._used.add(index)
        start, size = self._places[index]
        return self._data[start : start + size]

    def dict_(self, nodes: list[Json], depth: int) -> dict[Any, Any]:
        parts = self.values(nodes, depth)
        return dict(zip(parts[::2], parts[1::2], strict=True))

    def float_(self, nodes: list[Json], _depth: int) -> float:
        (text,) = nodes
        if text not in ("nan", "inf", "-inf"):
            raise DecodeError(f"{text!r} is no special float")
        return float(text)

    def int_(self, nodes: list[Json], _depth: int) -> int:
        (text,) = nodes
        if not isinstance(text, str):
            raise DecodeError("a large integer is hexadecimal text")
        return int(text, 16)

    def complex_(self, nodes: list[Json], depth: int) -> complex:
        real, imaginary = self.values(nodes, depth)
        if type(real) is not float or type(imaginary) is not float:
            raise DecodeError("the parts of a complex number are floats")
        return complex(real, imaginary)

    def bytes_(self, nodes: list[Json], _depth: int) -> bytes:
        (index,) = nodes
        return bytes(self.buffer(index))

    def floats(self, nodes: list[Json], _depth: int) -> list[float]:
        (index,) = nodes
        return array.array("d", self.buffer(index).tobytes()).tolist()

    def scalar(self, nodes: list[Json], _depth: int) -> Any:
        index, dtype = nodes
        return self.array_([index, dtype, [], "C"], _depth)[()]

    def array_(self, nodes: list[Json], _depth: int) -> Any:
        import numpy as np  # noqa: PLC0415  only when an array occurs: it is the slowest import of a warm process

        index, dtype, shape, order = nodes
        if not isinstance(dtype, str) or not _is_allowed(dtype) or order not in ("C", "F"):
            raise DecodeError(f"array of type {dtype!r}, order {order!r}")
        dimensions = _shape(shape)
        buffer = self.buffer(index)
        flat: Any = np.frombuffer(buffer, dtype="u1") if buffer.nbytes else np.zeros(0, "u1")
        _check_items(flat, dtype)
        kind = np.dtype(dtype)
        return flat.view(kind).reshape(dimensions, order=order)


def _shape(shape: Json) -> tuple[int, ...]:
    if not isinstance(shape, list) or len(shape) > _MAX_DIMENSIONS:  # pyright: ignore[reportUnknownArgumentType]  JSON
        raise DecodeError("a shape is a list of up to 32 sizes")
    sizes: tuple[Json, ...] = tuple(shape)  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType]  JSON
    if any(type(size) is not int or size < 0 for size in sizes):
        raise DecodeError(f"shape {sizes} has a size that is no count")
    return sizes


def _check_items(flat: Any, dtype: str) -> None:
    """Refuse bit patterns that no NumPy operation gives: what arithmetic makes of them could bend a score."""
    if dtype[1] == "b" and flat.size and flat.max() > 1:
        raise DecodeError("an array of booleans has items other than 0 and 1")
    if dtype[1] == "U" and flat.size and flat.view(f"{dtype[0]}u4").max() > sys.maxunicode:
        raise DecodeError("an array of text has items that are no characters")


_BUILDERS: dict[str, Callable[[_Decoder, list[Json], int], Any]] = {
    "l": _Decoder.values,
    "t": lambda decoder, nodes, depth: tuple(decoder.values(nodes, depth)),
    "s": lambda decoder, nodes, depth: set(decoder.values(nodes, depth)),
    "z": lambda decoder, nodes, depth: frozenset(decoder.values(nodes, depth)),
    "d": _Decoder.dict_,
    "F": _Decoder.float_,
    "I": _Decoder.int_,
    "C": _Decoder.complex_,
    "B": _Decoder.bytes_,
    "D": _Decoder.floats,
    "a": _Decoder.array_,
    "n": _Decoder.scalar,
}
