"""What an analytics store is to the loader: a place for each feed, moved on by whole batches."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from sidecar.feed import Batch, FeedKey, Place

__all__ = ["Following", "Sink", "StreamingSink", "TidySink"]

Following = Callable[[], Batch | None]
"""Reads the batch behind the one that it gave last, whose lines all become rows; None when there is none for now."""


class Sink(Protocol):
    """A store that keeps each line once.

    The place of a feed is what the store's own rows say, never a note beside them. `load` moves it from exactly
    ``batch.after``, so that two loaders, or one that died in between and one that took over, cannot load a line twice.
    """

    @property
    def name(self) -> str:
        """What it is and where, for people; without a secret."""
        ...

    async def open(self) -> None:
        """Connects, checks that it can be used, and brings its schema up to date. May be called again after a failure.

        Raises:
            SinkAway: It cannot be reached.
            SinkRefused: It will not do, and the message says why.
        """
        ...

    async def place(self, key: FeedKey) -> Place:
        """Up to where a feed is loaded.

        Raises:
            SinkAway: It cannot be reached.
            SinkRefused: It holds a line twice, or will not answer.
        """
        ...

    async def load(self, batch: Batch) -> Place:
        """Loads a batch, and returns the feed's place then.

        Where the feed's place is not ``batch.after``, nothing is loaded. Whoever calls goes on from the place that is
        returned, which another loader may have moved.

        Raises:
            SinkAway: It cannot be reached; whether the batch was kept shows when the place is asked for again.
            SinkShort: It kept fewer rows than it was sent.
            SinkRefused: It will not.
        """
        ...

    async def aclose(self) -> None:
        """Lets go of it. Idempotent."""
        ...


@runtime_checkable
class StreamingSink(Sink, Protocol):
    """A store that takes what follows a batch while it loads it."""

    async def stream(self, first: Batch, following: Following) -> Place:
        """Loads a batch and those that follow it, as `load` would each of them, and returns the feed's place then.

        When that fails, lines up to any of them may be loaded.

        Args:
            first: The batch that continues the feed's place.
            following: Called in a thread.

        Raises:
            DataRefused: One of the lines cannot be read; it need not be one of ``first``.
            SinkError: As of `load`.
        """
        ...


@runtime_checkable
class TidySink(Sink, Protocol):
    """A store that has to clear away, later, what it needed for a while."""

    async def idle(self) -> None:
        """Clears away what may go now; costs nothing where nothing may. Called about once a second."""
        ...
