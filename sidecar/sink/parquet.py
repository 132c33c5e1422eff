"""Parquet parts in a run's ``analytics`` directory, which DuckDB reads beside the tail of the log.

A part is written under another name, made durable, and renamed when it is whole, so it is there or not. A lock on the
directory makes looking for the place and moving it on one step, for any number of sidecars; the kernel lets go of it
when a process dies. So the parts themselves are the position.

Small parts are merged into larger ones. Those that a larger one covers are deleted a minute later, when no reader that
saw them listed can still want to open them: by the sidecar that merged them while it lives, else by the next one that
takes up the run. What covers them is durable by then, so it may die in the middle of that.
"""

import asyncio
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import TypeVar

import duckdb
import orjson

from sidecar.batch import Limits
from sidecar.errors import DataRefused, SinkAway, SinkRefused, SinkShort, SourceGone
from sidecar.feed import NOWHERE, Batch, FeedKey, Header, Place, longest_of
from sidecar.migrate import load_statement
from sidecar.parts import ANALYTICS, Part, chain, covered, due_for_merging, part_at, parts_of
from sidecar.sink.port import Following

__all__ = ["GRACE_S", "ParquetSink"]

GRACE_S = 60.0
"""How long a part stays once a larger one covers it."""

# The engine works in parallel only where it might give each thread 4 MiB a column; what it takes is far less.
_MEMORY_LIMIT = "900MB"
_FORMAT = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 2048"
_GROWTH = 4
"""How much larger than the first the parts of a stream become: the first is ready soon, later ones take less time."""
_FOLDER, _LOCK = "genesis-lines-", ".lock"
_ROOM_BYTES = 1 << 20
_FILE_BYTES = 2 << 20

_T = TypeVar("_T")
_Told = Mapping[str, str | int | list[str]]


