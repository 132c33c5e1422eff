"""The log: one contract for memory and disk, and what only a file can suffer."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from events.chain import GENESIS, seal
from events.envelope import Fact
from events.errors import (
    DataInvalid,
    LineChanged,
    LineMissing,
    LineOutOfOrder,
    LineTorn,
    LineUnreadable,
    LogDiverged,
    LogExists,
    LogLocked,
    LogNotFound,
    LogWriteFailed,
    SchemaTooNew,
    TypeUnknown,
)
from events.log import FileLog, LogReader, MemoryLog, follow, read_event, verify
from events.types import MutationRejected


class Ticking:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


def fact(number: int) -> Fact:
    data = MutationRejected(program=f"p{number:06d}", reason="duplicate", message="é\n" * (number % 7))
    return Fact(data, number or None, data.program, number, 0)


def write(path: Path, count: int) -> None:
    async def session() -> None:
        log = FileLog.create(path, run_id="r", clock=Ticking())
        await log.append([fact(number) for number in range(count)])
        await log.aclose()

    asyncio.run(session())


def reopen(path: Path) -> FileLog:
    return FileLog.open(path, clock=Ticking(), each=lambda event: None)


class TestContract:
    """What every log promises."""

    @pytest.fixture(params=["memory", "file"])
    def make(self, request, tmp_path):
        def make():
            if request.param == "memory":
                return MemoryLog("r", Ticking())
            return FileLog.create(tmp_path / "log.jsonl", run_id="r", clock=Ticking())

        return make

    def test_it_gives_places_without_gaps_and_reads_them_back(self, make) -> None:
        async def session() -> None:
            log = make()
            first = await log.append([fact(1), fact(2)])
            second = await log.append([fact(3)])
            assert [event.sequence for event in (*first, *second)] == [1, 2, 3]
            assert list(log.read()) == [*first, *second]
            assert list(log.read(after=2)) == list(second)
            assert log.read_at(2) == first[1]
            assert log.last_sequence == 3
            assert log.run_id == "r"
            for absent in (0, 4, -1):
                with pytest.raises(IndexError):
                    log.read_at(absent)
            await log.aclose()
            await log.aclose()

        asyncio.run(session())

    def test_facts_written_by_many_tasks_are_all_kept_once(self, make) -> None:
        async def session() -> None:
            log = make()

            async def writer(base: int) -> None:
                for number in range(20):
                    await log.append([fact(base + number), fact(base + number)])

            async with asyncio.TaskGroup() as group:
                for base in range(0, 2000, 100):
                    group.create_task(writer(base))
            events = list(log.read())
            assert [event.sequence for event in events] == list(range(1, 801))
            assert all(one.data == two.data for one, two in zip(events[::2], events[1::2], strict=True))
            await log.aclose()

        asyncio.run(session())

    def test_an_append_behind_the_expected_place_is_refused(self, make) -> None:
        async def session() -> None:
            log = make()
            await log.append([fact(1)], expected_sequence=0)
            with pytest.raises(LogDiverged, match="1"):
                await log.append([fact(2)], expected_sequence=0)
            assert log.last_sequence == 1
            await log.aclose()

        asyncio.run(session())

    def test_followers_see_the_past_and_the_future(self, make) -> None:
        async def session() -> None:
            log = make()
            await log.append([fact(1), fact(2)])
            seen: list[int] = []

            async def watch() -> None:
                async for event in log.follow(after=1):
                    seen.append(event.sequence)
                    if event.sequence == 4:
                        return

            watcher = asyncio.create_task(watch())
            await asyncio.sleep(0)
            await log.append([fact(3)])
            await log.append([fact(4)])
            await asyncio.wait_for(watcher, 60)
            assert seen == [2, 3, 4]
            await log.aclose()

        asyncio.run(session())

    def test_a_cancelled_wait_takes_nothing_back(self, make) -> None:
        async def session() -> None:
            log = make()
            task = asyncio.create_task(log.append([fact(1)]))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await log.append([fact(2)])
            assert [event.sequence for event in log.read()] == [1, 2]
            await log.aclose()

        asyncio.run(session())


class TestFile:
    """What only a file can suffer."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        path = tmp_path / "log.jsonl"
        write(path, 40)
        return path

    def test_it_verifies_and_reopens_where_it_ended(self, path: Path) -> None:
        end = verify(path)
        assert end.sequence == 40

        async def session() -> None:
            log = reopen(path)
            events = await log.append([fact(99)])
            assert events[0].sequence == 41
            await log.aclose()

        asyncio.run(session())
        assert verify(path).sequence == 41

    def test_one_event_is_read_by_its_offset(self, path: Path) -> None:
        offsets: list[int] = []
        events = list(LogReader(path, placed=offsets.append))
        assert [read_event(path, offset) for offset in offsets] == events
        with pytest.raises(LineUnreadable, match="at byte"):
            read_event(path, offsets[3] + 5)

    def test_a_reader_goes_on_where_it_stopped(self, path: Path) -> None:
        data = path.read_bytes()
        cut = data.index(b"\n", len(data) // 2) + 10
        path.write_bytes(data[:cut])
        reader = LogReader(path)
        first = list(reader)
        assert reader.torn_bytes == 9
        path.write_bytes(data)
        second = list(reader)
        assert [event.sequence for event in (*first, *second)] == list(range(1, 41))
        assert reader.torn_bytes == 0

    @pytest.mark.parametrize("keep", [1, 30, 200])
    def test_a_torn_tail_is_an_error_to_verify_and_is_cut_by_the_next_writer(self, path: Path, keep: int) -> None:
        data = path.read_bytes()
        whole = data.rindex(b"\n", 0, len(data) - 1) + 1
        path.write_bytes(data[: whole + keep])
        before = path.read_bytes()
        with pytest.raises(LineTorn, match=f"line 40: cut after {keep} bytes"):
            verify(path)
        assert path.read_bytes() == before
        log = reopen(path)
        assert (log.torn_bytes, log.last_sequence) == (keep, 39)
        asyncio.run(log.aclose())
        assert path.read_bytes() == data[:whole]

    def _broken(self, path: Path, lines: list[bytes], error: type[Exception], says: str) -> None:
        path.write_bytes(b"".join(lines))
        before = path.read_bytes()
        with pytest.raises(error, match=says):
            verify(path)
        with pytest.raises(error, match=says):
            reopen(path)
        assert path.read_bytes() == before, "nothing is changed"

    @pytest.mark.parametrize("number", [1, 2, 20, 39])
    def test_a_deleted_line_is_missed_by_name(self, path: Path, number: int) -> None:
        lines = path.read_bytes().splitlines(keepends=True)
        del lines[number - 1]
        self._broken(path, lines, LineMissing, f"line {number}: holds sequence {number + 1}.*1 deleted")

    @pytest.mark.parametrize("number", [1, 20, 39])
    def test_swapped_lines_are_out_of_order_by_name(self, path: Path, number: int) -> None:
        lines = path.read_bytes().splitlines(keepends=True)
        lines[number - 1], lines[number] = lines[number], lines[number - 1]
        self._broken(path, lines, LineOutOfOrder, f"line {number}: ")

    def test_a_doubled_line_is_out_of_order(self, path: Path) -> None:
        lines = path.read_bytes().splitlines(keepends=True)
        lines.insert(20, lines[19])
        self._broken(path, lines, LineOutOfOrder, "line 21: holds sequence 20")

    @pytest.mark.parametrize("number", [1, 20, 40])
    def test_a_flipped_byte_anywhere_in_a_line_is_found(self, path: Path, number: int) -> None:
        lines = path.read_bytes().splitlines(keepends=True)
        good = lines[number - 1]
        for place in range(0, len(good) - 1, 7):
            flipped = bytearray(good)
            flipped[place] ^= 1
            if flipped[place] == 10:
                continue
            lines[number - 1] = bytes(flipped)
            path.write_bytes(b"".join(lines))
            with pytest.raises((LineChanged, LineMissing, LineOutOfOrder), match=f"line {number}: "):
                verify(path)

    def _resealed(self, path: Path, number: int, change) -> list[bytes]:
        """The log with one line changed and every hash from there on made right again: a consistent forgery."""
        lines, previous = [], GENESIS
        for place, line in enumerate(path.read_bytes().splitlines(), start=1):
            body = line[:-75]
            if place == number:
                members = orjson.loads(line)
                del members["hash"]
                change(members)
                body = orjson.dumps(members)[:-1]
            sealed, previous = seal(previous, body)
            lines.append(sealed)
        return lines

    @pytest.mark.parametrize(
        ("change", "error", "says"),
        [
            (lambda members: members.update(type="program.vanished"), TypeUnknown, "line 20: unknown event type"),
            (lambda members: members.update(schemaversion=2), SchemaTooNew, "line 20: .*schema version 2"),
            (lambda members: members["data"].pop("reason"), DataInvalid, "line 20: .*reason"),
            (lambda members: members.update(sequence=21, id="r:21"), LineOutOfOrder, "line 20: "),
        ],
    )
    def test_a_consistent_forgery_still_has_to_fit_the_schema(self, path: Path, change, error, says) -> None:
        self._broken(path, self._resealed(path, 20, change), error, says)

    def test_a_second_writer_is_refused_and_told_the_owner(self, path: Path) -> None:
        log = reopen(path)
        program = (
            "import sys, pathlib, events.log as log; log.FileLog.open(pathlib.Path(sys.argv[1]), clock=None, each=id)"
        )
        other = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=False)
        assert other.returncode == 1
        assert f"LogLocked: {path} is being written by process {os.getpid()} on" in other.stderr
        with pytest.raises(LogLocked):
            reopen(path)
        asyncio.run(log.aclose())
        asyncio.run(reopen(path).aclose())

    def test_the_lock_of_a_killed_writer_is_free(self, tmp_path: Path) -> None:
        path = tmp_path / "killed.jsonl"
        program = textwrap.dedent(f"""
            import asyncio, os, signal
            from pathlib import Path
            from events.log import FileLog
            from tests.events.test_log import Ticking, fact
            async def session():
                log = FileLog.create(Path({str(path)!r}), run_id="r", clock=Ticking())
                await log.append([fact(1)])
                os.kill(os.getpid(), signal.SIGKILL)
            asyncio.run(session())
        """)
        killed = subprocess.run([sys.executable, "-c", program], check=False, cwd=Path(__file__).parents[2])
        assert killed.returncode == -signal.SIGKILL
        log = reopen(path)
        assert log.last_sequence == 1
        asyncio.run(log.aclose())

    def test_a_foreign_write_is_never_overwritten(self, path: Path) -> None:
        async def session() -> None:
            log = reopen(path)
            with path.open("ab") as other:
                other.write(b"hello\n")
            with pytest.raises(LogDiverged, match="somebody else"):
                await log.append([fact(1)])
            with pytest.raises(LogDiverged):
                await log.append([fact(1)])
            await log.aclose()

        asyncio.run(session())
        assert path.read_bytes().endswith(b"hello\n")

    def test_when_the_disk_refuses_nothing_half_written_is_kept(self, path: Path) -> None:
        before = path.read_bytes()
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

        async def session() -> None:
            log = reopen(path)
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 1000, hard))
            old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            try:
                with pytest.raises(LogWriteFailed, match="make room, then resume"):
                    await log.append([fact(number) for number in range(10)])
                with pytest.raises(LogWriteFailed):
                    await log.append([fact(1)])
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
                signal.signal(signal.SIGXFSZ, old)
            await log.aclose()

        asyncio.run(session())
        assert path.read_bytes() == before
        assert verify(path).sequence == 40

    def test_what_is_not_there_or_there_already_is_said(self, tmp_path: Path, path: Path) -> None:
        with pytest.raises(LogNotFound):
            LogReader(tmp_path / "none.jsonl")
        with pytest.raises(LogExists, match="resume"):
            FileLog.create(path, run_id="r", clock=Ticking())
        empty = tmp_path / "empty.jsonl"
        empty.write_bytes(b"")
        with pytest.raises(LineUnreadable, match="no complete event"):
            reopen(empty)

    def test_following_another_processs_file_sees_lines_when_they_are_whole(self, path: Path) -> None:
        data = path.read_bytes()
        lines = data.splitlines(keepends=True)
        path.write_bytes(b"".join(lines[:10]))

        async def session() -> list[int]:
            seen: list[int] = []

            async def watch() -> None:
                async for event in follow(path):
                    seen.append(event.sequence)
                    if event.sequence == 12:
                        return

            watcher = asyncio.create_task(watch())
            while len(seen) < 10:
                await asyncio.sleep(0.01)
            with path.open("ab") as file:
                file.write(lines[10] + lines[11][:20])
                file.flush()
                while len(seen) < 11:
                    await asyncio.sleep(0.01)
                file.write(lines[11][20:])
                file.flush()
                await asyncio.wait_for(watcher, 60)
            return seen

        assert asyncio.run(session()) == list(range(1, 13))
