"""Batches that are read while a sink loads those before them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sidecar.batch import Limits
from sidecar.errors import SourceError
from sidecar.feed import Batch, DeadLetter, Place

__all__ = ["Loaded", "Stream"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What is told of batches that were loaded.

    Attributes:
        last: The place behind them.
        rows: How many rows they had.
        bytes: The size of their lines.
        letters: Their dead letters.
        newest: When the last event was appended, None where it is not known.
    """

    last: int
    rows: int
    bytes: int
    letters: tuple[DeadLetter, ...]
    newest: datetime | None

    @classmethod
    def of(cls, batch: Batch) -> "Loaded":
        """One batch."""
        return cls(batch.last, batch.rows, len(batch.body), batch.letters, batch.newest)


class Stream:
    """Batches that continue one another; none of them is kept.

    Attributes:
        loaded: Those that were given.
        ahead: The batch that ended it since it has dead letters, which no stream takes.

    Args:
        first: The first one.
        read: Reads the batch behind a place.
        limits: How much is given altogether.
    """

    def __init__(self, first: Batch, read: Callable[[Place], Batch | None], limits: Limits) -> None:
        self._place = first.place
        self._read = read
        self._limits = limits
        self.loaded = Loaded.of(first)
        self.ahead: Batch | None = None

    def following(self) -> Batch | None:
        """The next batch; None at the limit, when there is none for now, and where reading fails, as it will again."""
        if self.loaded.bytes >= self._limits.bytes or self.loaded.rows >= self._limits.rows:
            return None
        try:
            batch = self._read(self._place)
        except SourceError:
            return None
        if batch is None or batch.letters:
            self.ahead = batch
            return None
        before, more = self.loaded, Loaded.of(batch)
        rows, size = before.rows + more.rows, before.bytes + more.bytes
        self.loaded = replace(more, rows=rows, bytes=size, letters=before.letters)
        self._place = batch.place
        return batch
