"""The contract of a sink, held by every adapter: each line once, whoever loads it and whatever went wrong before."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from sidecar.feed import Batch, FeedKey, Header, Lines
from sidecar.inspect import batch_of
from sidecar.settings import ClickHouseSettings
from sidecar.sink.chdb import ChdbSink
from sidecar.sink.clickhouse import ClickHouseSink
from sidecar.sink.memory import MemorySink
from sidecar.sink.parquet import ParquetSink
from sidecar.sink.port import Sink
from tests.sidecar.logs import STARTED, Writer
from tests.sidecar.servers import ClickHouseServer
from tests.sidecar.stores import HELD, clickhouse_rows, expected, parquet_rows

KEY = FeedKey("r", "events")
HEADER = Header(STARTED, "toy")


class Case(NamedTuple):
    """An adapter: how it is made (again, at the same place), and what it holds."""

    make: Callable[[], Sink]
    rows: Callable[[], list[tuple]]
    letters: Callable[[], list[tuple]]


def _memory(directory: Path) -> Case:
    sink = MemorySink()

    def rows() -> list[tuple]:
        return [(number, line[-66:-50].decode()) for number, line in enumerate(sink.rows.get(KEY, []), 1)]

    return Case(lambda: sink, rows, lambda: [(letter.line,) for letter in sink.letters.get(KEY, [])])


def _parquet(directory: Path) -> Case:
    def letters() -> list[tuple]:
        return duckdb.sql(f"SELECT line FROM '{directory}/r/analytics/dead_events-*.parquet' ORDER BY line").fetchall()

    return Case(lambda: ParquetSink(directory), lambda: parquet_rows(directory, HELD), letters)


def _clickhouse(settings: ClickHouseSettings) -> Case:
    return Case(
        lambda: (ChdbSink if settings.chdb else ClickHouseSink)(settings),
        lambda: clickhouse_rows(settings, HELD),
        lambda: clickhouse_rows(settings, "SELECT line FROM dead_letters ORDER BY line"),
    )


@pytest.fixture(params=["memory", "parquet", "chdb", "http", "server"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    match request.param:
        case "memory":
            yield _memory(tmp_path)
        case "parquet":
            yield _parquet(tmp_path)
        case "chdb":
            yield _clickhouse(ClickHouseSettings(chdb=str(tmp_path / "chdb")))
        case "http":
            server = ClickHouseServer(tmp_path / "chdb")
            yield _clickhouse(ClickHouseSettings(url=server.url))
            server.kill()
        case _:
            url = os.environ.get("GENESIS_TEST_CLICKHOUSE_URL")
            if not url:
                pytest.skip("GENESIS_TEST_CLICKHOUSE_URL names no ClickHouse server")
            name = f"genesis_test_{os.getpid()}_{tmp_path.name}".replace("-", "_")
            yield _clickhouse(ClickHouseSettings(url=url, database=name))


@pytest.fixture
def log(tmp_path: Path) -> Writer:
    return Writer(tmp_path / "log", "r").append(60)


def batch(log: Writer, first: int, last: int) -> Batch:
    lines = log.path.read_bytes().splitlines(keepends=True)
    return batch_of(KEY, HEADER, Lines(first, b"".join(lines[first - 1 : last])), "a log")


def use(case: Case, work: Callable[[Sink], Awaitable[None]]) -> None:
    async def go() -> None:
        sink = case.make()
        await sink.open()
        try:
            await work(sink)
        finally:
            await sink.aclose()

    asyncio.run(go())


class TestSink:
    def test_keeps_each_line_once_and_knows_its_place_after_a_restart(self, case: Case, log: Writer) -> None:
        async def first(sink: Sink) -> None:
            assert (await sink.place(KEY)).line == 0
            assert (await sink.load(batch(log, 1, 25))).line == 25
            assert (await sink.load(batch(log, 26, 40))).line == 40

        async def second(sink: Sink) -> None:
            place = await sink.place(KEY)
            assert (place.line, place.hash) == (40, log.hashes[39][:16])
            assert place.header == HEADER
            assert (await sink.load(batch(log, 41, 60))).line == 60

        use(case, first)
        use(case, second)
        assert case.rows() == expected(log.hashes)

    def test_a_batch_that_does_not_continue_the_place_changes_nothing(self, case: Case, log: Writer) -> None:
        async def work(sink: Sink) -> None:
            await sink.load(batch(log, 1, 20))
            assert (await sink.load(batch(log, 1, 20))).line == 20
            assert (await sink.load(batch(log, 11, 30))).line == 20
            assert (await sink.load(batch(log, 31, 40))).line == 20
            assert (await sink.load(batch(log, 21, 60))).line == 60

        use(case, work)
        assert case.rows() == expected(log.hashes)

    def test_two_that_load_at_once_with_batches_of_their_own_do_not_double(self, case: Case, log: Writer) -> None:
        async def loader(sink: Sink, size: int) -> None:
            line = (await sink.place(KEY)).line
            while line < 60:
                line = (await sink.load(batch(log, line + 1, min(line + size, 60)))).line

        async def go() -> None:
            sinks = [case.make(), case.make()]
            for sink in sinks:
                await sink.open()
            await asyncio.gather(loader(sinks[0], 7), loader(sinks[1], 11))
            for sink in sinks:
                await sink.aclose()

        asyncio.run(go())
        assert case.rows() == expected(log.hashes)

    def test_dead_letters_move_the_place_and_are_kept_once(self, case: Case, tmp_path: Path) -> None:
        log = Writer(tmp_path / "dead", "r").append(5).raw(b"{broken").append(3).raw(b"worse").raw(b"")

        async def work(sink: Sink) -> None:
            assert (await sink.load(batch(log, 1, 8))).line == 8
            assert (await sink.load(batch(log, 9, 11))).line == 11
            assert (await sink.place(KEY)).line == 11
            assert (await sink.load(batch(log, 9, 11))).line == 11

        use(case, work)
        assert len(case.rows()) == 8
        assert case.letters() == [(6,), (10,), (11,)]

    def test_feeds_of_other_runs_do_not_matter(self, case: Case, log: Writer, tmp_path: Path) -> None:
        other = Writer(tmp_path / "other", "s").append(10)
        lines = other.path.read_bytes()
        theirs = batch_of(FeedKey("s", "events"), HEADER, Lines(1, lines), "a log")

        async def work(sink: Sink) -> None:
            assert (await sink.load(theirs)).line == 10
            assert (await sink.place(KEY)).line == 0
            assert (await sink.load(batch(log, 1, 3))).line == 3

        use(case, work)

    def test_diagnostics_have_a_place_of_their_own(self, case: Case) -> None:
        key = FeedKey("r", "diagnostics")
        lines = b'{"event": "started", "level": "info", "timestamp": "2026-03-01T12:00:00Z"}\n{"event": "x"}\n'
        told = batch_of(key, HEADER, Lines(1, lines), "logs")

        async def work(sink: Sink) -> None:
            assert (await sink.load(told)).line == 2
            assert (await sink.load(replace(told))).line == 2
            assert (await sink.place(key)).line == 2
            assert (await sink.place(KEY)).line == 0

        use(case, work)
