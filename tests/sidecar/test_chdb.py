"""The engine in this process, whose statements write many blocks: whatever ends one, every line is there once."""

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from glob import glob
from itertools import pairwise
from pathlib import Path

import pytest

from sidecar.batch import Limits
from sidecar.clickhouse import connect
from sidecar.clock import system_clock
from sidecar.errors import DataRefused, SinkAway, SinkRefused
from sidecar.feed import Batch, FeedKey, Header, Lines, Place
from sidecar.inspect import batch_of
from sidecar.loader import Loader
from sidecar.metrics import Metrics
from sidecar.service import Settings
from sidecar.settings import ClickHouseSettings
from sidecar.sink.chdb import ChdbSink
from sidecar.sink.memory import MemorySink
from sidecar.sink.port import Following
from sidecar.source.files import FileSource
from tests.sidecar.logs import STARTED, Writer
from tests.sidecar.stores import HELD, clickhouse_rows, expected, load

KEY = FeedKey("r", "events")


@pytest.fixture
def log(tmp_path: Path) -> Writer:
    return Writer(tmp_path / "runs" / "r", "r").append(60)


@pytest.fixture
def settings(tmp_path: Path) -> ClickHouseSettings:
    return ClickHouseSettings(chdb=str(tmp_path / "chdb"))


def batches(log: Writer, *edges: int) -> Iterator[Batch]:
    """One from each line behind an edge up to the next edge."""
    lines = log.path.read_bytes().splitlines(keepends=True)
    for after, last in pairwise(edges):
        yield batch_of(KEY, Header(STARTED, "toy"), Lines(after + 1, b"".join(lines[after:last])), "a log")


def use(settings: ClickHouseSettings, work: Callable[[ChdbSink], Awaitable[None]]) -> None:
    async def go() -> None:
        sink = ChdbSink(settings)
        await sink.open()
        try:
            async with asyncio.timeout(60):
                await work(sink)
        finally:
            await sink.aclose()

    asyncio.run(go())


@pytest.mark.parametrize("hole", [(1, 12), (20, 25)])
def test_a_hole_that_a_dead_statement_left_is_closed(
    hole: tuple[int, int], log: Writer, settings: ClickHouseSettings
) -> None:
    async def work(sink: ChdbSink) -> None:
        (first,) = batches(log, 0, 50)
        await sink.load(first)

    use(settings, work)
    clickhouse_rows(
        settings,
        f"ALTER TABLE events DELETE WHERE sequence BETWEEN {hole[0]} AND {hole[1]} SETTINGS mutations_sync = 2",
    )
    assert load(Settings(runs_dir=log.path.parent.parent, clickhouse=settings, follow=False)) == []
    assert clickhouse_rows(settings, HELD) == expected(log.hashes)


def test_a_store_that_holds_a_line_twice_is_refused(log: Writer, settings: ClickHouseSettings) -> None:
    async def work(sink: ChdbSink) -> None:
        (first,) = batches(log, 0, 10)
        await sink.load(first)
        clickhouse_rows(settings, "INSERT INTO events SELECT * FROM events WHERE sequence = 3")
        with pytest.raises(SinkRefused, match="1 rows too many"):
            await sink.load(first)

    use(settings, work)


def test_dead_letters_end_a_stream_and_begin_the_next(tmp_path: Path, settings: ClickHouseSettings) -> None:
    log = Writer(tmp_path / "runs" / "r", "r").append(30).raw(b"{broken").append(30).raw(b"worse").append(5)
    limits = Limits(rows=4)
    assert load(Settings(runs_dir=tmp_path / "runs", clickhouse=settings, follow=False, limits=limits)) == []
    assert clickhouse_rows(settings, HELD) == expected(log.hashes)
    assert clickhouse_rows(settings, "SELECT line FROM dead_letters ORDER BY line") == [(31,), (62,)]


class _Picky(MemorySink):
    """A sink that streams, whose engine cannot read some lines, and tells only once it had the others."""

    def __init__(self, refused: Sequence[int]) -> None:
        super().__init__()
        self._refused = [f'"sequence":{number},'.encode() for number in refused]
        self.streams = 0

    async def load(self, batch: Batch) -> Place:
        if any(each in batch.body for each in self._refused):
            raise DataRefused("the engine cannot read it")
        return await super().load(batch)

    async def stream(self, first: Batch, following: Following) -> Place:
        self.streams += 1
        place = await self.load(first)
        while (batch := following()) is not None:
            place = await self.load(batch)
        return place


