"""Counts integer vectors in 11 dimensions after proving, in exact arithmetic, that no two are too close."""

import math
import reprlib
from operator import mul

DIMENSION = 11
MOST_VECTORS = 1000  # the proven upper bound is 868; it also bounds the time of the check
LARGEST = 10**30

Vector = tuple[int, ...]


def validate(output: object) -> dict[str, float]:
    """The metrics of a set of integer vectors.

    Raises:
        ValueError: The output is not a list of vectors of 11 integers, or two of them are too close.
    """
    vectors = _vectors(output)
    norms = [sum(map(mul, v, v)) for v in vectors]
    contacts = _check_distances(vectors, norms)
    return {
        "vectors": float(len(vectors)),
        "is_valid": 1.0,
        "mean_contacts": 2.0 * contacts / len(vectors),
        "shells": float(len(set(norms))),
        "mean_support": sum(sum(map(bool, v)) for v in vectors) / len(vectors),
    }


def _vectors(output: object) -> list[Vector]:
    rows = _plain(output)
    if not isinstance(rows, list | tuple):
        raise ValueError(f"entrypoint returned {_show(output)}: return a list of vectors of {DIMENSION} integers")
    if not 1 <= len(rows) <= MOST_VECTORS:
        raise ValueError(f"entrypoint returned {len(rows)} vectors: return 1 to {MOST_VECTORS}")
    return [_vector(index, _plain(row)) for index, row in enumerate(rows)]


def _vector(index: int, row: object) -> Vector:
    if not isinstance(row, list | tuple) or len(row) != DIMENSION:
        raise ValueError(f"vector {index} is {_show(row)}: make it a list of {DIMENSION} integers")
    vector = tuple(_integer(index, value) for value in row)
    if not any(vector):
        raise ValueError(f"vector {index} is zero: it has no direction")
    return vector


def _integer(index: int, value: object) -> int:
    value = _plain(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"vector {index} has the entry {_show(value)}: use integers, as real numbers are not exact")
    if not -LARGEST <= value <= LARGEST:
        raise ValueError(f"vector {index} has an entry of {value.bit_length()} bits: use at most 30 digits")
    return value


def _check_distances(vectors: list[Vector], norms: list[int]) -> int:
    """How many pairs are exactly as close as is allowed: the largest squared length apart."""
    largest = max(norms)
    contacts = 0
    close: list[tuple[int, int, int]] = []
    for j, (vector, norm) in enumerate(zip(vectors, norms, strict=True)):
        for i in range(j):
            distance = norms[i] + norm - 2 * sum(map(mul, vectors[i], vector))
            if distance < largest:
                close.append((distance, i, j))
            elif distance == largest:
                contacts += 1
        if len(close) > MOST_VECTORS:
            break  # enough to say that it is wrong
    if close:
        _, i, j = min(close)
        angle = _angle(vectors[i], vectors[j])
        raise ValueError(
            f"{len(close)}{'+' if len(close) > MOST_VECTORS else ''} pairs of the {len(vectors)} vectors are closer "
            f"than the longest vector is long; the closest are {i} {vectors[i]} and {j} {vectors[j]}, squared distance "
            f"{min(close)[0]} where {largest} is needed, {angle:.2f} degrees apart"
        )
    return contacts


def _angle(a: Vector, b: Vector) -> float:
    cosine = sum(map(mul, a, b)) / math.sqrt(sum(map(mul, a, a))) / math.sqrt(sum(map(mul, b, b)))
    return math.degrees(math.acos(max(-1.0, min(1.0, cosine))))


def _plain(value: object) -> object:
    """A NumPy array or number as lists and Python numbers; anything else as it is."""
    return value.tolist() if hasattr(value, "tolist") else value


def _show(value: object) -> str:
    return f"{reprlib.repr(value):.100} ({type(value).__name__})"
