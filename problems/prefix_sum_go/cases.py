"""Inputs of every size, and what the program has to write for them."""

import numpy as np

EDGES = ((0, 3), (1, 5), (2, 0), (3, 1), (5, 2), (16, 7), (17, 33), (1023, 10), (4097, 3))
TIMED = {"deep": (1_000_000, 64), "odd": (777_777, 45), "long": (6_000_000, 8), "short": (3_000, 20_000)}


def generate():
    """Small inputs that programs get wrong, then the ones that are timed."""
    for number, (n, rounds) in enumerate(EDGES):
        yield case(f"edge-{n}-{rounds}", n, rounds, 10 + number)
    for number, (name, (n, rounds)) in enumerate(TIMED.items()):
        yield case(f"speed-{name}", n, rounds, 90 + number)


def case(name: str, n: int, rounds: int, seed: int) -> dict[str, str]:
    data = numbers(n, seed)
    for _ in range(rounds):
        data = np.cumsum(data, dtype=np.uint32)
    with np.errstate(over="ignore"):
        total = int((data * (2 * np.arange(n, dtype=np.uint64) + 1)).sum(dtype=np.uint64))
    return {"name": name, "input": f"{n} {rounds} {seed}\n", "expected": f"{n} {total:016x}\n"}


def numbers(n: int, seed: int) -> np.ndarray:
    """The same numbers as the program makes, in 32 bits."""
    with np.errstate(over="ignore"):
        x = np.arange(n, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(seed)
        x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
        x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))
