"""How much is loaded at once, and when; pure."""

from dataclasses import dataclass, replace

__all__ = ["Limits", "due"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is loaded at once. A batch is due at the first of these that is reached.

    Attributes:
        rows: Lines.
        bytes: Of lines; one line that is longer is a batch of its own. Twice as much is held at most.
        age_s: How long the oldest line that waits may have waited.
    """

    rows: int = 50_000
    bytes: int = 48 << 20
    age_s: float = 0.5

    def times(self, number: int) -> "Limits":
        """So many times as much."""
        return replace(self, rows=number * self.rows, bytes=number * self.bytes)

    def capped(self, most: int) -> "Limits":
        """No more bytes than that."""
        return replace(self, bytes=min(most, self.bytes))


def due(limits: Limits, *, rows: int, waiting_bytes: int, age_s: float) -> bool:
    """Whether what waits is to be loaded now."""
    return rows >= limits.rows or waiting_bytes >= limits.bytes or age_s >= limits.age_s
