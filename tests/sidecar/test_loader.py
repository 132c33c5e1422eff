"""The loader with real sources and sinks: poison lines, faults of the store, two sidecars, logs that vanish."""

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import duckdb
import pytest

from events.bus import NatsSettings
from sidecar.batch import Limits
from sidecar.clock import system_clock
from sidecar.errors import DataRefused, SinkAway, SinkRefused, SourceAway, SourceError, SourceGone
from sidecar.feed import Batch, FeedKey, Header, Place
from sidecar.http import serving
from sidecar.loader import Loader
from sidecar.metrics import Metrics
from sidecar.parts import chain, parts_of
from sidecar.service import Settings
from sidecar.settings import ClickHouseSettings
from sidecar.sink.memory import MemorySink
from sidecar.sink.parquet import ParquetSink
from sidecar.source.files import FileFeed, FileSource
from tests.cli.brokers import served
from tests.sidecar.logs import STARTED, Writer
from tests.sidecar.servers import ClickHouseServer
from tests.sidecar.stores import HELD, SMALL, clickhouse_rows, expected, load, parquet_rows


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> "ClickHouseServer":
    made = ClickHouseServer(tmp_path_factory.mktemp("clickhouse"))
    yield made
    made.kill()


def store(server: ClickHouseServer, tmp_path: Path) -> ClickHouseSettings:
    """A database of the test's own."""
    return ClickHouseSettings(url=server.url, database=f"d_{tmp_path.name}".replace("-", "_"))


@pytest.mark.parametrize("fault", ["cut", "lie", "refuse"])
def test_a_store_that_keeps_less_than_it_was_sent_has_everything_once_in_the_end(
    fault: str, server: ClickHouseServer, tmp_path: Path
) -> None:
    log = Writer(tmp_path / "runs" / "r", "r").append(130)
    settings = store(server, tmp_path)
    server.fault(fault, 2)
    assert load(Settings(runs_dir=tmp_path / "runs", clickhouse=settings, follow=False, limits=SMALL)) == []
    assert clickhouse_rows(settings, HELD) == expected(log.hashes)


def _poisoned(directory: Path) -> Writer:
    """Events with every kind of line between them that is none."""
    log = Writer(directory, "r").append(10).raw(b'{"half": ').append(2)
    future = log.path.read_bytes().splitlines()[3].replace(b'"schemaversion":1', b'"schemaversion":9')
    strange = log.path.read_bytes().splitlines()[3].replace(b"program.evaluated", b"program.sighed")
    before_the_first = future.replace(b'"schemaversion":9', b'"schemaversion":0')
    for line in (future, strange, before_the_first):
        place = f'"id":"r:{log.sequence + 1}"'.encode()
        moved = line.replace(b'"id":"r:4"', place).replace(b'"sequence":4', f'"sequence":{log.sequence + 1}'.encode())
        log.raw(moved)
    log.raw(b'{"id": "r:17"}').raw(b'{"a":' * 10_000 + b"1" + b"}" * 10_000).raw(
        log.path.read_bytes().splitlines()[1]
    ).raw(b"\xff\xfe")
    return log.append(30)


REASONS = [
    "bad_json",
    "future_schema",
    "unknown_type",
    "not_an_event",
    "not_an_event",
    "bad_json",
    "wrong_place",
    "bad_json",
]


def test_poison_lines_go_to_the_dead_letters_with_a_reason_and_the_rest_goes_on(tmp_path: Path) -> None:
    log = _poisoned(tmp_path / "runs" / "r")
    assert load(Settings(runs_dir=tmp_path / "runs", follow=False, limits=SMALL)) == []
    assert parquet_rows(tmp_path / "runs", HELD) == expected(log.hashes)
    letters = duckdb.sql(
        f"SELECT line, reason, text, source FROM '{tmp_path}/runs/r/analytics/dead_events-*.parquet' ORDER BY line"
    ).fetchall()
    assert [letter[1] for letter in letters] == REASONS
    assert letters[0] == (11, "bad_json", '{"half": ', str(log.path))