class ParquetSink:
    """Parts below a folder of runs.

    Args:
        runs_dir: Each run's parts are in ``<runs_dir>/<run_id>/analytics``.
        limits: How much makes one part.
        grace_s: How long a part stays once a larger one covers it.
    """

    def __init__(self, runs_dir: Path, limits: Limits = Limits(), *, grace_s: float = GRACE_S) -> None:  # noqa: B008  frozen
        self._runs_dir = runs_dir
        self._limits = limits
        self._grace_s = grace_s
        self._due: dict[FeedKey, float] = {}  # feeds with parts to delete, to the monotonic time when they may be
        self._directories: dict[str, Path] = {}
        self._thread = ThreadPoolExecutor(1, "parquet")
        self._engine: duckdb.DuckDBPyConnection | None = None

    @property
    def name(self) -> str:
        """What it is and where."""
        return f"Parquet parts in {self._runs_dir}/*/{ANALYTICS}"

    def found(self, run_id: str, directory: Path) -> None:
        """Says where a run's directory is, when it is not below the folder under the run's id."""
        self._directories[run_id] = directory

    def directory(self, run_id: str) -> Path:
        """Where a run's parts are."""
        return self._directories.get(run_id, self._runs_dir / run_id) / ANALYTICS

    async def open(self) -> None:
        """Starts the engine."""
        await self._do(self._connection)

    async def place(self, key: FeedKey) -> Place:
        """What the parts cover; deletes those that have been covered by others for long enough."""
        return await self._do(lambda: self._taken_up(key))

    async def load(self, batch: Batch) -> Place:
        """Writes one part, and before it one of dead letters if there are any."""
        return await self.stream(batch, lambda: None)

    async def stream(self, first: Batch, following: Following) -> Place:
        """Writes parts, each of as many batches as fit."""
        return await self._do(lambda: self._stream(first, following))

    async def idle(self) -> None:
        """Deletes the parts whose time has come."""
        if any(monotonic() >= due for due in self._due.values()):
            await self._do(self._delete_due)

    async def aclose(self) -> None:
        """Deletes the parts whose time has come, and stops the engine. What is not due is left to the next sidecar."""
        await self.idle()
        self._due.clear()
        self._thread.shutdown(wait=True)
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    async def _do(self, work: Callable[[], _T]) -> _T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except PermissionError as error:
            raise SinkRefused(f"{error.filename}: {error.strerror}: let the sidecar write there") from None
        except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
            raise SinkAway(f"{self.name}: {error}") from None
        except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
            raise DataRefused(f"DuckDB does not take it: {str(error).splitlines()[0]}") from None
        except duckdb.Error as error:
            raise SinkRefused(f"{self.name}: {error}") from None

    def _connection(self) -> duckdb.DuckDBPyConnection:
        if self._engine is None:
            _sweep()
            config: dict[str, str | bool | int | float | list[str]] = {
                "memory_limit": _MEMORY_LIMIT,
                "threads": 2,
                "preserve_insertion_order": False,
                "temp_directory": tempfile.gettempdir(),
            }
            self._engine = duckdb.connect(config=config)
            self._engine.execute("SET enable_progress_bar = false")  # a notebook and `python -c` have one, on stdout
        return self._engine

    def _place(self, key: FeedKey) -> Place:
        while parts := chain(parts_of(self.directory(key.run_id), key.kind)):
            try:
                notes = self._notes(parts[-1].path)
            except duckdb.IOException:
                if parts[-1].path.exists():
                    raise
                continue  # another sidecar has merged it since it was listed
            header = Header(datetime.fromisoformat(notes["started"]), notes["problem"])
            return Place(parts[-1].last, notes["hash"], int(notes["next_byte"]) or None, header)
        return NOWHERE

    def _notes(self, path: Path) -> dict[str, str]:
        found = self._connection().execute("SELECT key, value FROM parquet_kv_metadata(?)", [str(path)]).fetchall()
        return {key.decode(): value.decode() for key, value in found}

    def _stream(self, first: Batch, following: Following) -> Place:
        place = Place(first.after)
        with ThreadPoolExecutor(1, "lines") as reader:

            def gather(batch: Batch | None, times: int) -> Future[_Gathered | None]:
                return reader.submit(_gather, batch, following, self._limits.times(times))

            times, waiting = 1, gather(first, 1)
            try:
                while (part := waiting.result()) is not None:
                    times = min(2 * times, _GROWTH)
                    waiting = gather(None, times)  # while the engine writes this one
                    with closing(part.files):
                        place = self._load(part)
                    if place.line != part.last.last:
                        break
            finally:
                ahead = waiting.result()
                if ahead is not None:
                    ahead.files.close()
        return place

    def _load(self, part: "_Gathered") -> Place:
        key = part.first.key
        directory = self._made(key.run_id)
        with _held(directory):
            place = self._place(key)
            if place.line != part.first.after:
                return place
            self._write_letters(directory, part.first)
            self._write_rows(directory, part)
            self._tidy(directory, key)
        return part.last.place

    def _made(self, run_id: str) -> Path:
        directory = self.directory(run_id)
        if run_id in self._directories and not directory.parent.is_dir():
            raise SourceGone(f"{directory.parent} is gone: the run was deleted while it was being loaded")
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def _write_rows(self, directory: Path, part: "_Gathered") -> None:
        first, last = part.first, part.last
        header = first.header
        notes = {"next_byte": str(last.end or 0), "hash": last.hash}
        notes |= {"started": header.started.isoformat(), "problem": header.problem}
        parameters = {"run_id": first.key.run_id, "run_started": _naive(header.started)}
        if first.key.kind == "events":
            parameters["problem"] = header.problem
        path = part_at(directory, first.key.kind, first.after + 1, last.last)
        written = self._copy(load_statement("duckdb", first.key.kind), path, {**parameters, **part.files.told}, notes)
        if written != part.rows:
            path.unlink()
            raise SinkShort(f"{path}: {written:,} of {part.rows:,} rows were written: they are sent again")

    def _write_letters(self, directory: Path, batch: Batch) -> None:
        table = f"dead_{batch.key.kind}"
        for part in parts_of(directory, table):
            if part.first > batch.after:  # of a load that did not come to its end
                part.path.unlink()
        if not batch.letters:
            return
        parameters = {"run_id": batch.key.run_id, "run_started": _naive(batch.header.started)}
        path = part_at(directory, table, batch.after + 1, batch.last)
        with closing(_Files()) as files:
            files.add(b"".join(map(_as_json(batch.key.kind), batch.letters)))
            self._copy(load_statement("duckdb", "dead_letters"), path, {**parameters, **files.told}, {})

    def _copy(
        self, select: str, path: Path, parameters: Mapping[str, str | int | list[str]], notes: Mapping[str, str]
    ) -> int:
        """Writes a part, and returns its number of rows."""
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        kept = ", ".join(f"{name}: {_quoted(value)}" for name, value in notes.items())
        options = f"{_FORMAT}, KV_METADATA {{{kept}}}" if notes else _FORMAT
        try:
            statement = f"COPY ({select}) TO {_quoted(str(unfinished))} ({options})"
            done = self._connection().execute(statement, dict(parameters)).fetchone()
            _publish(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
        return int(done[0]) if done else 0

    def _taken_up(self, key: FeedKey) -> Place:
        self._delete_if_free(key)
        return self._place(key)

    def _delete_due(self) -> None:
        now = monotonic()
        for key in [key for key, due in self._due.items() if now >= due]:
            self._delete_if_free(key)

    def _delete_if_free(self, key: FeedKey) -> None:
        """Deletes what is covered; where another sidecar is at work, at a later try."""
        self._due.pop(key, None)
        directory = self.directory(key.run_id)
        if directory.is_dir():
            self._due[key] = monotonic() + self._grace_s
            with suppress(OSError), _held(directory, wait=False):  # a directory that cannot be written can be read
                self._delete(directory, key)

    def _tidy(self, directory: Path, key: FeedKey) -> None:
        """Merges small parts, and deletes those that have been covered for a while."""
        merging = due_for_merging(chain(parts_of(directory, key.kind)))
        if merging:
            self._merge(directory, key, merging)
        self._delete(directory, key)

    def _delete(self, directory: Path, key: FeedKey) -> None:
        """Deletes parts that others have covered for a while, and what a dead process left."""
        found = covered(parts_of(directory, key.kind))
        since = [(part.path, max(_changed(each.path) for each in by)) for part, by in found]
        since += [(path, _changed(path)) for path in directory.glob(".*.parquet.*")]
        now = time.time()  # noqa: TID251  held against the file system's clock
        old = [path for path, at in since if now - at > self._grace_s]
        for path in old:
            path.unlink(missing_ok=True)
        if len(old) < len(since):
            self._due[key] = monotonic() + self._grace_s
        else:
            self._due.pop(key, None)

    def _merge(self, directory: Path, key: FeedKey, parts: Sequence[Part]) -> None:
        listed = ", ".join(_quoted(str(part.path)) for part in parts)
        select = f"SELECT * FROM read_parquet([{listed}], union_by_name = true)"  # noqa: S608  paths of ours, quoted
        path = part_at(directory, key.kind, parts[0].first, parts[-1].last)
        self._copy(select, path, {}, self._notes(parts[-1].path))


@contextmanager
def _held(directory: Path, *, wait: bool = True) -> Generator[None]:
    """The directory's lock; waits for it, or raises `BlockingIOError`."""
    with (directory / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _changed(path: Path) -> float:
    """When a file got its name or its contents."""
    return path.stat().st_ctime


class _Files:
    """Lines in files that the engine can read.

    The engine works on up to 2,048 rows of a file at a time, and holds each of them in every form that a statement
    gives it. Rows of several kilobytes fill its memory so; of small files it takes fewer at a time.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix=_FOLDER)
        self._lock = os.open(Path(self._folder.name, _LOCK), os.O_RDWR | os.O_CREAT)
        fcntl.flock(self._lock, fcntl.LOCK_EX)  # while it is held, the folder is in use
        self._paths: list[str] = []
        self._longest = 0
        self.bytes = 0

    def add(self, body: bytes) -> None:
        """Takes whole lines; of none there is a file all the same, since the engine wants one."""
        for piece in list(_pieces(body)) or [b""]:
            path = Path(self._folder.name, f"{len(self._paths):05d}.jsonl")
            path.write_bytes(piece)
            self._paths.append(str(path))
        self._longest = max(self._longest, longest_of(body))
        self.bytes += len(body)

    @property
    def told(self) -> _Told:
        """Their paths, and bytes that hold the longest line, which the engine takes room for."""
        return {"path": self._paths, "longest": max(_ROOM_BYTES, 1 + self._longest)}

    def close(self) -> None:
        """Deletes them."""
        os.close(self._lock)
        self._folder.cleanup()


@dataclass(frozen=True, slots=True)
class _Gathered:
    """Batches that continue one another and make one part."""

    first: Batch
    last: Batch
    rows: int
    files: _Files


def _sweep() -> None:
    """Deletes the files of processes that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        with suppress(OSError), (folder / _LOCK).open() as lock:
            if time.time() - folder.stat().st_mtime > GRACE_S:  # noqa: TID251  held against the file system's clock
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)


def _gather(batch: Batch | None, following: Following, limits: Limits) -> _Gathered | None:
    """As many batches as fit into one part, as files, from one on or from the one that follows."""
    first = last = batch or following()
    if first is None or last is None:
        return None
    files, rows = _Files(), first.rows
    try:
        files.add(first.body)
        while rows < limits.rows and files.bytes < limits.bytes and (batch := following()) is not None:
            files.add(batch.body)
            rows, last = rows + batch.rows, batch
    except BaseException:
        files.close()
        raise
    return _Gathered(first, last, rows, files)


def _pieces(body: bytes) -> Iterator[memoryview]:
    """Whole lines, of about `_FILE_BYTES` together."""
    view, begin = memoryview(body), 0
    while begin < len(body):
        end = body.find(b"\n", begin + _FILE_BYTES) + 1 or len(body)
        yield view[begin:end]
        begin = end


def _publish(unfinished: Path, path: Path) -> None:
    """Gives a whole file its name; both are durable then."""
    for opened, after in ((unfinished, lambda: unfinished.replace(path)), (path.parent, lambda: None)):
        descriptor = os.open(opened, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        after()


def _naive(time_: datetime) -> str:
    return time_.replace(tzinfo=None).isoformat(" ", "seconds")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _as_json(feed: str) -> Callable[[object], bytes]:
    def one(letter: object) -> bytes:
        return orjson.dumps({"feed": feed, **orjson.loads(orjson.dumps(letter))}, option=orjson.OPT_APPEND_NEWLINE)

    return one
