"""Texts of every kind, and what the program has to write for them."""

import json
import random
import re

import numpy as np

TOKEN = re.compile(
    rb"[ \t\n\r]*(?:([{}\[\]:,])"
    rb'|("(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")'
    rb"|(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|(true)|(false)|(null))"
)
SPACE = re.compile(rb"[ \t\n\r]*")
PUNCTUATION = b"{}[]:,"
SIZE = 500_000
COPIES = 16
EDGES = (
    '{"a": [1, 2.5e-3, -0, true], "b": null}',
    "",
    " \t\r\n",
    "[01, 007]",
    "1e 1",
    "[1.5E+10,0.0,-12e2]",
    '"\\u00e9\\"\\\\" "é𝄞"',
    "[tru]",
    '["open',
    "-",
    "[1, -x]",
    '"\\x"',
    '"\\u12g4"',
    '"tab\there"',
    "truefalse null",
    "[1.]",
    "\ufeff[]",
)


def generate():
    """Small texts that programs get wrong, then the ones that are timed."""
    for number, text in enumerate(EDGES):
        yield case(f"edge-{number:02}", text, 1 if number % 2 else 3)
    for name, make in (("records", records), ("numbers", numbers), ("strings", strings), ("pretty", pretty)):
        yield case(f"speed-{name}", make(random.Random(name)), COPIES)


def case(name: str, text: str, copies: int) -> dict[str, object]:
    given = text.encode() + b"\n"
    return {"name": name, "input": f"{copies}\n".encode() + given, "expected": answer(given, copies)}


def answer(text: bytes, copies: int) -> str:
    """Count and checksum of the tokens of so many copies of a text."""
    found, bad = tokens(text)
    if bad is not None:
        return f"{-(bad + 1)} 0 0\n"
    parts = [np.array(column, dtype=np.uint32) for column in zip(*found, strict=True)] or [np.zeros(0, np.uint32)] * 3
    kinds, starts, ends = (np.tile(part, copies) for part in parts)
    shifts = np.repeat(np.arange(copies, dtype=np.uint32) * np.uint32(len(text)), len(found))
    with np.errstate(over="ignore"):
        low = checksum(kinds * np.uint32(0x9E3779B1) + starts + shifts, 31)
        high = checksum(ends + shifts, 33)
    return f"{len(kinds)} {low} {high}\n"


def checksum(values: np.ndarray, factor: int) -> int:
    """What sum = sum * factor + value comes to over all values, in 32 bits."""
    weights = np.ones(len(values), dtype=np.uint32)
    weights[1:] = np.cumprod(np.full(max(0, len(values) - 1), factor, dtype=np.uint32), dtype=np.uint32)
    return int((values * weights[::-1]).sum(dtype=np.uint32))


def tokens(text: bytes) -> tuple[list[tuple[int, int, int]], int | None]:
    """Kind, start and end of each token, and the offset where none can start."""
    found: list[tuple[int, int, int]] = []
    at = 0
    while match := TOKEN.match(text, at):
        group = match.lastindex or 0
        start, at = match.span(group)
        found.append((PUNCTUATION.index(match[group]) + 1 if group == 1 else group + 5, start, at))
    rest = SPACE.match(text, at)
    assert rest is not None
    return found, None if rest.end() == len(text) else rest.end()


def records(rng: random.Random) -> str:
    made = [
        {
            "id": number,
            "ok": rng.random() < 0.5,
            "x": rng.randrange(10**6) / 1000,
            "tag": rng.choice(["red", "green", "blue"]),
            "next": None if rng.random() < 0.2 else rng.randrange(10**4),
            "at": [rng.randrange(100), rng.randrange(100)],
        }
        for number in range(SIZE // 110)
    ]
    return json.dumps(made, separators=(",", ":"))


def numbers(rng: random.Random) -> str:
    forms = ("{:.0f}", "{:.3f}", "{:e}", "{:.2E}", "-{:.0f}", "{:.12f}")
    rows = [
        "[" + ",".join(rng.choice(forms).format(rng.random() * 10 ** rng.randrange(7)) for _ in range(12)) + "]"
        for _ in range(SIZE // 130)
    ]
    return "[" + ",".join(rows) + "]"


def strings(rng: random.Random) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz     éüñ漢字🙂"
    parts = [*letters * 3, '\\"', "\\\\", "\\n", "\\u20ac"]
    texts = ["".join(rng.choices(parts, k=rng.randrange(20, 400))) for _ in range(SIZE // 260)]
    return "[" + ",".join(f'"{text}"' for text in texts) + "]"


def pretty(rng: random.Random) -> str:
    def tree(depth: int) -> object:
        if depth == 0:
            return rng.randrange(1000)
        return {f"key{index}": tree(depth - 1) for index in range(rng.randrange(2, 4))}

    parts: list[object] = []
    while len(parts) < SIZE // 45_000:
        parts.append(tree(6))
    return json.dumps(parts, indent=12)
