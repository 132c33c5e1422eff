"""Compares every element of the products with NumPy's, and tells how long they took beside the reference."""

import base64
import binascii
import math
from functools import lru_cache

import numpy as np

TOLERANCE = 2e-12  # times k; single precision is off by 1e-10 times k and more
FLAT = ("speed-wide", "speed-tall")


def validate(results: list) -> dict[str, float]:
    """The metrics of one program; ``results`` has one entry a shape.

    Raises:
        ValueError: A product is missing, of another size, not finite or not right, or the reference was not measured.
    """
    errors = [_error(result) for result in results]
    for result in results:
        if result.speedup is None:
            raise ValueError(f"{result.name} was not timed beside the reference: set cases.reference to a seed")
    square = _mean([result for result in results if result.name not in FLAT])
    flat = _mean([result for result in results if result.name in FLAT])
    return {
        "speedup": _mean(results),
        "is_valid": 1.0,
        "speedup_square": square,
        "speedup_flat": flat,
        "flat_gain": flat / square,
        "error": max(errors),
    }


def wrong(results: list) -> int:
    """How many of the small products are wrong: the first is told, as a refusal.

    Raises:
        ValueError: One is.
    """
    for result in results:
        _error(result)
    return 0


def _error(result) -> float:
    """The largest difference of a product from the right one, over k."""
    shape = [int(word) for word in result.input.split()]
    m, k, n, seed = shape
    if result.exit_code != 0:
        raise ValueError(f"{result.name} ({m} by {k} by {n}): the program ended with exit code {result.exit_code}")
    try:
        data = base64.b64decode(result.stdout.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(
            f"{result.name}: what the program wrote is not base64 ({error}); leave main() alone"
        ) from error
    if len(data) != 8 * m * n:
        raise ValueError(f"{result.name}: the program wrote {len(data)} bytes, and {m} by {n} doubles are {8 * m * n}")
    difference = np.abs(np.frombuffer(data, dtype="<f8").reshape(m, n) - product(m, k, n, seed)) / k
    place = np.unravel_index(np.argmax(np.where(np.isnan(difference), np.inf, difference)), difference.shape)
    worst = float(difference[place])
    if not worst <= TOLERANCE:
        raise ValueError(
            f"{result.name} ({m} by {k} by {n}): element [{place[0]}, {place[1]}] is off by {worst * k:.3g}, "
            f"more than {TOLERANCE * k:.3g}"
        )
    return worst


def _mean(results: list) -> float:
    """Geometric: a program that is twice as fast here and half as fast there gains nothing."""
    return math.exp(sum(math.log(result.speedup) for result in results) / len(results))


@lru_cache(maxsize=32)
def product(m: int, k: int, n: int, seed: int) -> np.ndarray:
    """The right answer, in double precision."""
    return numbers(m, k, seed) @ numbers(k, n, seed + 1)


def numbers(rows: int, columns: int, seed: int) -> np.ndarray:
    """The same matrix as the program makes."""
    with np.errstate(over="ignore"):
        x = np.arange(rows * columns, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(seed)
        x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
        x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
    return ((x ^ (x >> np.uint32(16))).astype(np.int32).astype(np.float64) * 2.0**-31).reshape(rows, columns)
