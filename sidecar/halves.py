"""Finding the lines of a batch that an engine refuses, by halving it; pure."""

from dataclasses import replace
from typing import TypedDict

from sidecar.feed import Batch, DeadLetter

__all__ = ["halves"]


def halves(batch: Batch, why: str) -> list[Batch]:
    """Two batches that make up one whose lines an engine refused; where it has one row, that becomes a dead letter."""
    dead = {letter.line for letter in batch.letters}
    numbers = [line for line in range(batch.after + 1, batch.last + 1) if line not in dead]
    rows = batch.body.split(b"\n")[:-1]
    if len(rows) == 1:
        text = rows[0].decode(errors="replace")
        letter = DeadLetter(numbers[0], "", "engine_refused", why, text)
        letters = tuple(sorted((*batch.letters, letter), key=lambda each: each.line))
        return [replace(batch, rows=0, body=b"", letters=letters, hash="")]
    middle = len(rows) // 2
    edge = numbers[middle] - 1
    first = replace(batch, last=edge, hash="", end=None, **_part(batch, rows[:middle], 0, edge))
    return [first, replace(batch, after=edge, **_part(batch, rows[middle:], edge, batch.last))]


class _Part(TypedDict):
    rows: int
    body: bytes
    letters: tuple[DeadLetter, ...]


def _part(batch: Batch, rows: list[bytes], after: int, last: int) -> _Part:
    letters = tuple(letter for letter in batch.letters if after < letter.line <= last)
    return {"rows": len(rows), "body": b"".join(row + b"\n" for row in rows), "letters": letters}
