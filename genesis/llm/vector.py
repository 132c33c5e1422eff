"""How embeddings are written down: base64 of half-precision floats, of length 1.

A cosine is one of directions, so the length goes, and with it any number that half precision could not hold. What is
left of an embedding of 1,536 numbers is 4,096 characters, a fifth of what JSON takes, and its cosines are off by less
than 0.0001. What is compared is what was written, so a comparison comes out the same from the log.
"""

import base64
import math
import struct
from collections.abc import Sequence

__all__ = ["decode_vector", "encode_vector"]


def encode_vector(numbers: Sequence[float]) -> str:
    """A vector's direction, written down.

    Raises:
        ValueError: It is empty, all zero, or holds a number that is not finite, so it has no direction.
    """
    largest = max(map(abs, numbers), default=0.0)
    if not (0 < largest < math.inf and all(map(math.isfinite, numbers))):
        raise ValueError(_without_direction(numbers))
    scaled = [number / largest for number in numbers]  # so that no square overflows, or is lost
    length = math.hypot(*scaled)
    return base64.b64encode(struct.pack(f"<{len(scaled)}e", *(number / length for number in scaled))).decode()


def decode_vector(written: str) -> tuple[float, ...]:
    """The numbers of a written vector.

    Raises:
        ValueError: It is not one.
    """
    data = base64.b64decode(written, validate=True)
    if len(data) % 2:
        raise ValueError(f"a written vector of {len(data)} bytes: each number has two")
    return struct.unpack(f"<{len(data) // 2}e", data)


def _without_direction(numbers: Sequence[float]) -> str:
    if not numbers:
        return "the embedding is empty"
    strange = next((number for number in numbers if not math.isfinite(number)), None)
    return "the embedding is all zero" if strange is None else f"the embedding holds {strange}"
