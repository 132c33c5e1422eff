"""How far a run was relayed, on disk beside its log: never ahead of what the broker acknowledged."""

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self

import msgspec

from events.log.lines import BEGINNING, Place
from events.log.lock import hold

__all__ = ["CURSOR_NAME", "Cursor", "CursorKeeper"]

CURSOR_NAME = "relay.json"
_SAVE_S = 0.5  # between two writes: a cursor that lags costs a look at the stream


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """The file's members."""

    stream: str
    position: int
    sequence: int
    hash: str
    offset: int


class Cursor(NamedTuple):
    """How far a run was relayed.

    Attributes:
        stream: Which stream it was, empty before there was one.
        position: The highest position in it that was acknowledged.
        place: The log's lines up to here are on that stream.
    """

    stream: str = ""
    position: int = 0
    place: Place = BEGINNING

    @classmethod
    def load(cls, path: Path) -> Self:
        """The cursor in a file; the beginning where there is no file, or one that cannot be read.

        A lost cursor costs a look at the stream, so it is no error.
        """
        try:
            found = msgspec.json.decode(path.read_bytes(), type=_File)
        except (FileNotFoundError, msgspec.DecodeError):
            return cls()
        return cls(found.stream, found.position, Place(found.sequence, found.hash, found.offset))

    def save(self, path: Path) -> None:
        """Replaces the file, at once and for good."""
        beside = path.with_name(path.name + ".new")
        with beside.open("wb") as file:
            file.write(msgspec.json.encode(_File(self.stream, self.position, *self.place)))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class CursorKeeper:
    """The cursor of the one relay of a run: a context manager that holds off a second relay.

    Args:
        path: The cursor's file. The lock is beside it.

    Raises:
        LogLocked: On entering: another relay works on the run.
    """

    def __init__(self, path: Path) -> None:
        self.cursor = Cursor()
        self._path = path
        self._saved = Cursor()
        self._saved_at = -_SAVE_S
        self._lock = -1

    async def move(self, cursor: Cursor, *, at_once: bool = False) -> None:
        """Sets the cursor, and writes it down if that is due, or now."""
        self.cursor = cursor
        if self.cursor != self._saved and (at_once or time.monotonic() - self._saved_at >= _SAVE_S):
            await asyncio.to_thread(self._save)

    def forget(self) -> None:
        """Sets the cursor back to the beginning; the file follows with the next move."""
        self.cursor = Cursor()

    def __enter__(self) -> Self:
        busy = f"{self._path.parent} is being relayed by {{owner}}: one relay a run is enough; stop that one first"
        self._lock = hold(self._path.with_name(f"{self._path.name}.lock"), busy=busy)
        self.cursor = self._saved = Cursor.load(self._path)
        return self

    def __exit__(self, *error: object) -> None:
        if self.cursor != self._saved:
            self._save()
        os.close(self._lock)

    def _save(self) -> None:
        cursor = self.cursor
        with suppress(FileNotFoundError):  # the run's directory was deleted, which whoever reads the log will say
            cursor.save(self._path)
        self._saved, self._saved_at = cursor, time.monotonic()
