"""The contract of a sink, held by every adapter: each line once, whoever loads it and whatever went wrong before."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from sidecar.batch import Limits
from sidecar.errors import DataRefused
from sidecar.feed import Batch, FeedKey, Header, Lines, Place
from sidecar.inspect import batch_of
from sidecar.settings import ClickHouseSettings
from sidecar.sink.chdb import clickhouse_sink
from sidecar.sink.memory import MemorySink
from sidecar.sink.parquet import ParquetSink
from sidecar.sink.port import Following, Sink, StreamingSink
from tests.sidecar.logs import STARTED, Writer
from tests.sidecar.servers import ClickHouseServer
from tests.sidecar.stores import HELD, clickhouse_rows, expected, parquet_rows

KEY = FeedKey("r", "events")
HEADER = Header(STARTED, "toy")
UNLIMITED = Limits()


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


def _parquet(directory: Path, limits: Limits = UNLIMITED) -> Case:
    def letters() -> list[tuple]:
        return duckdb.sql(f"SELECT line FROM '{directory}/r/analytics/dead_events-*.parquet' ORDER BY line").fetchall()

    return Case(lambda: ParquetSink(directory, limits), lambda: parquet_rows(directory, HELD), letters)


def _clickhouse(settings: ClickHouseSettings) -> Case:
    return Case(
        lambda: clickhouse_sink(settings),
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


@pytest.fixture(params=["parquet", "chdb"])
def streaming(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    if request.param == "parquet":
        return _parquet(tmp_path, Limits(rows=15))
    return _clickhouse(ClickHouseSettings(chdb=str(tmp_path / "chdb")))


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

    def test_a_batch_of_dead_letters_alone_moves_the_place(self, case: Case, tmp_path: Path) -> None:
        log = Writer(tmp_path / "dead", "r").append(5).raw(b"{broken").append(3)

        async def work(sink: Sink) -> None:
            assert (await sink.load(batch(log, 1, 5))).line == 5
            assert (await sink.load(batch(log, 6, 6))).line == 6
            assert (await sink.place(KEY)).line == 6
            assert (await sink.load(batch(log, 7, 9))).line == 9

        use(case, work)
        assert len(case.rows()) == 8
        assert case.letters() == [(6,)]

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


def batches(log: Writer, *edges: int) -> list[Batch]:
    """One from each line behind an edge up to the next edge."""
    return [batch(log, after + 1, last) for after, last in pairwise(edges)]


def following(behind: Iterable[Batch]) -> Following:
    given = iter(behind)
    return lambda: next(given, None)


class TestStreamingSink:
    def test_batches_that_follow_are_loaded_with_the_first(self, streaming: Case, log: Writer) -> None:
        async def work(sink: StreamingSink) -> None:
            first, *more = batches(log, 0, 7, 30, 41, 44)
            whole = Place(44, log.hashes[43][:16], None, HEADER)
            assert await sink.stream(first, following(more)) == whole
            assert (await sink.stream(first, following(more))).line == 44
            assert (await sink.place(KEY)).line == 44

        use(streaming, work)
        assert streaming.rows() == expected(log.hashes)[:44]

    def test_a_line_that_is_refused_ends_it_and_what_continues_it_is_loaded_once(
        self, streaming: Case, log: Writer
    ) -> None:
        bad = Batch(KEY, HEADER, 30, 31, 1, b'{"sequence": "no number"}\n')
        more = Batch(KEY, HEADER, 31, 32, 1, b" " * (1 << 20) + b"\n")  # more than a pipe holds, many times

        async def work(sink: StreamingSink) -> None:
            first, second = batches(log, 0, 10, 30)
            with pytest.raises(DataRefused):
                await sink.stream(first, following([second, bad, *[more] * 64]))
            place = await sink.place(KEY)
            rest = batches(log, place.line, 45, 60)
            assert (await sink.stream(rest[0], following(rest[1:]))).line == 60

        use(streaming, work)
        assert streaming.rows() == expected(log.hashes)

    def test_reading_that_fails_is_told_and_what_was_read_is_loaded(self, streaming: Case, log: Writer) -> None:
        def broken() -> Batch | None:
            raise ZeroDivisionError

        async def work(sink: StreamingSink) -> None:
            with pytest.raises(ZeroDivisionError):
                await sink.stream(batch(log, 1, 20), broken)
            assert (await sink.place(KEY)).line == 20

        use(streaming, work)

    def test_two_that_stream_at_once_do_not_double(self, streaming: Case, log: Writer) -> None:
        async def loader(sink: StreamingSink, size: int) -> None:
            line = (await sink.place(KEY)).line
            while line < 60:
                first, *more = batches(log, *range(line, 60, size), 60)
                line = (await sink.stream(first, following(more[:3]))).line

        async def go() -> None:
            sinks = [streaming.make(), streaming.make()]
            for sink in sinks:
                await sink.open()
            await asyncio.gather(loader(sinks[0], 3), loader(sinks[1], 5))
            for sink in sinks:
                await sink.aclose()

        asyncio.run(go())
        assert streaming.rows() == expected(log.hashes)
