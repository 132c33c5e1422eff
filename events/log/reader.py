"""Reads a log file: verified, resumable, and safe beside a writer.

A reader holds its place in the chain. Iterating it yields the complete lines that are there; iterating it again later
continues with those that came since. A last line without its newline is not an event yet: it is counted in
``torn_bytes`` and waited for. Everything else that breaks a rule raises with the line's number, and nothing is ever
written.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from watchfiles import awatch  # pyright: ignore[reportUnknownVariableType]  its signature names types of trio, which is not installed

from events.chain import GENESIS, unseal
from events.codec import decode, decode_trusted, sequence_of
from events.envelope import Event
from events.errors import LineChanged, LineMissing, LineOutOfOrder, LineTorn, LogCorrupt, LogNotFound

__all__ = ["LogReader", "diagnose", "follow", "read_event", "verify"]

_CHUNK_BYTES = 1 << 20


class LogReader:
    """A place in a log file's chain.

    Args:
        path: The log file.
        after: Events up to this sequence are verified, but not decoded or yielded.
        placed: Called with the byte offset at which each complete line starts.
        strict: Hold every line's data against the schema, although the chain vouches for it.

    Raises:
        LogNotFound: There is no file at ``path``.

    Attributes:
        sequence: The last complete event that was read.
        hash: Its hash.
        offset: Where the next line starts, in bytes.
        torn_bytes: How many bytes stood behind the last newline when the end was reached.
    """

    def __init__(
        self, path: Path, *, after: int = 0, placed: Callable[[int], None] | None = None, strict: bool = False
    ) -> None:
        if not path.is_file():
            raise LogNotFound(f"no log at {path}")
        self.path = path
        self.after = after
        self.sequence = 0
        self.hash = GENESIS
        self.offset = 0
        self.torn_bytes = 0
        self._placed = placed
        self._decode = decode if strict else decode_trusted

    def __iter__(self) -> Iterator[Event]:
        """The complete lines from here on.

        Raises:
            LogCorrupt: A line breaks a rule; the subclass and the message say which.
        """
        with self.path.open("rb", buffering=_CHUNK_BYTES) as file:
            file.seek(self.offset)
            sequence, link, after, placed = self.sequence, self.hash, self.after, self._placed
            for line in file:
                following = unseal(link, line)
                if following is None:
                    if not line.endswith(b"\n"):
                        self.torn_bytes = len(line)
                        return
                    raise diagnose(line, sequence + 1, file).at(sequence + 1, self.path)
                sequence += 1
                event = self._event(line, sequence) if sequence > after else None
                if placed is not None:
                    placed(self.offset)
                self.sequence, self.hash, link = sequence, following, following
                self.offset += len(line)
                if event is not None:
                    yield event
            self.torn_bytes = 0

    def _event(self, line: bytes, number: int) -> Event:
        try:
            event = self._decode(line)
        except LogCorrupt as error:
            raise error.at(number, self.path) from None
        if event.sequence != number:
            said = f"holds sequence {event.sequence}, sequence {number} was expected"
            raise LineOutOfOrder(said, line=number, path=self.path)
        return event


def diagnose(line: bytes, number: int, file: BinaryIO) -> LogCorrupt:
    """Why a line does not continue the chain.

    Args:
        line: The line.
        number: Its place.
        file: The log, read up to and with that line.
    """
    claimed = sequence_of(line)
    if claimed is None or claimed == number:
        return LineChanged("its hash does not match: this line was changed, or the one before it was replaced")
    if claimed < number:
        return LineOutOfOrder(f"holds sequence {claimed}, sequence {number} was expected: lines were moved or doubled")
    following = sequence_of(file.readline())
    if following is not None and following < claimed:
        return LineOutOfOrder(f"holds sequence {claimed}, sequence {number} was expected: lines were moved")
    return LineMissing(
        f"holds sequence {claimed}, sequence {number} was expected: {claimed - number} deleted before it"
    )


def verify(path: Path) -> LogReader:
    """Reads a whole log, checks every rule, and returns the reader at its end.

    Raises:
        LogNotFound: There is no file at ``path``.
        LogCorrupt: A line breaks a rule, the last one being cut included.
    """
    reader = LogReader(path, strict=True)
    for _ in reader:
        pass
    if reader.torn_bytes:
        raise LineTorn(
            f"cut after {reader.torn_bytes} bytes, without a newline: it was being written when the writer died; "
            f"resuming the run drops it",
            line=reader.sequence + 1,
            path=path,
        )
    return reader


def read_event(path: Path, offset: int) -> Event:
    """The one event whose line starts at ``offset`` bytes. The chain is not checked.

    Raises:
        LogCorrupt: There is no event at that offset.
    """
    with path.open("rb") as file:
        file.seek(offset)
        try:
            return decode(file.readline())
        except LogCorrupt as error:
            raise type(error)(f"at byte {offset}: {error.problem}", path=path) from None


async def follow(path: Path, *, after: int = 0) -> AsyncIterator[Event]:
    """The events behind ``after``, and each later one soon after its line is complete. Ends only when it is closed.

    Raises:
        LogNotFound: There is no file at ``path``, or no longer.
        LogCorrupt: A line breaks a rule.
    """
    reader = LogReader(path, after=after)
    for event in reader:
        yield event
    async for _ in awatch(path, debounce=50, step=20, rust_timeout=1000, yield_on_timeout=True, recursive=False):
        if not path.is_file():
            raise LogNotFound(f"the log at {path} is gone")
        for event in reader:
            yield event
