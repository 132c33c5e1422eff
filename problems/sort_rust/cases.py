"""Inputs of every kind, and what the program has to write for them."""

import numpy as np

KINDS = ("random", "few", "nearly", "descending", "small")
LARGE = 1_000_000
EDGES = (0, 1, 2, 3, 17, 255, 4097)


def generate():
    """Small inputs of all lengths that programs get wrong, then the large ones that are timed."""
    for kind, _ in enumerate(KINDS):
        for n in EDGES:
            yield case(f"edge-{KINDS[kind]}-{n}", n, 1000 + n, kind)
    for kind, name in enumerate(KINDS):
        yield case(f"speed-{name}", LARGE, 77 + kind, kind)


def case(name: str, n: int, seed: int, kind: int) -> dict[str, str]:
    ordered = np.sort(numbers(n, seed, kind)).astype(np.uint64)
    with np.errstate(over="ignore"):
        total = int((ordered * (2 * np.arange(n, dtype=np.uint64) + 1)).sum(dtype=np.uint64))
    return {"name": name, "input": f"{n} {seed} {kind}\n", "expected": f"{n} {total:016x}\n"}


def numbers(n: int, seed: int, kind: int) -> np.ndarray:
    """The same numbers as the program makes, in 32 bits."""
    i = np.arange(n, dtype=np.uint32)
    with np.errstate(over="ignore"):
        r = mix(i * np.uint32(0x9E3779B9) + np.uint32(seed))
        match kind:
            case 0:
                return r
            case 1:
                return r % np.uint32(100)
            case 2:
                return np.where(r % np.uint32(100) == 0, r, i * np.uint32(2000))
            case 3:
                return (np.uint32(n) - i) * np.uint32(1000) + r % np.uint32(1000)
            case _:
                return r >> np.uint32(12)


def mix(x: np.ndarray) -> np.ndarray:
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))