def test_poison_lines_in_clickhouse(server: ClickHouseServer, tmp_path: Path) -> None:
    log = _poisoned(tmp_path / "runs" / "r")
    settings = store(server, tmp_path)
    load(Settings(runs_dir=tmp_path / "runs", clickhouse=settings, follow=False, limits=SMALL))
    assert clickhouse_rows(settings, HELD) == expected(log.hashes)
    found = clickhouse_rows(settings, "SELECT reason FROM dead_letters ORDER BY line")
    assert [row[0] for row in found] == REASONS


class _Picky(MemorySink):
    """A sink whose engine cannot read some lines, as a port allows."""

    async def load(self, batch: Batch) -> Place:
        if b'"sequence":13,' in batch.body or b'"sequence":17,' in batch.body:
            raise DataRefused("the engine cannot read it")
        return await super().load(batch)


def test_lines_that_only_the_engine_refuses_are_found_and_the_rest_goes_on(tmp_path: Path) -> None:
    Writer(tmp_path / "r", "r").append(20).raw(b"no json").append(5)
    sink = _Picky()
    source = FileSource(None, [tmp_path / "r"])
    asyncio.run(Loader(source, sink, limits=Limits(), metrics=Metrics(), clock=system_clock).run(follow=False))
    key = FeedKey("r", "events")
    assert [(letter.line, letter.reason) for letter in sink.letters[key]] == [
        (13, "engine_refused"),
        (17, "engine_refused"),
        (21, "bad_json"),
    ]
    assert len(sink.rows[key]) == 26 - 3


def _sidecar(*arguments: str | Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "sidecar", *map(str, arguments)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )


def test_two_sidecars_on_one_folder_do_not_double(server: ClickHouseServer, tmp_path: Path) -> None:
    log = Writer(tmp_path / "runs" / "r", "r").append(200)
    settings = store(server, tmp_path)
    shared = ("--runs-dir", tmp_path / "runs", "--clickhouse", server.url, "--database", settings.database, "--once")
    both = [
        _sidecar(*shared, "--batch-rows", "17"),
        _sidecar(*shared, "--batch-rows", "29"),
        _sidecar("--runs-dir", tmp_path / "runs", "--once", "--batch-rows", "13"),
        _sidecar("--runs-dir", tmp_path / "runs", "--once", "--batch-rows", "31"),
    ]
    for each in both:
        said = each.communicate(timeout=240)[1]
        assert each.returncode == 0, said
    assert clickhouse_rows(settings, HELD) == expected(log.hashes)
    assert parquet_rows(tmp_path / "runs", HELD) == expected(log.hashes)


def test_small_parts_become_few_and_what_they_hold_stays(tmp_path: Path) -> None:
    log = Writer(tmp_path / "runs" / "r", "r").append(200)
    one_by_one = Limits(rows=1, age_s=0)
    source, sink = FileSource(tmp_path / "runs"), ParquetSink(tmp_path / "runs", one_by_one, grace_s=3600)
    loader = Loader(source, sink, limits=one_by_one, metrics=Metrics(), clock=system_clock)
    asyncio.run(loader.run(follow=False))
    parts = parts_of(tmp_path / "runs" / "r" / "analytics", "events")
    assert len(parts) > 40  # the small ones stay for a while, for whoever has listed them
    assert len(chain(parts)) < 14
    assert parquet_rows(tmp_path / "runs", HELD) == expected(log.hashes)


