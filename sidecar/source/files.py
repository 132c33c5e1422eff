"""The logs of runs in a folder, or of a few runs; new ones are found by themselves.

A log's complete lines are its events; what stands behind the last newline is being written, and waited for. Nothing is
held open between reads, so a log can be deleted at any time, which is reported with its path.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from watchfiles import awatch  # pyright: ignore[reportUnknownVariableType]  its signature names types of trio, which is not installed

from sidecar.batch import Limits
from sidecar.errors import SettingsInvalid, SourceDiverged, SourceError, SourceGone
from sidecar.feed import UNKNOWN, FeedKey, Header, Kind, Lines, Place
from sidecar.inspect import header_of
from sidecar.source.port import Feed, Waiting

__all__ = ["DIAGNOSTICS", "EVENTS", "FileFeed", "FileSource", "offset_behind", "opening"]

EVENTS = "evolution_events.jsonl"
DIAGNOSTICS = "logs.jsonl"
_KINDS: dict[str, Kind] = {EVENTS: "events", DIAGNOSTICS: "diagnostics"}
_BLOCK_BYTES = 1 << 16
_SCAN_BYTES = 1 << 22
_SEQUENCE = re.compile(rb'"sequence":(\d+)')
_HASH = re.compile(rb'"hash":"([0-9a-f]{64})"\}$')


def opening(directory: Path) -> tuple[str, Header] | None:
    """The id and header of the run in a directory; None while its log has no complete line.

    A first line that is no ``run.started`` gives the directory's name and an unknown header, so that what is behind it
    can be loaded all the same.
    """
    try:
        with (directory / EVENTS).open("rb") as file:
            line = file.readline()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not line.endswith(b"\n"):
        return None
    return header_of(line) or (directory.name, UNKNOWN)


def offset_behind(file: BinaryIO, lines: int) -> int | None:
    """The byte behind the newline that ends line ``lines``, None when there are fewer complete lines."""
    file.seek(0)
    left, offset = lines, 0
    while left > 0:
        block = file.read(_SCAN_BYTES)
        if not block:
            return None
        count = block.count(b"\n")
        if count >= left:
            return offset + _behind(block, left)
        left -= count
        offset += len(block)
    return offset


def _behind(text: bytes, lines: int) -> int:
    """The byte behind the newline that ends line ``lines`` of a text that has so many."""
    at = 0
    for _ in range(lines):
        at = text.index(b"\n", at) + 1
    return at


def _edge(file: BinaryIO, start: int, size: int, limit: int) -> int | None:
    """The byte behind the last line that ends within ``limit`` bytes, or behind the first one if it is longer.

    Found before anything is read, so that a batch is read once, into one piece of memory.
    """
    stop = at = min(size, start + limit)
    while at > start:
        begin = max(start, at - _BLOCK_BYTES)
        file.seek(begin)
        newline = file.read(at - begin).rfind(b"\n")
        if newline >= 0:
            return begin + newline + 1
        at = begin
    file.seek(stop)
    while stop < size and (block := file.read(min(_SCAN_BYTES, size - stop))):
        newline = block.find(b"\n")
        if newline >= 0:
            return stop + newline + 1
        stop += len(block)
    return None


def _line_before(file: BinaryIO, end: int) -> bytes:
    """The line whose newline is the byte before ``end``, without it."""
    start, tail = end - 1, b""
    while start > 0:
        size = min(_BLOCK_BYTES, start)
        start -= size
        file.seek(start)
        tail = file.read(size) + tail
        newline = tail.rfind(b"\n", 0, size)
        if newline >= 0:
            return tail[newline + 1 :]
    return tail


class FileFeed:
    """One file of a run.

    Args:
        path: The file.
        key: The feed that it is.
        header: What its rows share.
    """

    def __init__(self, path: Path, key: FeedKey, header: Header) -> None:
        self.path = path
        self.key = key
        self.header: Header | None = header
        self._line = 0
        self._offset = 0

    @property
    def origin(self) -> str:
        """Its path."""
        return str(self.path)

    def waiting(self) -> Waiting:
        """What is behind the last line that was read."""
        try:
            grown = self.path.stat().st_size - self._offset
            if grown <= 0:
                return Waiting(0, grown and 1)  # one that shrank is read, and complains
            return Waiting(self._count(), grown)
        except (FileNotFoundError, NotADirectoryError):
            return Waiting(0, 1)  # reading it says that it is gone

    def _count(self) -> int:
        if self.key.kind != "events":
            return 1
        with self.path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _BLOCK_BYTES))
            newline = file.read().rfind(b"\n")
            end = max(0, size - _BLOCK_BYTES) + newline + 1
            found = _SEQUENCE.search(_line_before(file, end)) if newline >= 0 else None
        return max(0, int(found[1]) - self._line) if found else 1

    def read(self, place: Place, limits: Limits) -> Lines | None:
        """The complete lines behind a place, as many as make one batch."""
        try:
            with self.path.open("rb") as file:
                if place.line != self._line or place.line == 0:
                    self._seek(file, place)
                return self._next(file, limits)
        except (FileNotFoundError, NotADirectoryError):
            raise SourceGone(
                f"{self.path} is gone: it was deleted after {self._line:,} lines had been loaded; nothing more of "
                f"run {self.key.run_id} can be loaded, and {self._what_stays()}"
            ) from None
        except OSError as error:
            raise SourceError(f"{self.path} cannot be read: {error.strerror}") from None

    def _what_stays(self) -> str:
        if self.path.parent.is_dir():
            return "what is loaded stays"
        return "what ClickHouse has of it stays; Parquet parts were in its directory"

    def _next(self, file: BinaryIO, limits: Limits) -> Lines | None:
        size = file.seek(0, 2)
        if size < self._offset:
            raise SourceDiverged(f"{self.path} is shorter than what was loaded of it: it was replaced or cut")
        end = _edge(file, self._offset, size, limits.bytes)
        if end is None:
            return None
        file.seek(self._offset)
        text = file.read(end - self._offset)
        count = text.count(b"\n")
        if count > limits.rows:
            count, text = limits.rows, text[: _behind(text, limits.rows)]
        first = self._line + 1
        self._line += count
        self._offset += len(text)
        return Lines(first, text, self._offset)

    def _seek(self, file: BinaryIO, place: Place) -> None:
        end = place.end if self._fits(file, place) else offset_behind(file, place.line)
        if end is None:
            raise SourceDiverged(
                f"{self.path} has fewer than the {place.line:,} lines that are loaded of run {self.key.run_id}: "
                f"it was replaced, or another run has the same id"
            )
        if place.hash:
            own = _HASH.search(_line_before(file, end))
            if own is None or not own[1].startswith(place.hash.encode()):
                raise SourceDiverged(
                    f"{self.path}: line {place.line:,} is not the one that is loaded of run {self.key.run_id}: it was "
                    f"replaced, or another run has the same id; rename one of them"
                )
        self._line, self._offset = place.line, end

    def _fits(self, file: BinaryIO, place: Place) -> bool:
        """Whether the byte that the sink remembers is where the next line begins."""
        if not place.end or not place.hash:
            return False
        file.seek(place.end - 1)
        if file.read(1) != b"\n":
            return False
        found = _SEQUENCE.search(_line_before(file, place.end))
        return found is not None and int(found[1]) == place.line

    async def loaded(self, line: int) -> None:
        """A file keeps everything anyway."""


class FileSource:
    """Runs below a folder, or the runs given.

    Args:
        runs_dir: Every run inside it, now and later; None: only ``runs``.
        runs: Directories of runs.
        found: Told each run's id and directory before its feeds are named.

    Raises:
        SettingsInvalid: ``runs`` names a directory without a log.
    """

    def __init__(
        self,
        runs_dir: Path | None,
        runs: Sequence[Path] = (),
        *,
        found: Callable[[str, Path], None] | None = None,
    ) -> None:
        for run in runs:
            if not (run / EVENTS).is_file():
                raise SettingsInvalid(f"no log at {run / EVENTS}: give a run's directory")
        if runs_dir is not None and runs_dir.exists() and not runs_dir.is_dir():
            raise SettingsInvalid(f"{runs_dir} is a file: give the folder that holds the runs")
        self._runs_dir = runs_dir.resolve() if runs_dir is not None else None
        self._runs = tuple(run.resolve() for run in runs)
        self._found_run = found
        self._feeds: dict[Path, FileFeed] = {}

    @property
    def name(self) -> str:
        """The folder, or the runs."""
        return str(self._runs_dir) if self._runs_dir is not None else ", ".join(map(str, self._runs))

    async def news(self, *, follow: bool) -> AsyncIterator[Sequence[Feed]]:
        """Feeds that may have grown."""
        yield self._found(self._directories())
        if not follow:
            return
        watched = [self._runs_dir] if self._runs_dir is not None else list(self._runs)
        for each in watched:
            each.mkdir(parents=True, exist_ok=True)
        # a file system without notifications is looked through once a second
        async for changes in awatch(*watched, debounce=100, step=20, rust_timeout=1000, yield_on_timeout=True):
            changed = {path.parent if path.name in _KINDS else path for path in (Path(each) for _, each in changes)}
            yield self._found(sorted(filter(self._ours, changed)) if changes else self._directories())

    def _ours(self, directory: Path) -> bool:
        return directory.parent == self._runs_dir or directory in self._runs

    def _directories(self) -> list[Path]:
        """Those of runs, and those that were: nobody may have told that they are gone."""
        if self._runs_dir is None:
            return list(self._runs)
        known = {path.parent for path in self._feeds}
        if not self._runs_dir.is_dir():
            return sorted(known)
        return sorted(known.union(each for each in self._runs_dir.iterdir() if (each / EVENTS).is_file()))

    def _found(self, directories: Iterable[Path]) -> list[Feed]:
        return [feed for directory in directories for name in _KINDS if (feed := self._feed(directory / name))]

    def _feed(self, path: Path) -> FileFeed | None:
        known = self._feeds.get(path)
        if known is not None:
            if not path.exists():
                del self._feeds[path]  # named once more, so that reading it says that it is gone
            return known
        opened = opening(path.parent) if path.is_file() else None
        if opened is None:
            return None
        run_id, header = opened
        if self._found_run is not None:
            self._found_run(run_id, path.parent)
        feed = self._feeds[path] = FileFeed(path, FeedKey(run_id, _KINDS[path.name]), header)
        return feed

    async def aclose(self) -> None:
        """Holds nothing open."""
