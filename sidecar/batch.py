"""When a batch is due, and where it ends; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Limits", "cut", "due"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is loaded at once. A batch is due at the first of these that is reached.

    Attributes:
        rows: Lines.
        bytes: Of lines; one line that is longer is a batch of its own.
        age_s: How long the oldest line that waits may have waited.
    """

    rows: int = 50_000
    bytes: int = 16 << 20
    age_s: float = 0.5


def due(limits: Limits, *, rows: int, waiting_bytes: int, age_s: float) -> bool:
    """Whether what waits is to be loaded now."""
    return rows >= limits.rows or waiting_bytes >= limits.bytes or age_s >= limits.age_s


def cut(lines: Sequence[bytes], limits: Limits) -> int:
    """How many of the lines, from the first, make one batch; at least one of them if there is any."""
    taken = 0
    for number, line in enumerate(lines):
        taken += len(line) + 1
        if number == limits.rows or (taken > limits.bytes and number > 0):
            return number
    return len(lines)
