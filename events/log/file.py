"""The log on disk: one JSON object a line, flushed in groups, with a single writer.

Theory of operation. `write` gives a fact its place and encodes it at once, in the caller's turn of the event loop, so
order is the order of calls. The lines wait in a buffer. One flush runs at a time, in a thread: it takes the whole
buffer, writes it with one call and waits for ``fdatasync``; whoever wrote meanwhile shares the next flush. `flush`
returns when the flush that holds the caller's lines is done.

The writer holds an advisory lock on a file beside the log for as long as it lives, so the kernel frees it when the
process dies. Before each write the file's length must be what this writer left; a foreign write is an error, never
overwritten. When the disk refuses, the file is cut back to the last durable line and the log takes no more.
"""

import asyncio
import os
from array import array
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

from events.chain import GENESIS
from events.codec import encode
from events.envelope import Event, Fact
from events.errors import LineUnreadable, LogDiverged, LogExists, LogWriteFailed
from events.log.lock import hold
from events.log.port import Clock
from events.log.reader import LogReader, follow, read_event

__all__ = ["FileLog"]


class FileLog:
    """One run's log file, open for appending; see `events.log.port.Log` for the contract.

    Made by `create` or `open`, not directly. Belongs to one event loop.
    """

    def __init__(self, path: Path, *, run_id: str, clock: Clock, lock: int, offsets: "array[int]") -> None:
        self._path = path
        self._run_id = run_id
        self._clock = clock
        self._lock = lock
        self._offsets = offsets
        self._file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        self._size = os.fstat(self._file).st_size
        self._end = self._size
        self._hash = GENESIS
        self._buffer: list[bytes] = []
        self._waiting: asyncio.Future[None] | None = None
        self._flusher: asyncio.Task[None] | None = None
        self._broken: LogWriteFailed | LogDiverged | None = None
        self.torn_bytes = 0

    @classmethod
    def create(cls, path: Path, *, run_id: str, clock: Clock) -> "FileLog":
        """A new, empty log.

        Raises:
            LogExists: There is a file at ``path``.
            LogLocked: Another process is making it.
            OSError: The folder cannot be written.
        """
        lock = _lock(path)
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644))
        except FileExistsError:
            os.close(lock)
            raise LogExists(f"{path} exists: resume that run, or choose another run_id") from None
        _sync_directory(path.parent)
        return cls(path, run_id=run_id, clock=clock, lock=lock, offsets=array("Q"))

    @classmethod
    def open(cls, path: Path, *, clock: Clock, each: Callable[[Event], None]) -> "FileLog":
        """An existing log, verified line by line; a torn last line is cut off and counted in ``torn_bytes``.

        Args:
            path: The log file.
            clock: Gives the times of later events.
            each: Called with every event, in order, so that opening and folding are one pass.

        Raises:
            LogNotFound: There is no file at ``path``.
            LogLocked: Another process writes it.
            LogCorrupt: A line breaks a rule, or there is no complete line; nothing was changed.
        """
        offsets = array("Q")
        reader = LogReader(path, placed=offsets.append)
        lock = _lock(path)
        try:
            run_id = ""
            for event in reader:
                run_id = event.run_id
                each(event)
            if not run_id:
                raise LineUnreadable("the log holds no complete event: start a new run", line=1, path=path)
            if reader.torn_bytes:
                _cut(path, reader.offset)
            log = cls(path, run_id=run_id, clock=clock, lock=lock, offsets=offsets)
        except BaseException:
            os.close(lock)
            raise
        log._hash, log.torn_bytes = reader.hash, reader.torn_bytes
        return log

    @property
    def path(self) -> Path:
        """The log file."""
        return self._path

    @property
    def run_id(self) -> str:
        """The run that the log holds."""
        return self._run_id

    @property
    def last_sequence(self) -> int:
        """Sequence of the last event that was given a place."""
        return len(self._offsets)

    def write(self, fact: Fact) -> Event:
        """Gives a fact its place; committed once `flush` returns."""
        if self._broken is not None:
            raise self._broken
        line, event = encode(
            fact,
            run_id=self._run_id,
            sequence=len(self._offsets) + 1,
            time=self._clock(),
            previous=self._hash,
        )
        self._offsets.append(self._end)
        self._end += len(line)
        self._hash = event.hash
        self._buffer.append(line)
        return event

    async def flush(self) -> None:
        """Returns once everything written so far is on disk."""
        if self._broken is not None:
            raise self._broken
        if not self._buffer and self._flusher is None:
            return
        if self._waiting is None:
            self._waiting = asyncio.get_running_loop().create_future()
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush())
        await asyncio.shield(self._waiting)

    async def append(self, facts: Sequence[Fact], *, expected_sequence: int | None = None) -> tuple[Event, ...]:
        """Commits facts and returns their events once they are on disk."""
        if expected_sequence is not None and expected_sequence != len(self._offsets):
            raise LogDiverged(f"{self._path} ends at {len(self._offsets)}, not at {expected_sequence}")
        events = tuple(self.write(fact) for fact in facts)
        await self.flush()
        return events

    def read(self, after: int = 0) -> Iterator[Event]:
        """The committed events behind ``after``, from the file."""
        return iter(LogReader(self._path, after=after))

    def read_at(self, sequence: int) -> Event:
        """One committed event, by its offset."""
        if not 1 <= sequence <= len(self._offsets):
            raise IndexError(f"no event {sequence}: {self._path} holds 1 to {len(self._offsets)}")
        return read_event(self._path, self._offsets[sequence - 1])

    def follow(self, after: int = 0) -> AsyncIterator[Event]:
        """The events behind ``after``, and each later one as it is committed."""
        return follow(self._path, after=after)

    async def aclose(self) -> None:
        """Waits for the flush that runs and frees the lock."""
        if self._flusher is not None:
            await self._flusher
        if self._file >= 0:
            os.close(self._file)
            os.close(self._lock)
            self._file = -1

    async def _flush(self) -> None:
        while self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            lines, self._buffer = b"".join(self._buffer), []
            try:
                await asyncio.to_thread(self._write, lines)
            except (LogWriteFailed, LogDiverged) as error:
                self._broken = error
                _fail(waiting, error)
                if self._waiting is not None:
                    _fail(self._waiting, error)
                    self._waiting = None
            else:
                waiting.set_result(None)
        self._flusher = None

    def _write(self, lines: bytes) -> None:
        if os.fstat(self._file).st_size != self._size:
            raise LogDiverged(f"{self._path} was changed by somebody else: stop them, then verify the log and resume")
        try:
            _write_all(self._file, lines, self._size)
            os.fdatasync(self._file)
        except OSError as error:
            os.ftruncate(self._file, self._size)
            raise LogWriteFailed(
                f"cannot write {self._path}: {error.strerror}; what was not kept was not done: make room, then resume"
            ) from error
        self._size += len(lines)


def _fail(waiting: "asyncio.Future[None]", error: Exception) -> None:
    waiting.set_exception(error)
    waiting.exception()  # whoever still waits gets it; nobody may be left to


def _write_all(file: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(file, view, offset)
        view, offset = view[written:], offset + written


def _cut(path: Path, size: int) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.ftruncate(file, size)
        os.fsync(file)
    finally:
        os.close(file)


def _sync_directory(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _lock(path: Path) -> int:
    beside = path.with_name(path.name + ".lock")
    return hold(beside, busy=f"{path} is being written by {{owner}}: stop it first, or start another run")
