"""Every run's events from a bus: NATS JetStream.

Theory of operation. A durable consumer hands out events of all runs, and is told of them only when the sink has them;
whatever this process had in hand when it died is handed out again. What counts is the sink's place in each run, so an
event that comes twice is dropped, and one that does not come is looked for: when a run's next event is missing for a
while (another sidecar may have it in hand, or the store was emptied after the bus had been told), the run is replayed
from the stream. No more is held than a bound, since nothing is fetched while that much waits.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from time import monotonic

import structlog

from events.bus.port import Bus, Consumer, Delivery
from events.errors import BusError, BusUnavailable, StreamLost
from events.run_id import is_run_id
from sidecar.batch import Limits
from sidecar.errors import SourceAway, SourceError
from sidecar.feed import FeedKey, Header, Lines, Place
from sidecar.inspect import header_of
from sidecar.source.port import Feed, Waiting

__all__ = ["JetStreamSource"]

_FETCH = 1000
_UNACKNOWLEDGED = 50_000
_HELD_BYTES = 48 << 20
_WAIT_S = 0.25
_MISSING_S = 3.0
_SHOWN = 120  # characters of what others sent


class _RunFeed:
    """A run's events, as far as they are in hand."""

    def __init__(self, run_id: str, consumer: Callable[[], Consumer | None], drained: asyncio.Event) -> None:
        self.key = FeedKey(run_id, "events")
        self.header: Header | None = None
        self.held: dict[int, Delivery] = {}
        self.bytes = 0
        self.line: int | None = None  # up to where the sink has it, None while nobody has asked
        self.missing_since: float | None = None
        self._consumer = consumer
        self._drained = drained

    @property
    def origin(self) -> str:
        """The subject's run."""
        return f"stream of run {self.key.run_id}"

    def take(self, delivery: Delivery) -> bool:
        """Holds an event; false when the sink has it already."""
        if self.line is not None and delivery.sequence <= self.line:
            return False
        if delivery.sequence == 1:
            opened = header_of(delivery.line)
            self.header = opened[1] if opened else None
        before = self.held.get(delivery.sequence)
        if before is None or delivery.receipt:
            self.held[delivery.sequence] = delivery
            self.bytes += len(delivery.line) - (len(before.line) if before else 0)
        return True

    def missing(self) -> bool:
        """Whether the next event for the sink is not in hand, although later ones are."""
        return self.line is not None and bool(self.held) and self.line + 1 not in self.held

    def let_go(self) -> None:
        """Forgets what is in hand; the bus hands it out again."""
        self.held.clear()
        self.bytes = 0

    def waiting(self) -> Waiting:
        """What is in hand."""
        return Waiting(len(self.held), self.bytes)

    def read(self, place: Place, limits: Limits) -> Lines | None:
        """The consecutive events behind a place that are in hand."""
        pieces: list[bytes] = []
        size = 0
        while len(pieces) < 2 * limits.rows:
            delivery = self.held.get(place.line + 1 + len(pieces) // 2)
            size += len(delivery.line) + 1 if delivery else 0
            if delivery is None or (pieces and size > limits.bytes):
                break
            pieces += (delivery.line.replace(b"\n", b" "), b"\n")
        return Lines(place.line + 1, b"".join(pieces)) if pieces else None

    async def loaded(self, line: int) -> None:
        """Tells the bus."""
        self.line = line
        done = [self.held.pop(sequence) for sequence in sorted(self.held) if sequence <= line]
        self.bytes -= sum(len(delivery.line) for delivery in done)
        self._drained.set()
        consumer = self._consumer()
        if done and consumer is not None:
            with suppress(BusError):  # those come again, and are dropped then
                await consumer.acknowledge([delivery for delivery in done if delivery.receipt])


class JetStreamSource:
    """A durable consumer of the stream.

    Args:
        bus: The bus.
        name: Where, for people.
        consumer: The consumer's name; sidecars that share it share the work of one sink.
    """

    def __init__(self, bus: Bus, *, name: str, consumer: str) -> None:
        self._bus = bus
        self._name = name
        self._consumer_name = consumer
        self._consumer: Consumer | None = None
        self._feeds: dict[str, _RunFeed] = {}
        self._drained = asyncio.Event()
        self._log = structlog.get_logger().bind(source=name)

    @property
    def name(self) -> str:
        """Where it is."""
        return self._name

    async def news(self, *, follow: bool) -> AsyncIterator[Sequence[Feed]]:
        """Runs with events in hand."""
        try:
            self._consumer = await self._bus.consumer(self._consumer_name, unacknowledged=_UNACKNOWLEDGED)
            yield list(self._feeds.values())
            while True:
                deliveries = await self._fetch()
                yield await self._sorted(deliveries)
                filled = [feed for feed in self._feeds.values() if await self._filled(feed, follow=follow)]
                yield filled
                if not (follow or deliveries or filled or await self._elsewhere()):
                    return
        except (BusUnavailable, StreamLost) as error:
            raise SourceAway(str(error)) from None
        except BusError as error:
            raise SourceError(str(error)) from None
        finally:
            await self.aclose()

    async def _elsewhere(self) -> int:
        """How many events are to be loaded and not in hand: a sidecar that died had them, or another one has them."""
        assert self._consumer is not None
        backlog = await self._consumer.backlog()
        in_hand = sum(bool(delivery.receipt) for feed in self._feeds.values() for delivery in feed.held.values())
        return max(0, backlog - in_hand)

    async def _fetch(self) -> Sequence[Delivery]:
        assert self._consumer is not None
        while sum(feed.bytes for feed in self._feeds.values()) > _HELD_BYTES:
            self._drained.clear()
            try:
                async with asyncio.timeout(_MISSING_S):
                    await self._drained.wait()
            except TimeoutError:
                for feed in self._feeds.values():
                    if feed.missing():
                        feed.let_go()
                return ()
        return await self._consumer.fetch(_FETCH, wait_s=_WAIT_S)

    async def _sorted(self, deliveries: Sequence[Delivery]) -> list[Feed]:
        """Gives each run its events, and tells the bus of those that the sink has already or that are of no run."""
        assert self._consumer is not None
        touched: dict[str, Feed] = {}
        known = [delivery for delivery in deliveries if not is_run_id(delivery.run_id)]  # it could be any path
        if known:
            why = f"{known[0].run_id[:_SHOWN]!r} is no run's id: letters, digits, '.', '_' and '-', 101 at most"
            self._log.error("messages are ignored", count=len(known), why=why)
        for delivery in deliveries:
            if not is_run_id(delivery.run_id):
                continue
            feed = self._feeds.get(delivery.run_id)
            if feed is None:
                feed = _RunFeed(delivery.run_id, lambda: self._consumer, self._drained)
                self._feeds[delivery.run_id] = feed
            if feed.take(delivery):
                touched[delivery.run_id] = feed
            else:
                known.append(delivery)
        if known:
            await self._consumer.acknowledge(known)
        return list(touched.values())

    async def _filled(self, feed: _RunFeed, *, follow: bool) -> bool:
        """Replays a run whose next event has been missing for a while; true when something came of it."""
        if not feed.missing():
            feed.missing_since = None
            return False
        now = monotonic()
        feed.missing_since = feed.missing_since or now
        if follow and now - feed.missing_since < _MISSING_S:
            return False
        feed.missing_since = now
        async for delivery in self._bus.replay(run_id=feed.key.run_id):
            feed.take(delivery)
            if feed.bytes > _HELD_BYTES:
                break
        if feed.missing():
            line = feed.line or 0
            self._log.error(
                "events are missing",
                run_id=feed.key.run_id,
                why=f"event {line + 1} is not on the stream, later ones are: relay the run's log again, or load it",
            )
            return False
        return True

    async def aclose(self) -> None:
        """Closes the consumer; its place is kept."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.aclose()
