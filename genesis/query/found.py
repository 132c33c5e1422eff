"""What DuckDB reads of runs on disk: the sidecar's Parquet parts, and behind them the live tail of each log.

A tail is the complete lines of a log that no part covers yet, looked through as the sidecar does and copied, so that a
writer can go on writing. A last line without its newline is not an event yet. The answer leaves out
a line that breaks a rule, and whoever asks is told.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from genesis.errors import EnvironmentFault
from sidecar.batch import Limits
from sidecar.errors import SidecarError
from sidecar.feed import DeadLetter, FeedKey, Header, Kind, Place, longest_of
from sidecar.inspect import batch_of
from sidecar.parts import ANALYTICS, Part, chain, parts_of
from sidecar.source.files import DIAGNOSTICS, EVENTS, FileFeed, opening

__all__ = ["FoundRun", "Tail", "find_runs", "letters_as_json", "parts", "parts_of_letters", "tail"]

_FILES: dict[Kind, str] = {"events": EVENTS, "diagnostics": DIAGNOSTICS}
_CHUNK = Limits(rows=1_000_000, bytes=32 << 20)


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A run's directory, its id, and what its rows share."""

    directory: Path
    run_id: str
    header: Header


@dataclass(frozen=True, slots=True)
class Tail:
    """Lines of one feed that were copied.

    Attributes:
        path: The copy: one JSON object a line.
        longest: Bytes that hold the longest of them.
        bytes: Of the copy.
        letters: Lines that were left out.
    """

    path: Path
    longest: int
    bytes: int
    letters: tuple[DeadLetter, ...]


def find_runs(directories: Sequence[Path]) -> Iterator[FoundRun]:
    """Those of the directories that hold a log with a complete line."""
    for directory in directories:
        opened = opening(directory)
        if opened is not None:
            yield FoundRun(directory, *opened)


def parts(run: FoundRun, kind: Kind) -> list[Part]:
    """The parts of a feed to read, in order."""
    return chain(parts_of(run.directory / ANALYTICS, kind))


def parts_of_letters(run: FoundRun, kind: Kind, *, until: int) -> list[Part]:
    """The parts of a feed's dead letters, up to the line that its parts reach; those beyond belong to no load."""
    return [part for part in parts_of(run.directory / ANALYTICS, f"dead_{kind}") if part.last <= until]


def tail(run: FoundRun, kind: Kind, *, place: Place, copy: Path) -> Tail | None:
    """Copies the lines behind a place; None when there are none.

    Raises:
        EnvironmentFault: The log is not the one that the parts were made of, or cannot be read.
    """
    path = run.directory / _FILES[kind]
    if not path.is_file():
        return None
    feed = FileFeed(path, FeedKey(run.run_id, kind), run.header)
    longest = size = 0
    letters: list[DeadLetter] = []
    try:
        with copy.open("wb") as out:
            while (lines := feed.read(place, _CHUNK)) is not None:
                batch = batch_of(feed.key, run.header, lines, feed.origin)
                size += out.write(batch.body)
                longest = max(longest, longest_of(lines.text))
                letters += batch.letters
                place = Place(batch.last)
    except SidecarError as error:
        raise EnvironmentFault(f"{error}; delete {run.directory / ANALYTICS} to read the log alone") from None
    if not size and not letters:
        return None
    # as JSON inside JSON, a diagnostic can be twice as long
    return Tail(copy, 2 * longest + 1024, size, tuple(letters))


def letters_as_json(kind: Kind, letters: Sequence[DeadLetter]) -> bytes:
    """Dead letters as the load statement reads them."""
    one = (orjson.loads(orjson.dumps(letter)) for letter in letters)
    return b"".join(orjson.dumps({"feed": kind, **each}, option=orjson.OPT_APPEND_NEWLINE) for each in one)
