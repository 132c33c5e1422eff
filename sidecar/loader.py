"""Carries lines from a source into a sink; the only supervisor of this process.

One task takes in which feeds have news; another one loads. A feed is loaded when its lines are many enough or old
enough; then one batch after the other, while the next one is read and looked through, or, where the sink takes a
stream, as many batches as it asks for. So little is held, however much waits (which is all the back-pressure that a
source needs: nothing is read that cannot be loaded). After each load the sink says where the feed stands, and that is
where reading goes on. Whatever fails, nothing is remembered that the sink does not know: the loader asks it again.

A sink or broker that is away is waited for, for ever or as long as was said. A line that cannot be loaded becomes a
dead letter. A log that cannot be read on is given up with its path, and the others go on.
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any

import structlog

from sidecar.batch import Limits, due
from sidecar.clock import Clock
from sidecar.errors import (
    DataRefused,
    SinkAway,
    SinkError,
    SinkRefused,
    SinkShort,
    SourceAway,
    SourceError,
)
from sidecar.feed import UNKNOWN, Batch, FeedKey, Place
from sidecar.halves import halves
from sidecar.inspect import batch_of
from sidecar.metrics import Metrics
from sidecar.patience import Patience
from sidecar.sink.port import Sink, StreamingSink, TidySink
from sidecar.source.port import Feed, Source
from sidecar.stream import Loaded, Stream

__all__ = ["Loader"]

_BATCHES_A_TURN = 8
_BATCHES_A_STREAM = 16
_STREAMED_BYTES = 2 << 20
_LEAST_S_A_FEED = 0.02


@dataclass(slots=True)
class _State:
    """A feed, and what is known of it since it was last asked about.

    Attributes:
        feed: The feed.
        since: Monotonic time at which lines began to wait, None while none do.
        place: Where it stands, None when the sink is to be asked.
        line: The last line that the sink was heard to have; kept when the place is forgotten.
        newest: Seconds since the epoch of the last event loaded, 0 before one was.
        ahead: The next batch, made ready while the one before was loaded.
    """

    feed: Feed
    since: float | None = None
    place: Place | None = None
    line: int = 0
    newest: float = 0.0
    ahead: Batch | None = None


class Loader:
    """One source into one sink.

    Attributes:
        problems: Why feeds were given up.

    Args:
        source: Where lines come from.
        sink: Where they go.
        limits: How much is loaded at once.
        metrics: Told what happens.
        clock: Wall time, for the lag.
        wait_s: Seconds that a sink or a source may be away before that is an error; None: it is waited for.
    """

    def __init__(
        self,
        source: Source,
        sink: Sink,
        *,
        limits: Limits,
        metrics: Metrics,
        clock: Clock,
        wait_s: float | None = None,
    ) -> None:
        self._source = source
        self._sink = sink
        self._limits = limits
        self._at_once = limits.capped(_STREAMED_BYTES) if isinstance(sink, StreamingSink) else limits
        self._metrics = metrics
        self._clock = clock
        self._states: dict[FeedKey, _State] = {}
        self._changed = asyncio.Event()
        self._ended = False
        self._draining = asyncio.Event()
        self._for_sink = Patience(wait_s, self._draining)
        self._for_source = Patience(wait_s, self._draining)
        self._log = structlog.get_logger().bind(sink=sink.name, source=source.name)
        self.problems: list[str] = []
        metrics.measure(lambda: len(self._states), self._lag_events, self._lag_s)

    def drain(self) -> None:
        """Asks `run` to end once everything that is there now is loaded."""
        if not self._draining.is_set():
            self._log.info("asked to end: loading what is there")
            self._draining.set()
            self._changed.set()

    @property
    def lines(self) -> dict[str, int]:
        """Runs to the last event that the sink was heard to have."""
        return {key.run_id: state.line for key, state in self._states.items() if key.kind == "events"}

    async def run(self, *, follow: bool) -> None:
        """Loads for ever, or until everything that is there now is loaded.

        Raises:
            SinkRefused: The sink will not do it.
            SinkAway: It was away for too long, or as it was asked to end.
            SourceError: The source will not, or was away for too long.
        """
        await self._open()
        self._sink_is_back()
        if follow:
            self._log.info("watching")
            async with _together(self._watch(follow=True)) as watching:
                await self._work(watching, follow=True)
        async with _together(self._watch(follow=False)) as watching:
            await self._work(watching, follow=False)

    async def _watch(self, *, follow: bool) -> None:
        try:
            await self._look(follow=follow)
            self._ended = not follow
        finally:
            self._changed.set()

    async def _look(self, *, follow: bool) -> None:
        """Takes in the source's news until it has no more."""
        while True:
            try:
                async for feeds in self._source.news(follow=follow):
                    self._for_source.back()
                    for feed in feeds:
                        self._noticed(feed)
                    self._changed.set()
                return
            except SourceAway as error:
                self._metrics.failed()
                wait_s = self._for_source.failed(error)
                self._log.warning("source is away", why=str(error), next_try_in_s=wait_s)
                await self._for_source.rest(wait_s)

    def _noticed(self, feed: Feed) -> None:
        state = self._states.get(feed.key)
        if state is None:
            state = self._states[feed.key] = _State(feed)
        elif state.feed is not feed and state.feed.origin != feed.origin:
            self._give_up(feed, f"{feed.origin} has the id of {state.feed.origin}: rename one of the two runs")
            return
        state.feed = feed
        if state.since is None and feed.waiting().bytes:
            state.since = monotonic()

    async def _work(self, watching: "asyncio.Task[None]", *, follow: bool) -> None:
        while True:
            ready = self._ready()
            for state in ready:
                await self._turn(state)
            if isinstance(self._sink, TidySink):
                await self._sink.idle()
            if watching.done():
                watching.result()
            if self._ended and not any(state.since is not None for state in self._states.values()):
                return
            if follow and self._draining.is_set():
                return
            if not ready:
                await self._rest()

    def _ready(self) -> list[_State]:
        """The feeds that are due, those that wait longest first."""
        now = monotonic()
        age_s = 0.0 if self._ended else max(self._limits.age_s, _LEAST_S_A_FEED * len(self._states))
        limits = Limits(self._limits.rows, self._limits.bytes, age_s)
        waiting = [(state.since, state) for state in self._states.values() if state.since is not None]
        found = [
            (since, state)
            for since, state in waiting
            if due(limits, rows=0, waiting_bytes=state.feed.waiting().bytes, age_s=now - since)
        ]
        return [state for _, state in sorted(found, key=lambda pair: pair[0])]

    async def _rest(self) -> None:
        """Until there is news, or a feed that waits may have become due."""
        waiting = any(state.since is not None for state in self._states.values())
        try:
            async with asyncio.timeout(self._limits.age_s / 4 if waiting else None):
                await self._changed.wait()
        except TimeoutError:
            return
        self._changed.clear()

    async def _turn(self, state: _State) -> None:
        """Loads some of a feed's batches, so that one long log does not keep the others waiting."""
        try:
            done = await self._load_some(state)
        except SourceError as error:
            self._states.pop(state.feed.key, None)
            self._give_up(state.feed, str(error))
            return
        except (SinkAway, SinkShort) as error:
            await self._sink_trouble(error)
            return
        if done:
            state.since = monotonic() if state.feed.waiting().bytes and not self._ended else None

    async def _load_some(self, state: _State) -> bool:
        """Loads up to a turn's batches; true when the feed has no complete line left."""
        if state.place is None:
            state.place = await self._sink.place(state.feed.key)
            state.line = state.place.line
            await state.feed.loaded(state.place.line)
        if isinstance(self._sink, StreamingSink):
            return await self._stream(state, state.place, self._sink)
        for _ in range(_BATCHES_A_TURN):
            batch = await self._first(state, state.place)
            if batch is None:
                return True
            # make the next one ready while the engine works, from where this one will have moved the place to
            ahead = asyncio.create_task(asyncio.to_thread(self._next, state.feed, batch.place))
            try:
                state.place = await self._load(batch)
            finally:
                state.ahead = await ahead
            await self._note(state, Loaded.of(batch))
        return False

    async def _stream(self, state: _State, place: Place, sink: StreamingSink) -> bool:
        """Loads many batches at once, or where a line is refused the first of them alone; true when there is none."""
        batch = await self._first(state, place)
        if batch is None:
            return True
        stream = Stream(batch, partial(self._next, state.feed), self._limits.times(_BATCHES_A_STREAM))
        try:
            state.place = await sink.stream(batch, stream.following)
        except DataRefused:
            state.place = await self._load(batch)
            await self._note(state, Loaded.of(batch))
        else:
            state.ahead = stream.ahead
            await self._note(state, stream.loaded)
        return False

    async def _first(self, state: _State, place: Place) -> Batch | None:
        """The batch behind a place, which may be ready."""
        batch, state.ahead = state.ahead, None
        if batch is not None and batch.after == place.line:
            return batch
        return await asyncio.to_thread(self._next, state.feed, place)

    def _next(self, feed: Feed, place: Place) -> Batch | None:
        """Reads and looks through the lines behind a place, for one batch."""
        lines = feed.read(place, self._at_once)
        if lines is None:
            return None
        return batch_of(feed.key, feed.header or place.header or UNKNOWN, lines, feed.origin)

    async def _load(self, batch: Batch) -> Place:
        """Loads a batch; lines that the engine cannot read are found by halving, and become dead letters."""
        try:
            return await self._sink.load(batch)
        except DataRefused as error:
            if batch.rows == 0:
                raise SinkRefused(str(error)) from None
            place = Place(batch.after)
            for part in halves(batch, str(error)):
                place = await self._load(part)
                if place.line != part.last:
                    break
            return place

    async def _note(self, state: _State, loaded: Loaded) -> None:
        assert state.place is not None
        state.line = state.place.line
        self._sink_is_back()
        if state.place.line == loaded.last:
            self._metrics.loaded(state.feed.key.kind, rows=loaded.rows, size=loaded.bytes)
            for letter in loaded.letters:
                self._metrics.buried(letter.reason)
                self._log.error("dead letter", **{name: getattr(letter, name) for name in _SHOWN})
        if loaded.newest is not None:
            state.newest = loaded.newest.timestamp()
        await state.feed.loaded(state.place.line)

    async def _sink_trouble(self, error: SinkError) -> None:
        """Forgets every place, and waits until the sink can be opened again."""
        for state in self._states.values():
            state.place = state.ahead = None
        await self._wait_for_sink("batch failed", error)
        if isinstance(error, SinkAway):
            await self._open()

    async def _open(self) -> None:
        while True:
            try:
                return await self._sink.open()
            except SinkAway as error:
                await self._wait_for_sink("sink is away", error)

    async def _wait_for_sink(self, what: str, error: SinkError) -> None:
        self._metrics.failed()
        self._metrics.sink(str(error))
        wait_s = self._for_sink.failed(error)
        self._log.warning(what, why=str(error), next_try_in_s=wait_s)
        await self._for_sink.rest(wait_s)

    def _sink_is_back(self) -> None:
        self._for_sink.back()
        self._metrics.sink("")

    def _give_up(self, feed: Feed, why: str) -> None:
        if why not in self.problems:
            self.problems.append(why)
            self._metrics.given_up()
            self._log.error("feed given up", run_id=feed.key.run_id, why=why)

    def _lag_events(self) -> int:
        return sum(
            state.feed.waiting().lines for state in list(self._states.values()) if state.feed.key.kind == "events"
        )

    def _lag_s(self) -> float:
        now = self._clock().timestamp()
        waits = [
            now - (state.newest or (state.feed.header or UNKNOWN).started.timestamp())
            for state in list(self._states.values())
            if state.feed.key.kind == "events" and state.feed.waiting().lines
        ]
        return max(0.0, *waits) if waits else 0.0


_SHOWN = ("source", "line", "reason", "message")


@asynccontextmanager
async def _together(
    work: Coroutine[Any, Any, None],  # Any: nothing is sent to it
) -> AsyncGenerator["asyncio.Task[None]"]:
    """Runs something beside the context's body, and cancels it when that ends."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
