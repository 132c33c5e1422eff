"""The contract of a source, held by every adapter: each feed's lines in order, from whatever place is asked for."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from events.bus import Bus, Message, NatsSettings
from events.bus.broker import Broker
from events.bus.memory import MemoryBus
from events.bus.nats import NatsBus
from sidecar.batch import Limits
from sidecar.clock import system_clock
from sidecar.feed import FeedKey, Place
from sidecar.loader import Loader
from sidecar.metrics import Metrics
from sidecar.sink.memory import MemorySink
from sidecar.sink.parquet import ParquetSink
from sidecar.source.files import FileSource
from sidecar.source.jetstream import JetStreamSource
from sidecar.source.port import Feed, Source
from tests.sidecar.logs import Writer

Make = Callable[[], Source]


async def publish(bus: Bus, log: Writer, after: int = 0, skip: frozenset[int] = frozenset()) -> None:
    lines = log.path.read_bytes().splitlines()
    async with await bus.publisher(log.run_id) as publisher:
        for number, line in enumerate(lines, 1):
            if number > after and number not in skip:
                await publisher.send(Message(log.run_id, number, "program.evaluated", line))
        await publisher.settle()


class Where:
    """Where lines are put so that a source finds them."""

    def __init__(self, make: Make, put: Callable[[Writer, int], Awaitable[None]], runs: Path) -> None:
        self.make = make
        self.put = put
        self.runs = runs


@asynccontextmanager
async def place(kind: str, folder: Path) -> AsyncIterator[Where]:
    async def nothing(log: Writer, after: int) -> None:
        """The file is there."""

    if kind == "files":
        yield Where(lambda: FileSource(folder / "runs"), nothing, folder / "runs")
        return
    if kind == "memory":
        memory = MemoryBus()
        yield Where(
            lambda: JetStreamSource(memory, name="memory", consumer="test"),
            lambda log, after: publish(memory, log, after),
            folder / "elsewhere",
        )
        return
    async with Broker(folder / "nats") as broker:
        bus = NatsBus(NatsSettings(broker.url), redeliver_s=3.0)
        yield Where(
            lambda: JetStreamSource(bus, name=broker.url, consumer="test"),
            lambda log, after: publish(bus, log, after),
            folder / "elsewhere",
        )


@pytest.mark.parametrize("kind", ["files", "memory", "jetstream"])
class TestSource:
    def run(self, kind: str, folder: Path, work: Callable[[Where], Awaitable[None]]) -> None:
        async def go() -> None:
            async with place(kind, folder) as where:
                await work(where)

        asyncio.run(asyncio.wait_for(go(), 120))

    def test_names_every_feed_and_gives_its_lines_in_order(self, kind: str, tmp_path: Path) -> None:
        async def work(where: Where) -> None:
            logs = [Writer(where.runs / name, name).append(30) for name in ("a", "b")]
            for log in logs:
                await where.put(log, 0)
            found = await _feeds(where.make())
            assert set(found) == {FeedKey("a", "events"), FeedKey("b", "events")}
            for log in logs:
                feed = found[FeedKey(log.run_id, "events")]
                lines = log.path.read_bytes().splitlines()
                assert feed.header is not None
                assert feed.header.problem == "toy"
                first = feed.read(Place(0), Limits(rows=12))
                assert first is not None
                assert (first.first, first.text.splitlines()) == (1, lines[:12])
                rest = feed.read(Place(12), Limits())
                assert rest is not None
                assert (rest.first, rest.text.splitlines()) == (13, lines[12:])
                assert feed.read(Place(30), Limits()) is None

        self.run(kind, tmp_path, work)

    def test_a_loader_carries_everything_once_in_many_turns(self, kind: str, tmp_path: Path) -> None:
        async def work(where: Where) -> None:
            log = Writer(where.runs / "a", "a").append(100)
            await where.put(log, 0)
            sink = MemorySink()
            await _load(where.make(), sink)
            log.append(50)
            await where.put(log, 100)
            await _load(where.make(), sink)
            assert sink.rows[FeedKey("a", "events")] == log.path.read_bytes().splitlines()

        self.run(kind, tmp_path, work)

    def test_what_was_read_and_not_loaded_is_read_again(self, kind: str, tmp_path: Path) -> None:
        async def work(where: Where) -> None:
            log = Writer(where.runs / "a", "a").append(40)
            await where.put(log, 0)
            feed = (await _feeds(where.make()))[FeedKey("a", "events")]
            assert feed.read(Place(0), Limits()) is not None  # and this process dies
            sink = MemorySink()
            await _load(where.make(), sink)
            assert len(sink.rows[FeedKey("a", "events")]) == 40

        self.run(kind, tmp_path, work)


async def _feeds(source: Source) -> dict[FeedKey, Feed]:
    found: dict[FeedKey, Feed] = {}
    async for feeds in source.news(follow=False):
        found.update({feed.key: feed for feed in feeds})
    return found


async def _load(source: Source, sink: MemorySink) -> None:
    loader = Loader(source, sink, limits=Limits(rows=17), metrics=Metrics(), clock=system_clock)
    await loader.run(follow=False)


def test_a_store_that_was_emptied_is_filled_again_from_the_stream(tmp_path: Path) -> None:
    """The bus was told that these events are loaded; the sink's place says that they are not, and that counts."""

    async def go() -> None:
        bus = MemoryBus()
        log = Writer(tmp_path / "a", "a").append(60)
        await publish(bus, log)
        await _load(JetStreamSource(bus, name="memory", consumer="test"), MemorySink())
        log.append(10)
        await publish(bus, log, after=60)
        emptied = MemorySink()
        await _load(JetStreamSource(bus, name="memory", consumer="test"), emptied)
        assert emptied.rows[FeedKey("a", "events")] == log.path.read_bytes().splitlines()

    asyncio.run(asyncio.wait_for(go(), 120))