def test_a_run_that_is_deleted_while_it_is_read_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    Writer(runs / "gone", "gone").append(50)
    stays = Writer(runs / "stays", "stays").append(50)

    async def go() -> tuple[list[str], MemorySink]:
        sink = MemorySink()
        loader = Loader(FileSource(runs), sink, limits=Limits(age_s=0.02), metrics=Metrics(), clock=system_clock)
        task = asyncio.create_task(loader.run(follow=True))
        while len(sink.rows) < 2:
            await asyncio.sleep(0.01)
        (runs / "gone").rename(tmp_path / "gone")  # at once, or its log may be missed before its directory is
        while not loader.problems:
            await asyncio.sleep(0.01)
        stays.append(25)
        loader.drain()
        await task
        return loader.problems, sink

    problems, sink = asyncio.run(go())
    assert len(problems) == 1
    assert str(runs / "gone" / "evolution_events.jsonl") in problems[0]
    assert "gone" in problems[0]
    assert len(sink.rows[FeedKey("stays", "events")]) == 75


def test_a_run_that_is_deleted_while_nobody_watches_is_named_once_more(tmp_path: Path) -> None:
    Writer(tmp_path / "runs" / "gone", "gone").append(5)
    source = FileSource(tmp_path / "runs")

    async def named() -> list[str]:
        return [feed.key.run_id async for feeds in source.news(follow=False) for feed in feeds]

    assert asyncio.run(named()) == ["gone"]
    (tmp_path / "runs" / "gone").rename(tmp_path / "gone")
    assert asyncio.run(named()) == ["gone"]
    assert asyncio.run(named()) == []


def test_what_stays_of_a_run_that_was_deleted_is_said_as_it_is(tmp_path: Path) -> None:
    log = Writer(tmp_path / "r", "r").append(5)
    feed = FileFeed(log.path, FeedKey("r", "events"), Header(STARTED, "toy"))
    assert feed.read(Place(0), Limits()) is not None
    log.path.unlink()
    with pytest.raises(SourceGone, match=r"after 5 lines had been loaded; .* and what is loaded stays$"):
        feed.read(Place(5), Limits())
    (tmp_path / "r").rmdir()
    with pytest.raises(SourceGone, match=r"what ClickHouse has of it stays; Parquet parts were in its directory$"):
        feed.read(Place(5), Limits())


