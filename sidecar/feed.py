"""What is carried: lines of a feed, in order, and the place up to which they are loaded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple

__all__ = [
    "NOWHERE",
    "UNKNOWN",
    "Batch",
    "DeadLetter",
    "FeedKey",
    "Header",
    "Kind",
    "Lines",
    "Place",
    "Reason",
    "longest_of",
    "spans_of",
]

Kind = Literal["events", "diagnostics"]
Reason = Literal["bad_json", "not_an_event", "unknown_type", "future_schema", "wrong_place", "engine_refused"]


class FeedKey(NamedTuple):
    """A run's events, or its diagnostics; each is a sequence of lines counted from 1."""

    run_id: str
    kind: Kind


class Header(NamedTuple):
    """What all rows of a run share. It never changes, so a run's rows can be told from it where to go.

    Attributes:
        started: When the run began, aware UTC; the epoch where its first line cannot be read.
        problem: The problem's name, empty where it is not known.
    """

    started: datetime
    problem: str


UNKNOWN = Header(datetime(1970, 1, 1, tzinfo=UTC), "")


class Place(NamedTuple):
    """Up to where a feed is loaded.

    Attributes:
        line: The last line that the sink has a row or a dead letter for, without a gap before it; 0 for none.
        hash: The first digits of that event's hash, empty where it is not known (a dead letter, a diagnostic).
        end: Byte at which the next line starts in the feed's file, None where the sink does not know.
        header: What the sink knows of the run, None before it has any row of it.
    """

    line: int
    hash: str = ""
    end: int | None = None
    header: Header | None = None


NOWHERE = Place(0)


def spans_of(text: bytes) -> Iterator[tuple[int, int]]:
    """Where in a text each line begins and where its newline is; nothing is copied."""
    begin = 0
    while begin < len(text):
        newline = text.index(b"\n", begin)
        yield begin, newline
        begin = newline + 1


def longest_of(text: bytes) -> int:
    """How long the longest line of a text is."""
    return max((newline - begin for begin, newline in spans_of(text)), default=0)


class Lines(NamedTuple):
    """Consecutive lines of a feed, as they were found: one piece of bytes, since what is not copied costs nothing.

    Attributes:
        first: Number of the first one.
        text: The lines, each with its newline.
        end: Byte behind the last one's newline, None where they come from no file.
    """

    first: int
    text: bytes
    end: int | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A line that cannot be loaded, and why.

    Attributes:
        line: Its number in the feed.
        source: Where it was found, for people.
        reason: One word for counting.
        message: What is wrong and what to do.
        text: The line; bytes that are not UTF-8 are replaced.
    """

    line: int
    source: str
    reason: Reason
    message: str
    text: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What is loaded at once: consecutive lines of one feed.

    Attributes:
        key: The feed.
        header: What its rows share.
        after: The place that it continues; a sink takes it only there.
        last: The place behind it.
        rows: How many of the lines become rows.
        body: Those lines as the engine reads them, JSON objects with a newline each.
        letters: The other lines.
        hash: First digits of the last event's hash, empty where there is none.
        end: Byte behind the last line in the feed's file, None where there is no file.
        newest: When the last event was appended, None where it is not known.
    """

    key: FeedKey
    header: Header
    after: int
    last: int
    rows: int
    body: bytes
    letters: tuple[DeadLetter, ...] = ()
    hash: str = ""
    end: int | None = None
    newest: datetime | None = None

    @property
    def place(self) -> Place:
        """Where the feed stands once it is loaded."""
        return Place(self.last, self.hash, self.end, self.header)