def test_an_event_that_the_stream_does_not_hold_stops_its_run_alone(tmp_path: Path) -> None:
    async def go() -> None:
        bus = MemoryBus()
        holed = Writer(tmp_path / "holed", "holed").append(20)
        whole = Writer(tmp_path / "whole", "whole").append(20)
        await publish(bus, holed, skip=frozenset({8}))
        await publish(bus, whole)
        sink = MemorySink()
        await _load(JetStreamSource(bus, name="memory", consumer="test"), sink)
        assert len(sink.rows[FeedKey("holed", "events")]) == 7
        assert len(sink.rows[FeedKey("whole", "events")]) == 20

    asyncio.run(asyncio.wait_for(go(), 120))


def test_the_last_events_in_hand_of_a_sidecar_that_died_are_waited_for(tmp_path: Path) -> None:
    """Nothing behind them shows that they are missing."""

    async def go() -> None:
        async with Broker(tmp_path / "nats") as broker:
            bus = NatsBus(NatsSettings(broker.url), redeliver_s=2.0)
            log = Writer(tmp_path / "a", "a").append(30)
            await publish(bus, log)
            sink = MemorySink()
            await _load(JetStreamSource(bus, name=broker.url, consumer="test"), sink)
            log.append(10)
            await publish(bus, log, after=30)
            died = await bus.consumer("test", unacknowledged=1000)
            in_hand: set[int] = set()
            while len(in_hand) < 10:
                in_hand.update(each.sequence for each in await died.fetch(100, wait_s=5))
            await died.aclose()
            await _load(JetStreamSource(bus, name=broker.url, consumer="test"), sink)
            assert sink.rows[FeedKey("a", "events")] == log.path.read_bytes().splitlines()

    asyncio.run(asyncio.wait_for(go(), 120))


def test_two_sidecars_that_share_a_consumer_load_each_event_once(tmp_path: Path) -> None:
    async def go() -> None:
        bus = MemoryBus()
        log = Writer(tmp_path / "a", "a").append(300)
        await publish(bus, log)
        sink = MemorySink()
        await asyncio.gather(*(_load(JetStreamSource(bus, name="memory", consumer="shared"), sink) for _ in range(2)))
        assert sink.rows[FeedKey("a", "events")] == log.path.read_bytes().splitlines()

    asyncio.run(asyncio.wait_for(go(), 120))


OUTSIDE = ("../outside", "..", "a/../../outside", ".hidden", "x" * 102, "r\n")


@pytest.mark.parametrize("kind", ["memory", "jetstream"])
def test_a_message_whose_subject_names_no_run_writes_nothing_and_the_rest_goes_on(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever may publish may name any path in a subject, percent-encoded."""
    told: list[str] = []

    async def go() -> None:
        async with place(kind, tmp_path) as where:
            for number, run_id in enumerate((*OUTSIDE, f"{tmp_path}/outside")):
                log = Writer(tmp_path / "logs" / str(number), run_id).append(5)
                await where.put(log, 0)
            await where.put(Writer(tmp_path / "logs" / "good", "good").append(5), 0)
            before = {path for path in tmp_path.rglob("*") if "nats" not in path.parts}
            for _ in range(2):
                sink = ParquetSink(tmp_path / "runs")
                loader = Loader(where.make(), sink, limits=Limits(), metrics=Metrics(), clock=system_clock)
                await loader.run(follow=False)
                assert loader.problems == []
                assert set(loader.lines) <= {"good"}
                await sink.aclose()
                told.append(capsys.readouterr().out)
            made = {path for path in tmp_path.rglob("*") if "nats" not in path.parts} - before
            assert made
            assert all(path.is_relative_to(tmp_path / "runs" / "good") for path in made - {tmp_path / "runs"})

    asyncio.run(asyncio.wait_for(go(), 120))
    assert "'../outside' is no run's id" in told[0]
    assert "messages are ignored" not in told[1]  # they are not handed out again