def test_lines_that_a_stream_is_refused_for_become_dead_letters(tmp_path: Path) -> None:
    Writer(tmp_path / "r", "r").append(20).raw(b"no json").append(200)
    sink, source, metrics = _Picky([13, 17, 190]), FileSource(None, [tmp_path / "r"]), Metrics()
    asyncio.run(Loader(source, sink, limits=Limits(rows=5), metrics=metrics, clock=system_clock).run(follow=False))
    assert [(letter.line, letter.reason) for letter in sink.letters[KEY]] == [
        (13, "engine_refused"),
        (17, "engine_refused"),
        (21, "bad_json"),
        (190, "engine_refused"),
    ]
    assert len(sink.rows[KEY]) == 221 - 4
    assert sink.streams < 20


SMALL_BLOCKS = """
import sys
from sidecar.__main__ import main
from sidecar.sink import chdb
chdb._MANY_BLOCKS |= {"input_format_parallel_parsing": 0, "min_insert_block_size_bytes": 1}
chdb._MANY_BLOCKS |= {"max_block_size": 64, "max_insert_block_size": 64, "min_insert_block_size_rows": 64}
sys.exit(main(sys.argv[1:]))
"""


def _wait_for_a_block(sidecar: "subprocess.Popen[bytes]", folder: Path) -> None:
    """Until a sidecar has written one, or ended."""
    before = _blocks(folder)
    while sidecar.poll() is None and _blocks(folder) <= before:
        time.sleep(0.01)


def _blocks(folder: Path) -> set[str]:
    return {Path(part).name for part in glob(f"{folder}/chdb/store/*/*/202603_*")}  # a folder may go meanwhile


def _kill_while_it_loads(folder: Path, kills: int, dice: random.Random) -> None:
    """Kills a sidecar with its engine, whose one statement writes many blocks by two threads."""
    log = Writer(folder / "runs" / "r", "r")
    settings = ClickHouseSettings(chdb=str(folder / "chdb"))
    shared = ("--runs-dir", folder / "runs", "--chdb", settings.chdb, "--once")
    command = [sys.executable, "-c", SMALL_BLOCKS, *map(str, shared)]
    for _ in range(kills):
        log.append(dice.randrange(4000, 8000))
        sidecar = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        _wait_for_a_block(sidecar, folder)
        time.sleep(0.5 * dice.random())
        sidecar.kill()
        sidecar.wait()
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    assert clickhouse_rows(settings, HELD) == expected(log.hashes)


@pytest.mark.timeout(900)
def test_a_sidecar_killed_with_its_engine(tmp_path: Path) -> None:
    _kill_while_it_loads(tmp_path, 3, random.Random(1))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_sidecar_killed_with_its_engine_a_hundred_times(tmp_path: Path) -> None:
    for round_number in range(10):
        _kill_while_it_loads(tmp_path / str(round_number), 10, random.Random(round_number))


def test_a_directory_that_another_process_has_is_named_with_that_process(
    tmp_path: Path, settings: ClickHouseSettings
) -> None:
    (tmp_path / "runs").mkdir()
    sidecar = subprocess.Popen(
        [sys.executable, "-m", "sidecar", "--runs-dir", tmp_path / "runs", "--chdb", settings.chdb],
        stderr=subprocess.PIPE,
    )
    try:
        assert sidecar.stderr is not None
        assert b"watching" in sidecar.stderr.readline()
        with pytest.raises(SinkAway, match=rf"in use by process {sidecar.pid}, and one process at a time can have it"):
            connect(settings, database=None)
    finally:
        sidecar.kill()
        sidecar.communicate()
    connect(settings, database=None).close()


@pytest.mark.parametrize(("place", "said"), [("a-file", "File exists"), ("a-file/below", "Not a directory")])
def test_a_directory_that_cannot_be_is_refused(place: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    with pytest.raises(SinkRefused, match=f"{place}: {said}: give a directory that can be written"):
        connect(ClickHouseSettings(chdb=str(tmp_path / place)), database=None)
