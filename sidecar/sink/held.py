"""What a table holds of a feed, as far as counting tells; pure."""

from typing import NamedTuple

from sidecar.feed import Batch, Place

__all__ = ["Held"]


class Held(NamedTuple):
    """Counts over the rows and dead letters of a feed.

    Attributes:
        last: The highest line that has a row, 0 for none.
        rows: How many rows there are.
        letters: Lines that are dead letters, ascending, each once.
        whole: Where there is a gap: the last line before it.
    """

    last: int
    rows: int
    letters: tuple[int, ...] = ()
    whole: int = 0

    @property
    def _below(self) -> int:
        return sum(line <= self.last for line in self.letters)

    @property
    def gap(self) -> bool:
        """Whether lines below the highest are missing."""
        return self.rows + self._below < self.last

    @property
    def doubled(self) -> int:
        """How many rows there are too many, as far as counting tells."""
        return max(0, self.rows + self._below - self.last)

    @property
    def line(self) -> int:
        """The last line up to which each has a row or a dead letter."""
        line = self.whole if self.gap else self.last
        letters = set(self.letters)
        while not self.gap and line + 1 in letters:
            line += 1
        return line

    def place(self, batch: Batch) -> Place:
        """Where the feed stands after a batch was loaded, wholly or up to one of its lines."""
        return batch.place if self.line == batch.last else Place(self.line, header=batch.header)
