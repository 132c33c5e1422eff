"""The reference log: a list. For tests, and for runs that nobody wants to keep."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence

from events.chain import GENESIS
from events.codec import encode
from events.envelope import Event, Fact
from events.errors import LogDiverged
from events.log.port import Clock

__all__ = ["MemoryLog"]


class MemoryLog:
    """A log that lives as long as its process; see `events.log.port.Log` for the contract.

    Args:
        run_id: The run that it holds.
        clock: Gives the times of events.
    """

    def __init__(self, run_id: str, clock: Clock) -> None:
        self._run_id = run_id
        self._clock = clock
        self._events: list[Event] = []
        self._grown = asyncio.Condition()

    @property
    def run_id(self) -> str:
        """The run that the log holds."""
        return self._run_id

    @property
    def last_sequence(self) -> int:
        """Sequence of the last event, 0 for an empty log."""
        return len(self._events)

    def write(self, fact: Fact) -> Event:
        """Gives a fact its place."""
        _, event = encode(
            fact,
            run_id=self._run_id,
            sequence=len(self._events) + 1,
            time=self._clock(),
            previous=self._events[-1].hash if self._events else GENESIS,
        )
        self._events.append(event)
        return event

    async def flush(self) -> None:
        """Wakes the followers; a list is as durable as it gets."""
        async with self._grown:
            self._grown.notify_all()

    async def append(self, facts: Sequence[Fact], *, expected_sequence: int | None = None) -> tuple[Event, ...]:
        """Commits facts."""
        if expected_sequence is not None and expected_sequence != len(self._events):
            raise LogDiverged(f"expected the log to end at {expected_sequence}, it ends at {len(self._events)}")
        events = tuple(self.write(fact) for fact in facts)
        await self.flush()
        return events

    def read(self, after: int = 0) -> Iterator[Event]:
        """The committed events behind ``after``."""
        return iter(self._events[after:])

    def read_at(self, sequence: int) -> Event:
        """One committed event."""
        if not 1 <= sequence <= len(self._events):
            raise IndexError(f"no event {sequence}: the log holds 1 to {len(self._events)}")
        return self._events[sequence - 1]

    async def follow(self, after: int = 0) -> AsyncIterator[Event]:
        """The events behind ``after``, and each later one as it is committed."""
        while True:
            for event in self._events[after:]:
                after = event.sequence
                yield event
            async with self._grown:
                while len(self._events) <= after:
                    await self._grown.wait()

    async def aclose(self) -> None:
        """Nothing to let go of."""
