"""Logs into ClickHouse and Parquet, and asking them, each beside what the engine alone does with the same data.

Every figure is a ratio of two things that were measured one after the other, several times in turn; the median of the
pairs counts, so that a busy machine slows both. ``--events 1000000`` is the full size.
"""

import argparse
import asyncio
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any
from urllib.error import HTTPError

import clickhouse_connect
import duckdb

import genesis
from benchmarks.machine import describe, row
from events.chain import GENESIS
from events.codec import encode
from events.envelope import Fact
from events.types import LlmResponded
from genesis.query.duckdb import DuckDBEngine
from sidecar.batch import Limits
from sidecar.feed import NOWHERE, UNKNOWN, FeedKey, Place
from sidecar.migrate import load_statement
from sidecar.parts import chain, parts_of
from sidecar.service import Settings, carry
from sidecar.settings import ClickHouseSettings
from sidecar.sink.chdb import clickhouse_sink
from sidecar.sink.clickhouse import ONE_BLOCK, READING, structure_of
from sidecar.source.files import FileFeed
from tests.sidecar.logs import STARTED, Writer, start
from tests.sidecar.servers import ClickHouseServer

STEMS, ENDS = ("gra", "vec", "tri", "pol", "sam", "fit"), ("nt", "ster", "x", "ld")
WORDS = [f"{stem}{vowel}{end}" for stem in STEMS for vowel in "aeiou" for end in ENDS]


