"""The reference: a sink that keeps rows in this process, for tests of what uses a sink."""

from sidecar.feed import NOWHERE, Batch, DeadLetter, FeedKey, Place

__all__ = ["MemorySink"]


class MemorySink:
    """Rows and dead letters by feed.

    Attributes:
        rows: The lines that became rows, in order.
        letters: The lines that did not.
    """

    def __init__(self) -> None:
        self.rows: dict[FeedKey, list[bytes]] = {}
        self.letters: dict[FeedKey, list[DeadLetter]] = {}
        self._places: dict[FeedKey, Place] = {}

    @property
    def name(self) -> str:
        """What it is."""
        return "memory"

    async def open(self) -> None:
        """Is always open."""

    async def place(self, key: FeedKey) -> Place:
        """Up to where a feed is loaded."""
        return self._places.get(key, NOWHERE)

    async def load(self, batch: Batch) -> Place:
        """Keeps a batch that continues its feed."""
        place = await self.place(batch.key)
        if place.line != batch.after:
            return place
        self.rows.setdefault(batch.key, []).extend(batch.body.splitlines())
        self.letters.setdefault(batch.key, []).extend(batch.letters)
        self._places[batch.key] = batch.place
        return batch.place

    async def aclose(self) -> None:
        """Keeps what it has."""
