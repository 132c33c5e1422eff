"""Parts that larger ones cover: they go once nobody can want them, whoever is alive then, and nothing else goes."""

import asyncio
import random
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pytest

import sidecar.sink.parquet
from sidecar.batch import Limits
from sidecar.clock import system_clock
from sidecar.feed import FeedKey, Place
from sidecar.loader import Loader
from sidecar.metrics import Metrics
from sidecar.parts import Part, chain, covered, part_at, parts_of
from sidecar.service import Settings
from sidecar.sink.parquet import ParquetSink
from sidecar.source.files import FileSource
from tests.sidecar.logs import Writer
from tests.sidecar.stores import HELD, expected, load, parquet_rows

ONE_BY_ONE = Limits(rows=1, age_s=0)
LONG_S = 3600.0  # longer than any test
KEY = FeedKey("r", "events")


def directly(runs: Path) -> int:
    """How many rows whoever reads all the files gets."""
    return duckdb.sql(f"SELECT count(*) FROM '{runs}/r/analytics/events-*.parquet'").fetchall()[0][0]


def files(runs: Path) -> list[Path]:
    return sorted((runs / "r" / "analytics").glob("events-*.parquet"))


def loader_of(runs: Path, *, grace_s: float) -> Loader:
    sink = ParquetSink(runs, ONE_BY_ONE, grace_s=grace_s)
    return Loader(FileSource(runs), sink, limits=ONE_BY_ONE, metrics=Metrics(), clock=system_clock)


def take_up(runs: Path, *, grace_s: float) -> Place:
    """What a sidecar does with a run that has ended: it asks for the place, and there is nothing to load."""

    async def go() -> Place:
        sink = ParquetSink(runs, grace_s=grace_s)
        await sink.open()
        place = await sink.place(KEY)
        await sink.aclose()
        await sink.aclose()
        return place

    return asyncio.run(go())


def ended(tmp_path: Path) -> tuple[Path, Writer]:
    """A run whose sidecar ended before anything was due."""
    runs = tmp_path / "runs"
    log = Writer(runs / "r", "r").append(100)
    asyncio.run(loader_of(runs, grace_s=LONG_S).run(follow=False))
    assert directly(runs) > 100
    return runs, log


def test_the_next_sidecar_deletes_what_was_left_covered(tmp_path: Path) -> None:
    runs, log = ended(tmp_path)
    before = take_up(runs, grace_s=LONG_S)
    assert directly(runs) > 100  # somebody may have them listed
    assert take_up(runs, grace_s=0) == before
    assert directly(runs) == 100
    assert [part.path for part in chain(parts_of(runs / "r" / "analytics", "events"))] == files(runs)
    assert parquet_rows(runs, HELD) == expected(log.hashes)
    assert load(Settings(runs_dir=runs, follow=False)) == []


def test_a_sidecar_that_goes_on_after_the_run_deletes_what_it_merged(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    log = Writer(runs / "r", "r").append(100)

    async def go() -> None:
        loader = loader_of(runs, grace_s=1.0)
        following = asyncio.create_task(loader.run(follow=True))
        while loader.lines.get("r") != 100:
            await asyncio.sleep(0.02)
        while [part.path for part in chain(parts_of(runs / "r" / "analytics", "events"))] != files(runs):
            await asyncio.sleep(0.1)
        loader.drain()
        await following

    asyncio.run(asyncio.wait_for(go(), 200))
    assert directly(runs) == 100
    assert parquet_rows(runs, HELD) == expected(log.hashes)


def test_a_sidecar_that_ends_deletes_what_is_due(tmp_path: Path) -> None:
    runs, _ = ended(tmp_path)

    async def go() -> None:
        sink = ParquetSink(runs, grace_s=0.5)
        await sink.place(KEY)
        await asyncio.sleep(1.0)
        await sink.aclose()

    asyncio.run(go())
    assert directly(runs) == 100


def test_a_run_that_cannot_be_written_is_read_all_the_same(tmp_path: Path) -> None:
    runs, _ = ended(tmp_path)
    before = files(runs)
    (runs / "r" / "analytics" / ".lock").unlink()
    (runs / "r" / "analytics" / ".lock").mkdir()  # no file can be opened there, for whoever has all rights too
    assert take_up(runs, grace_s=0).line == 100
    assert files(runs) == before


def test_a_kill_in_the_middle_of_deleting_loses_nothing(tmp_path: Path) -> None:
    runs, log = ended(tmp_path)
    dice = random.Random(5)
    gone = [part.path for part, _ in covered(parts_of(runs / "r" / "analytics", "events"))]
    for path in dice.sample(gone, len(gone) // 2):
        path.unlink()
    assert parquet_rows(runs, HELD) == expected(log.hashes)
    assert take_up(runs, grace_s=0).line == 100
    assert directly(runs) == 100


def test_a_place_is_found_while_another_sidecar_merges_and_deletes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = tmp_path / "runs"
    Writer(runs / "r", "r").append(40)
    asyncio.run(loader_of(runs, grace_s=LONG_S).run(follow=False))
    small = [part for part, _ in covered(parts_of(runs / "r" / "analytics", "events"))]
    assert chain(small)

    def listed_in_time(directory: Path, table: str) -> list[Part]:
        monkeypatch.undo()
        for part in small:
            part.path.unlink()
        return small

    monkeypatch.setattr(sidecar.sink.parquet, "parts_of", listed_in_time)

    async def go() -> Place:
        sink = ParquetSink(runs, grace_s=LONG_S)
        try:
            return sink._place(KEY)
        finally:
            await sink.aclose()

    assert asyncio.run(go()).line == 40


def test_what_the_parts_do_not_reach_yet_is_not_covered(tmp_path: Path) -> None:
    def parts(*lines: tuple[int, int]) -> Iterable[tuple[int, int]]:
        for first, last in lines:
            part_at(tmp_path, "events", first, last).write_bytes(b"")
        return [(part.first, part.last) for part, _ in covered(parts_of(tmp_path, "events"))]

    assert parts((1, 10), (21, 30)) == []
    assert sorted(parts((1, 4), (11, 25))) == [(1, 4)]
    assert sorted(parts((26, 30))) == [(1, 4), (21, 30)]


def test_two_sidecars_that_merge_and_delete_at_once_lose_nothing(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    log = Writer(runs / "r", "r").append(150)

    async def go() -> None:
        await asyncio.gather(*(loader_of(runs, grace_s=0).run(follow=False) for _ in range(2)))

    asyncio.run(asyncio.wait_for(go(), 200))
    assert parquet_rows(runs, HELD) == expected(log.hashes)
    take_up(runs, grace_s=0)
    assert directly(runs) == 150
