"""How far a run was relayed, on disk beside its log: never ahead of what the broker acknowledged."""

import os
from pathlib import Path
from typing import NamedTuple, Self

import msgspec

from events.log.lines import BEGINNING, Place

__all__ = ["CURSOR_NAME", "Cursor"]

CURSOR_NAME = "relay.json"


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
