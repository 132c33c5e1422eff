"""Adds up on the processor what the program adds up on the GPU, and tells how long it took beside the reference."""

import math
from functools import lru_cache

import numpy as np

PROBES = 1024
RELATIVE, ABSOLUTE = 2e-4, 1e-12  # of a sum; the latter for each call


def validate(results: list) -> dict[str, float]:
    """The metrics of one program; ``results`` has one entry a shape.

    Raises:
        ValueError: Sums are missing or not right, or the reference was not measured.
    """
    for result in results:
        _check(result)
        if result.speedup is None:
            raise ValueError(f"{result.name} was not timed beside the reference: set cases.reference to a seed")
    by_name = {result.name.removeprefix("speed-"): result.speedup for result in results}
    return {
        "speedup": math.exp(sum(map(math.log, by_name.values())) / len(by_name)),
        "is_valid": 1.0,
        "speedup_square": by_name["square"],
        "speedup_wide": by_name["wide"],
        "speedup_narrow": by_name["narrow"],
        "narrow_gain": by_name["narrow"] / by_name["wide"],
    }


def wrong(results: list) -> int:
    """How many of the small shapes are wrong: the first is told, as a refusal.

    Raises:
        ValueError: One is.
    """
    for result in results:
        _check(result)
    return 0


def _check(result) -> None:
    rows, columns, calls, seed = (int(word) for word in result.input.split())
    shape = f"{result.name} ({rows} by {columns})"
    if result.exit_code != 0:
        said = result.stderr.strip()[-300:]
        raise ValueError(f"{shape}: the program ended with exit code {result.exit_code}: {said}")
    try:
        given = np.array([float(word) for word in result.stdout.split()])
    except ValueError as error:
        raise ValueError(f"{shape}: the program wrote something else than numbers ({error})") from error
    if len(given) != PROBES:
        raise ValueError(f"{shape}: the program wrote {len(given)} sums, and {PROBES} are needed")
    right = sums(rows, columns, calls, seed)
    off = np.abs(given - right) - (RELATIVE * right + ABSOLUTE * calls)
    worst = int(np.argmax(np.where(np.isnan(off), np.inf, off)))
    if not off[worst] <= 0:
        reason = "an element was not written" if np.isnan(given[worst]) else f"{right[worst]:.9e} is right"
        raise ValueError(f"{shape}: sum {worst} over {calls} calls is {given[worst]:.9e}; {reason}")


@lru_cache(maxsize=32)
def sums(rows: int, columns: int, calls: int, seed: int) -> np.ndarray:
    """What the probes add up to, in double precision."""
    largest, total = _rows(rows, columns, seed)
    added = np.zeros(PROBES)
    for call in range(calls):
        with np.errstate(over="ignore"):
            chosen = _mix(_mix(np.array([call + seed], dtype=np.uint32)) + np.arange(PROBES, dtype=np.uint32))
        row, column = chosen % np.uint32(rows), _mix(chosen) % np.uint32(columns)
        x = _numbers(row.astype(np.int64), column.astype(np.int64), columns, seed)
        added += np.exp(x - largest[row]) / total[row]
    return added


def _rows(rows: int, columns: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The largest number and the sum of exponentials of every row, a few rows at a time."""
    largest, total = np.empty(rows), np.empty(rows)
    step = max(1, 1_000_000 // columns)
    for start in range(0, rows, step):
        row = np.arange(start, min(rows, start + step))
        x = _numbers(row[:, None], np.arange(columns)[None, :], columns, seed)
        largest[row] = x.max(axis=1)
        total[row] = np.exp(x - largest[row][:, None]).sum(axis=1)
    return largest, total


def _numbers(row: np.ndarray, column: np.ndarray, columns: int, seed: int) -> np.ndarray:
    """The same elements as the program fills in."""
    with np.errstate(over="ignore"):
        place = (row * columns + column).astype(np.uint32)
        bits = _mix(place * np.uint32(0x9E3779B9) + np.uint32(seed))
    value = bits.astype(np.int32).astype(np.float32) * np.float32(2.0**-28)
    return np.where(row % 64 == 63, value * np.float32(16.0) + np.float32(100.0), value).astype(np.float64)


def _mix(x: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
        x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))
