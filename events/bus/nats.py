"""NATS JetStream as a bus: one stream for all runs, `events.bus.settings` says which and how."""

from collections.abc import AsyncIterator

from events.bus.connection import Connection
from events.bus.consumer import REDELIVER_S, NatsConsumer, Replay
from events.bus.port import Delivery
from events.bus.publisher import NatsPublisher
from events.bus.settings import NatsSettings
from events.bus.stream import prepare
from events.bus.subject import filter_of, matches

__all__ = ["NatsBus"]


class NatsBus:
    """See `events.bus.port.Bus`.

    Args:
        settings: Where the broker is, who we say that we are, and what the stream is to be like.
        redeliver_s: What a consumer was given and has not acknowledged within this time is given out again.
    """

    def __init__(self, settings: NatsSettings, *, redeliver_s: float = REDELIVER_S) -> None:
        self.settings = settings
        self._redeliver_s = redeliver_s

    async def check(self) -> None:
        """Connects, makes the stream if it is not there, and lets go again: whether everything is in order.

        Raises:
            BusError: As `events.bus.port.Bus` says.
        """
        connection = await Connection.open(self.settings, name="genesis check")
        try:
            await prepare(connection, self.settings.stream)
        finally:
            await connection.aclose()

    async def publisher(self, run_id: str) -> NatsPublisher:
        """A publisher of a run."""
        return await NatsPublisher.open(self.settings, run_id)

    async def consumer(
        self, name: str, *, run_id: str | None = None, types: str = "", unacknowledged: int
    ) -> NatsConsumer:
        """The consumer of that name."""
        return await NatsConsumer.open(
            self.settings,
            name,
            run_id=run_id,
            types=types,
            unacknowledged=unacknowledged,
            redeliver_s=self._redeliver_s,
        )

    async def replay(
        self, *, run_id: str | None = None, types: str = "", after: int = 0, follow: bool = False
    ) -> AsyncIterator[Delivery]:
        """The stream's events behind a position."""
        connection = await Connection.open(self.settings, name="genesis replay")
        try:
            await prepare(connection, self.settings.stream, make=False)
            async for delivery in Replay(connection, filter_of(run_id, types)).read(after=after, follow=follow):
                if matches(delivery.type, types):
                    yield delivery
        finally:
            await connection.aclose()
