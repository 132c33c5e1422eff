"""Reads a log's lines as they stand: verified, durable, and not decoded. For whoever carries them elsewhere.

A reader's place is a value that can be kept, so that reading goes on where it ended, in another process too.
"""

import os
from pathlib import Path
from typing import BinaryIO, NamedTuple

from events.chain import GENESIS, unseal
from events.codec import head_of
from events.errors import LineUnreadable, LogCorrupt, LogDiverged, LogNotFound
from events.log.reader import diagnose

__all__ = ["BEGINNING", "Line", "LineReader", "Place"]


class Place(NamedTuple):
    """How far a log has been read.

    Attributes:
        sequence: The last line's place, 0 before the first.
        hash: Its hash.
        offset: Where the next line begins, in bytes.
    """

    sequence: int
    hash: str
    offset: int


BEGINNING = Place(0, GENESIS, 0)
"""Before the first line."""


class Line(NamedTuple):
    """One line of a log.

    Attributes:
        sequence: Its place, from 1.
        type: The event's type.
        text: The line without its newline.
        hash: Its hash.
    """

    sequence: int
    type: str
    text: bytes
    hash: str


class LineReader:
    """A place in a log, and how to go on from it.

    Args:
        path: The log file.
        run_id: The run that its lines must be of.
        place: Where to begin.
        durable: Give lines out only once they are on disk: what a crash of the machine could take back is held back.
    """

    def __init__(self, path: Path, *, run_id: str, place: Place = BEGINNING, durable: bool = True) -> None:
        self._path = path
        self._run_id = run_id
        self._durable = durable
        self.place = place

    def take(self, most: int, most_bytes: int) -> list[Line]:
        """The next complete lines, none when there is none yet.

        Args:
            most: Lines at most.
            most_bytes: Stop after the line that reaches this many bytes.

        Raises:
            LogNotFound: The file is gone.
            LogDiverged: It became shorter.
            LogCorrupt: A line breaks a rule.
        """
        try:
            file = self._path.open("rb", buffering=1 << 20)
        except FileNotFoundError:
            raise LogNotFound(f"the log at {self._path} is gone: it was deleted or moved") from None
        with file:
            size = os.fstat(file.fileno()).st_size
            if size < self.place.offset:
                raise LogDiverged(f"{self._path} holds {size} bytes, {self.place.offset} had been read: it was cut")
            if size == self.place.offset:
                return []
            file.seek(self.place.offset)
            return self._lines(file, most, most_bytes)

    def _lines(self, file: BinaryIO, most: int, most_bytes: int) -> list[Line]:
        sequence, link, offset = self.place
        lines: list[Line] = []
        end = offset + most_bytes
        for raw in file:
            following = unseal(link, raw)
            if following is None:
                if not raw.endswith(b"\n"):
                    break
                raise diagnose(raw, sequence + 1, file).at(sequence + 1, self._path)
            sequence, link, offset = sequence + 1, following, offset + len(raw)
            lines.append(Line(sequence, self._type(raw, sequence), raw[:-1], link))
            if len(lines) >= most or offset >= end:
                break
        if lines and self._durable:
            os.fdatasync(file.fileno())
        self.place = Place(sequence, link, offset)
        return lines

    def _type(self, raw: bytes, number: int) -> str:
        try:
            run_id, sequence, kind = head_of(raw)
        except LogCorrupt as error:
            raise error.at(number, self._path) from None
        if run_id != self._run_id or sequence != number:
            said = f"holds event {run_id}:{sequence}, event {self._run_id}:{number} was expected"
            raise LineUnreadable(said, line=number, path=self._path)
        return kind