def test_a_log_that_was_replaced_is_refused_by_name(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    Writer(runs / "r", "r").append(30)
    load(Settings(runs_dir=runs, follow=False))
    lines = (runs / "r" / "evolution_events.jsonl").read_bytes().splitlines()
    lines[29] = lines[29].replace(b'"hash":"', b'"hash":"0')[:-3] + b'"}'
    (runs / "r" / "evolution_events.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    problems = load(Settings(runs_dir=runs, follow=False))
    assert len(problems) == 1
    assert "line 30 is not the one that is loaded of run r" in problems[0]


def test_new_runs_and_new_lines_are_found_and_a_torn_line_is_waited_for(tmp_path: Path) -> None:
    runs = tmp_path / "runs"

    async def go() -> MemorySink:
        sink = MemorySink()
        loader = Loader(FileSource(runs), sink, limits=Limits(age_s=0.02), metrics=Metrics(), clock=system_clock)
        task = asyncio.create_task(loader.run(follow=True))
        await asyncio.sleep(0.2)
        log = Writer(runs / "late", "late").append(5)
        (runs / "late" / "logs.jsonl").write_text('{"event": "hello", "level": "info"}\n{"ev')
        while len(sink.rows.get(FeedKey("late", "events"), [])) < 5:
            await asyncio.sleep(0.01)
        whole = Writer(tmp_path / "copy", "late").append(6).path.read_bytes().splitlines(keepends=True)[5]
        with log.path.open("ab") as file:
            file.write(whole[:100])
            file.flush()
            await asyncio.sleep(0.3)
            assert len(sink.rows[FeedKey("late", "events")]) == 5
            file.write(whole[100:])
        while len(sink.rows[FeedKey("late", "events")]) < 6:
            await asyncio.sleep(0.01)
        loader.drain()
        await task
        return sink

    sink = asyncio.run(asyncio.wait_for(go(), 120))
    assert len(sink.rows[FeedKey("late", "diagnostics")]) == 1
    assert sink.letters[FeedKey("late", "diagnostics")] == []


def test_a_store_that_is_away_is_waited_for_and_said_so(tmp_path: Path) -> None:
    log = Writer(tmp_path / "runs" / "r", "r").append(60)
    server = ClickHouseServer(tmp_path / "clickhouse")
    settings = ClickHouseSettings(url=server.url)
    server.kill()
    server_up = threading.Timer(1.0, server.start)
    server_up.start()
    try:
        assert load(Settings(runs_dir=tmp_path / "runs", clickhouse=settings, follow=False, limits=SMALL)) == []
        assert clickhouse_rows(settings, HELD) == expected(log.hashes)
    finally:
        server_up.join()
        server.kill()


def test_a_store_or_a_broker_that_stays_away_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    Writer(tmp_path / "runs" / "r", "r").append(3)
    away = ClickHouseSettings(url="http://127.0.0.1:1")
    with pytest.raises(SinkAway, match=r"connection refused; it was waited for 0\.3 s"):
        load(Settings(runs_dir=tmp_path / "runs", clickhouse=away, follow=False, wait_s=0.3))
    broker = NatsSettings(url="nats://127.0.0.1:1")
    for follow in (False, True):
        with pytest.raises(SourceAway, match=r"connection refused; it was waited for 0\.3 s"):
            load(Settings(runs_dir=tmp_path / "runs", nats=broker, follow=follow, wait_s=0.3))


def test_a_store_that_goes_away_in_the_middle_is_waited_for_as_long_as_was_said(tmp_path: Path) -> None:
    log = Writer(tmp_path / "runs" / "r", "r").append(200)
    server = ClickHouseServer(tmp_path / "clickhouse")
    settings = ClickHouseSettings(url=server.url)
    try:
        server.fault("refuse", 100)
        with pytest.raises(SinkAway, match=r"Too many parts.*it was waited for 0\.5 s: what is loaded stays"):
            load(Settings(runs_dir=tmp_path / "runs", clickhouse=settings, follow=False, limits=SMALL, wait_s=0.5))
        server.kill()
        server.start()
        assert load(Settings(runs_dir=tmp_path / "runs", clickhouse=settings, follow=False, wait_s=0.5)) == []
        assert clickhouse_rows(settings, HELD) == expected(log.hashes)
    finally:
        server.kill()


def test_a_broker_that_refuses_ends_it_and_one_that_is_away_does_not_keep_it_from_ending(tmp_path: Path) -> None:
    with served(tmp_path / "nats", 'authorization { token: "right" }\n') as broker:
        for follow in (False, True):
            with pytest.raises(SourceError, match="refuses us without credentials"):
                load(Settings(runs_dir=tmp_path / "runs", nats=NatsSettings(url=broker.url), follow=follow))
    process = _sidecar("--runs-dir", tmp_path / "runs", "--nats", "nats://127.0.0.1:1")
    assert process.stderr is not None
    while b"source is away" not in (line := process.stderr.readline()):
        assert line, "it ended"
    process.send_signal(signal.SIGTERM)
    assert b"asked to end, and what waits is loaded by the next start" in process.communicate(timeout=120)[1]
    assert process.returncode == 3


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"user": "writer", "password_env": "WRONG"}, "user or the password is wrong"),
        ({"user": "reader", "password_env": "READER", "database": "elsewhere"}, "lacks rights"),
    ],
)
def test_wrong_credentials_and_missing_rights_are_one_message_without_the_secret(
    settings: dict[str, str],
    said: str,
    server: ClickHouseServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WRONG", "s3cret-horse")
    monkeypatch.setenv("READER", "reader")
    Writer(tmp_path / "runs" / "r", "r").append(3)
    clickhouse = ClickHouseSettings(url=server.url, **settings)
    with pytest.raises(SinkRefused) as caught:
        load(Settings(runs_dir=tmp_path / "runs", clickhouse=clickhouse, follow=False))
    assert said in str(caught.value)
    assert "s3cret-horse" not in str(caught.value)


def test_an_old_server_is_refused_with_what_is_needed(tmp_path: Path) -> None:
    server = ClickHouseServer(tmp_path / "clickhouse", version="24.8.4.13")
    try:
        Writer(tmp_path / "runs" / "r", "r").append(3)
        with pytest.raises(SinkRefused, match=r"is version 24\.8\.4\.13, and 26\.2 or newer is needed"):
            load(Settings(runs_dir=tmp_path / "runs", clickhouse=ClickHouseSettings(url=server.url), follow=False))
    finally:
        server.kill()


def _get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_metrics_and_health_are_served(tmp_path: Path) -> None:
    Writer(tmp_path / "runs" / "r", "r").append(40).raw(b"poison")

    async def go() -> None:
        metrics = Metrics()
        loader = Loader(FileSource(tmp_path / "runs"), MemorySink(), limits=SMALL, metrics=metrics, clock=system_clock)
        async with serving(metrics, "127.0.0.1", 0) as port:
            assert await asyncio.to_thread(_get, port, "/healthz") == (200, "ok\n")
            assert await asyncio.to_thread(_get, port, "/readyz") == (503, "starting\n")
            await loader.run(follow=False)
            assert await asyncio.to_thread(_get, port, "/readyz") == (200, "ready\n")
            status, text = await asyncio.to_thread(_get, port, "/metrics")
            assert status == 200
            assert 'genesis_sidecar_rows_total{feed="events"} 40.0' in text
            assert 'genesis_sidecar_dead_letters_total{reason="bad_json"} 1.0' in text
            assert "genesis_sidecar_lag_events 0.0" in text
            assert "genesis_sidecar_sink_up 1.0" in text
            assert (await asyncio.to_thread(_get, port, "/else"))[0] == 404

    asyncio.run(go())


def test_sigterm_lets_it_load_what_is_there(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    log = Writer(runs / "r", "r").append(30)
    process = _sidecar("--runs-dir", runs, "--batch-age-s", "60")
    while b"watching" not in (line := process.stderr.readline()):  # type: ignore[union-attr]
        assert line, "it ended"
    log.append(10)
    process.terminate()
    process.communicate(timeout=120)
    assert process.returncode == 0
    assert parquet_rows(runs, HELD) == expected(log.hashes)


def test_the_schema_is_migrated_once_and_a_newer_one_is_refused(server: ClickHouseServer, tmp_path: Path) -> None:
    Writer(tmp_path / "runs" / "r", "r").append(3)
    settings = store(server, tmp_path)
    told = Settings(runs_dir=tmp_path / "runs", clickhouse=settings, follow=False)
    load(told)
    before = clickhouse_rows(settings, "SELECT number, applied FROM schema_migrations ORDER BY number")
    time.sleep(1.1)
    load(told)
    assert clickhouse_rows(settings, "SELECT number, applied FROM schema_migrations ORDER BY number") == before
    assert [row[0] for row in before] == list(range(1, len(before) + 1))
    clickhouse_rows(settings, "SELECT 1")
    urllib.request.urlopen(
        urllib.request.Request(
            f"{server.url}/?database={settings.database}",
            data=b"INSERT INTO schema_migrations (number, name) VALUES (9999, 'later')",
        )
    ).read()
    with pytest.raises(SinkRefused, match="migration 9999, which this sidecar does not know: upgrade"):
        load(told)


def test_what_a_killed_sidecar_left_in_the_folder_for_temporary_files_is_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    Writer(tmp_path / "runs" / "r", "r").append(5)
    left, used, new = (tmp_path / f"genesis-lines-{name}" for name in ("left", "used", "new"))
    for folder in (left, used, new):
        folder.mkdir()
        (folder / ".lock").touch()
        (folder / "00000.jsonl").write_bytes(b"{}\n")
    for folder in (left, used):
        os.utime(folder, (0, 0))
    with (used / ".lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        load(Settings(runs_dir=tmp_path / "runs", follow=False))
    assert sorted(tmp_path.glob("genesis-*")) == [new, used]