def _text(number: int, words: int) -> str:
    """Text of common words and numbers, so that it compresses as badly as text of models does at worst."""
    state, said = number * 2654435761 % 2**32, []
    for _ in range(words):
        state = (state * 1103515245 + 12345) % 2**31
        said.append(WORDS[state // 7 % len(WORDS)] if state % 16 else str(state))
    return " ".join(said)


def write(path: Path, run_id: str, events: int) -> None:
    """A log of model replies of about 5 KB, one in 5,000 of which names a segmentation fault."""
    previous = GENESIS
    with path.open("wb") as out:
        for number in range(1, events + 1):
            reasoning = _text(number, 230)
            if number % 5000 == 7:
                reasoning += " then a Segmentation Fault in the kernel"
            said = LlmResponded(
                program=f"p{number:06d}", text=_text(number + 10**9, 480), reasoning=reasoning, tokens_in=900,
                tokens_out=number % 700, cost_usd=number / 1e6, latency_s=1.5, finish_reason="stop",
            )  # fmt: skip
            fact = start() if number == 1 else Fact(said, cause=number - 1, correlation=f"p{number:06d}")
            line, event = encode(fact, run_id=run_id, sequence=number, time=STARTED, previous=previous)
            previous = event.hash
            out.write(line)


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def ratio(ours: Callable[[], object], limit: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Speed of ours over that of the limit, and seconds of ours: medians of pairs."""
    pairs = [(timed(limit), timed(ours)) for _ in range(repeats)]
    return median(bound / mine for bound, mine in pairs), median(mine for _, mine in pairs)


def _figure(share: float, rate: float) -> str:
    return f"{share:.0%} ({rate:,.0f}/s)"


CHDB = """
import sys
from pathlib import Path
from benchmarks.analytics import chdb_alone, chdb_sidecar, peak_kilobytes
from sys import argv
print((chdb_alone if argv[1] == "alone" else chdb_sidecar)(Path(argv[2]), Path(argv[3])))
print(peak_kilobytes())
"""


def peak_kilobytes() -> int:
    """The most memory that this process held; not what ``getrusage`` says, which counts whoever started it too."""
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])


def chdb_alone(runs: Path, store: Path) -> float:
    """Seconds of one INSERT … SELECT FROM file(…) by the engine alone, into the same table; each opens its engine."""
    _make_schema(ClickHouseSettings(chdb=str(store)))
    source = f"file('{runs}/r/evolution_events.jsonl', JSONEachRow, '{structure_of('events')}')"
    told = {"run_id": "r", "run_started": "2026-03-01 12:00:00", "problem": "toy"}
    statement = load_statement("clickhouse", "events").replace("@source@", source)

    def load() -> None:
        client = clickhouse_connect.get_client(interface="chdb", path=str(store), database="genesis")
        client.command(statement, parameters=told, settings=READING)
        client.close()

    return timed(load)


def chdb_sidecar(runs: Path, store: Path) -> float:
    """Seconds of the sidecar into a schema that is there."""
    settings = ClickHouseSettings(chdb=str(store))
    _make_schema(settings)
    return timed(lambda: asyncio.run(carry(Settings(runs_dir=runs, clickhouse=settings, follow=False))))


def _make_schema(settings: ClickHouseSettings) -> None:
    async def make() -> None:
        sink = clickhouse_sink(settings)
        await sink.open()
        await sink.aclose()

    asyncio.run(make())


def _in_a_process(which: str, runs: Path, folder: Path) -> tuple[float, float]:
    """Seconds and peak megabytes; a process has one chDB."""
    store = Path(tempfile.mkdtemp(dir=folder))
    done = subprocess.run(
        [sys.executable, "-c", CHDB, which, str(runs), str(store)], stdout=subprocess.PIPE, text=True, check=True
    )
    seconds, kilobytes = map(float, done.stdout.split())
    shutil.rmtree(store)
    return seconds, kilobytes / 1e3


def into_chdb(runs: Path, folder: Path, events: int, repeats: int) -> None:
    pairs = [(_in_a_process("alone", runs, folder), _in_a_process("sidecar", runs, folder)) for _ in range(repeats)]
    share = median(alone[0] / ours[0] for alone, ours in pairs)
    rate = events / median(ours[0] for _, ours in pairs)
    row("sidecar to chDB, of INSERT SELECT FROM file", _figure(share, rate), "70 %", met=share >= 0.7)
    print(f"      the engine alone {events / median(alone[0] for alone, _ in pairs):,.0f}/s")
    alone, ours = pairs[0]
    print(f"      peak memory: the engine alone {alone[1]:.0f} MB, the sidecar with the engine in it {ours[1]:.0f} MB")


def over_http(runs: Path, folder: Path, events: int, repeats: int) -> None:
    server = ClickHouseServer(folder / "server")
    bodies = list(_bodies(runs))
    numbers = iter(range(1000))

    def bare(target: str) -> float:
        """A bare raw_insert of the same bytes: the same bodies, one request each."""
        settings = ClickHouseSettings(url=server.url, database=f"bare{next(numbers)}")
        _make_schema(settings)
        client = clickhouse_connect.get_client(host="127.0.0.1", port=server.port, database=settings.database)
        client.command(f"CREATE TABLE lines ({structure_of('events')}) ENGINE = MergeTree ORDER BY sequence")

        def send() -> None:
            for number, body in enumerate(bodies):
                told = {**ONE_BLOCK, "insert_deduplication_token": str(number)}
                client.raw_insert(target, insert_block=body, fmt="JSONEachRow", settings=told)

        seconds = timed(send)
        rows = client.query("SELECT (SELECT count() FROM events) + (SELECT count() FROM lines)").result_rows
        assert rows[0][0] == events, "a bare insert that inserts nothing is no limit"
        return seconds

    def ours() -> float:
        settings = ClickHouseSettings(url=server.url, database=f"ours{next(numbers)}", timeout_s=600)
        _make_schema(settings)
        return timed(lambda: asyncio.run(carry(Settings(runs_dir=runs, clickhouse=settings, follow=False))))

    try:
        tries = [(bare(_bare_target()), ours(), bare("lines")) for _ in range(repeats)]
    finally:
        server.kill()
    share = median(bound / mine for bound, mine, _ in tries)
    rate = events / median(mine for _, mine, _ in tries)
    row("sidecar over HTTP, of a bare raw_insert", _figure(share, rate), "80 %", met=share >= 0.8)
    print(f"      the bare raw_insert {events / median(bound for bound, _, _ in tries):,.0f}/s into the same table")
    lines = median(bound / mine for _, mine, bound in tries)
    print(f"      of one into a table that keeps lines as they are, without the columns and the index: {lines:.0%}")


def _bodies(runs: Path) -> Iterator[bytes]:
    """The log as the sidecar cuts it."""
    feed = FileFeed(runs / "r" / "evolution_events.jsonl", FeedKey("r", "events"), UNKNOWN)
    place = NOWHERE
    while (lines := feed.read(place, Limits())) is not None:
        yield lines.text
        place = Place(place.line + lines.text.count(b"\n"))


def _bare_target() -> str:
    """What stands between INSERT INTO and FORMAT: raw_insert knows no parameters, so they are written out."""
    target = load_statement("clickhouse", "events").partition("INSERT INTO")[2]
    target = target.replace("@source@", f"input('{structure_of('events')}')")
    target = target.replace("{run_id:String}", "'r'").replace("{problem:String}", "'toy'")
    return target.replace("{run_started:DateTime('UTC')}", "toDateTime('2026-03-01 12:00:00', 'UTC')")


def into_parquet(runs: Path, folder: Path, events: int, repeats: int) -> None:
    log = runs / "r" / "evolution_events.jsonl"
    analytics = runs / "r" / "analytics"

    def alone(what: str, told: dict[str, str | int]) -> float:
        with duckdb.connect(config={"threads": 2}) as engine:
            copy = f"COPY ({what}) TO '{folder / 'alone.parquet'}' (FORMAT parquet)"
            return timed(lambda: engine.execute(copy, told))

    def ours() -> float:
        shutil.rmtree(analytics, ignore_errors=True)
        return timed(lambda: asyncio.run(carry(Settings(runs_dir=runs, follow=False))))

    told = {"run_id": "r", "run_started": "2026-03-01 12:00:00", "problem": "toy"}
    told |= {"path": str(log), "longest": 1 << 20}
    same = load_statement("duckdb", "events")
    tries = [(alone(same, told), ours(), alone(f"FROM read_ndjson('{log}')", {})) for _ in range(repeats)]
    share = median(bound / mine for bound, mine, _ in tries)
    mine = median(each[1] for each in tries)
    row("sidecar to Parquet, of DuckDB's own COPY", _figure(share, events / mine), "70 %", met=share >= 0.7)
    print(f"      DuckDB alone {events / median(each[0] for each in tries):,.0f}/s into the same columns")
    lines = median(bound / mine for _, mine, bound in tries)
    print(f"      of a COPY that keeps lines as they are, without the columns: {lines:.0%}")
    size = sum(part.bytes for part in chain(parts_of(analytics, "events")))
    print(f"      Parquet parts are {log.stat().st_size / size:.1f} times smaller than the log")


def memory(runs: Path, folder: Path) -> None:
    shutil.rmtree(runs / "r" / "analytics", ignore_errors=True)
    script = (
        "import sys; from sidecar.__main__ import main; code = main(sys.argv[1:]); "
        "print(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0]); sys.exit(code)"
    )
    size = (runs / "r" / "evolution_events.jsonl").stat().st_size / 1e6
    server = ClickHouseServer(folder / "memory")
    try:
        for where, told in (("Parquet", ()), ("HTTP", ("--clickhouse", server.url))):
            command = [sys.executable, "-c", script, "--runs-dir", str(runs), "--once", *told]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            megabytes = float(done.stdout) / 1e3
            what = f"memory of the sidecar to {where}, {size:,.0f} MB waiting"
            row(what, f"{megabytes:.0f} MB", "500 MB", met=megabytes <= 500)
    finally:
        server.kill()


STORE = """
import sys
from pathlib import Path
from benchmarks.analytics import ask_chdb
ask_chdb(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
"""


def ask_chdb(runs: Path, store: Path, repeats: int) -> None:
    """Sizes and search, in a process of its own."""
    chdb_sidecar(runs, store)
    client = clickhouse_connect.get_client(interface="chdb", path=str(store), database="genesis")
    _sizes(client, runs)
    client.command("CREATE TABLE bare (reasoning String CODEC(ZSTD(3))) ENGINE = MergeTree ORDER BY tuple()")
    client.command("INSERT INTO bare SELECT reasoning FROM events")
    for table in ("bare", "events"):
        client.command(f"OPTIMIZE TABLE {table} FINAL")
    said = (
        "SELECT reasoning FROM {} WHERE reasoning ILIKE '%segmentation fault%' SETTINGS use_query_condition_cache = 0"
    )
    view, bare = said.format("genesis_logs"), said.format("bare")
    assert len(client.query(view).result_rows) == len(client.query(bare).result_rows) > 0
    share, seconds = ratio(lambda: client.query(view), lambda: client.query(bare), max(5, repeats))
    times = 1 / share
    row("ILIKE in genesis_logs, of a bare table", f"{times:.2f} times ({seconds:.3f} s)", "1.2 times", met=times <= 1.2)
    indexed = (
        "SELECT reasoning FROM genesis_logs WHERE hasAllTokens(reasoning, 'segmentation fault') "
        "SETTINGS use_query_condition_cache = 0"
    )
    found = median(timed(lambda: client.query(indexed)) for _ in range(9))
    row("indexed search in reasoning", f"{found * 1e3:.0f} ms", "50 ms", met=found <= 0.05)


def _sizes(client: Any, runs: Path) -> None:  # Any: the client has no types
    for run, bar, what in (("r", 4, "a synthetic worst case"), ("real", 10, "a real run's log")):
        size = (runs / run / "evolution_events.jsonl").stat().st_size
        client.command("CREATE TABLE one AS events")
        client.command(f"INSERT INTO one SELECT * FROM events WHERE run_id = '{run}'")
        client.command("OPTIMIZE TABLE one FINAL")
        asked = (
            "SELECT sum(data_compressed_bytes), sum(bytes_on_disk) FROM system.parts "
            "WHERE table = 'one' AND active AND database = 'genesis'"
        )
        data, disk = client.query(asked).result_rows[0]
        client.command("DROP TABLE one SYNC")
        row(f"ClickHouse on disk, {what}", f"{size / data:.1f} times smaller", f"{bar} times", met=size / data >= bar)
        print(f"      with indexes, marks and projections: {size / disk:.1f} times smaller than the log")


def visible(folder: Path) -> None:
    """Appends 1,000 events a second, and asks either store for the last one until it is there."""
    runs = folder / "live"
    server = ClickHouseServer(folder / "live-server")

    def in_duckdb() -> int:
        with DuckDBEngine([runs / "live"], warn=print) as engine:
            return next(iter(engine.answer("SELECT max(sequence) FROM genesis_logs", {}).rows))[0]

    def in_clickhouse() -> int:
        try:
            return int(server.rows("SELECT max(sequence) FROM genesis_logs")[0][0])
        except HTTPError:
            return 0  # the sidecar has not made its tables yet

    log = Writer(runs / "live", "live").append(1)
    try:
        for where, asking, told in (
            ("DuckDB", in_duckdb, ()),
            ("ClickHouse over HTTP", in_clickhouse, ("--clickhouse", server.url)),
        ):
            worst = max(_waits(runs, log, asking, told))
            row(f"append to visible at 1,000 events/s, {where}", f"{worst:.2f} s", "2 s", met=worst <= 2)
    finally:
        server.kill()


def _waits(runs: Path, log: Writer, asking: Callable[[], int], told: Sequence[str]) -> list[float]:
    """Seconds until what had been appended was there, five times, while a sidecar follows."""
    sidecar = subprocess.Popen(
        [sys.executable, "-m", "sidecar", "--runs-dir", str(runs), *told], stderr=subprocess.DEVNULL
    )
    stop = threading.Event()

    def appending() -> None:
        while not stop.wait(0.05):
            log.append(50)

    writer = threading.Thread(target=appending)
    writer.start()
    try:
        _wait_for(log, asking)  # both have started
        return [_wait_for(log, asking) for _ in range(5)]
    finally:
        stop.set()
        writer.join()
        sidecar.terminate()
        sidecar.wait()


def _wait_for(log: Writer, asking: Callable[[], int]) -> float:
    began, wanted = time.perf_counter(), log.sequence
    while asking() < wanted:
        pass
    return time.perf_counter() - began


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--real", type=Path, default=None, help="a real run's log; none: a short run is made")
    parser.add_argument("--only", choices=["load", "ask"], help="only loading, or only asking")
    asked = parser.parse_args()
    print(describe())
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        runs = folder / "runs"
        (runs / "r").mkdir(parents=True)
        write(runs / "r" / "evolution_events.jsonl", "r", asked.events)
        if asked.only != "ask":
            for measure in (into_chdb, over_http, into_parquet):
                measure(runs, folder, asked.events, asked.repeats)
            memory(runs, folder)
        if asked.only == "load":
            return
        _real(runs, asked.real)
        subprocess.run([sys.executable, "-c", STORE, str(runs), str(folder / "asked"), str(asked.repeats)], check=True)
        visible(folder)


def _real(runs: Path, log: Path | None) -> None:
    if log is not None:
        (runs / "real").mkdir()
        shutil.copy(log, runs / "real" / "evolution_events.jsonl")
        return
    genesis.evolve("heilbronn", runs_dir=str(runs), run_id="real", seed=1, stop={"evaluations": 2000})


if __name__ == "__main__":
    main()
