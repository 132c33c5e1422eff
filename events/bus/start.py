"""Where a relay begins: what the cursor remembers, held against what the stream holds. Pure."""

from dataclasses import dataclass
from typing import Literal

from events.bus.cursor import Cursor
from events.bus.port import Held
from events.log.lines import BEGINNING, Place

__all__ = ["Start", "start_of"]

Why = Literal["", "another stream", "lost its end"]


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin.

    Attributes:
        place: Where to read the log from; all before it needs no sending.
        after: Lines up to this sequence need no sending either, though they have to be read.
        mend: The stream holds some of the rest: ask it for which.
        why: What happened to the stream that the cursor was of.
    """

    place: Place
    after: int
    mend: bool
    why: Why = ""


def start_of(cursor: Cursor, held: Held) -> Start:
    """Where a relay begins.

    The cursor counts as long as the stream is the one that it was of and has not gone back behind what it acknowledged
    (a broker that lost power may have); what is missing below it was then dropped by the stream's limits or by its
    operator, and is not sent again. Otherwise only what the stream holds counts.
    """
    why = _what_happened(cursor, held)
    place = BEGINNING if why or not cursor.stream else cursor.place
    base = place.sequence
    if held.count == 0 or (not why and cursor.stream and held.count <= base and held.last <= base):
        return Start(place, base, mend=False, why=why)
    whole = held.count == held.last - held.first + 1
    from_start = held.first <= base + 1 or held.trimmed  # else what stands before the first was never stored
    if whole and from_start:
        return Start(place, max(base, held.last), mend=False, why=why)
    return Start(place, base, mend=True, why=why)


def _what_happened(cursor: Cursor, held: Held) -> Why:
    if not cursor.stream:
        return ""
    if cursor.stream != held.stream:
        return "another stream"
    return "lost its end" if held.position < cursor.position else ""
