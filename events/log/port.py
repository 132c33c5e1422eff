"""What a log is: an append-only sequence of events with one writer."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from events.envelope import Event, Fact

__all__ = ["Clock", "Log"]

Clock = Callable[[], datetime]
"""Gives the current time, aware."""


class Log(Protocol):
    """One run's events, in order. Append is the commit point.

    Sequences start at 1 and have no gaps. Readers may be many and in other processes; the writer is one.
    """

    @property
    def run_id(self) -> str:
        """The run that the log holds."""
        ...

    @property
    def last_sequence(self) -> int:
        """Sequence of the last event that was given a place, 0 for an empty log."""
        ...

    def write(self, fact: Fact) -> Event:
        """Gives a fact its place, behind all that were written before. It is not committed before `flush` returns.

        Raises:
            LogWriteFailed: An earlier flush failed; the log takes no more.
        """
        ...

    async def flush(self) -> None:
        """Returns once everything written so far is durable. Flushes that wait at the same moment are one.

        Cancelling the wait does not take anything back.

        Raises:
            LogWriteFailed: What was written could not be kept; none of it was, and the log takes no more.
            LogDiverged: Somebody else wrote to the log.
        """
        ...

    async def append(self, facts: Sequence[Fact], *, expected_sequence: int | None = None) -> tuple[Event, ...]:
        """Commits facts, all at consecutive places, and returns their events once they are durable.

        The same as writing each and flushing once.

        Raises:
            LogDiverged: ``expected_sequence`` is given and is not the log's last.
            LogWriteFailed: As for `flush`.
        """
        ...

    def read(self, after: int = 0) -> Iterator[Event]:
        """The committed events behind sequence ``after``, in order."""
        ...

    def read_at(self, sequence: int) -> Event:
        """One committed event, without reading those before it.

        Raises:
            IndexError: There is no such event.
        """
        ...

    def follow(self, after: int = 0) -> AsyncIterator[Event]:
        """The events behind ``after``, and each later one as it is committed. Ends only when it is closed."""
        ...

    async def aclose(self) -> None:
        """Waits for what is being written and lets go of the log. Idempotent."""
        ...
