"""The envelope: what surrounds an event's data, before and after it is committed."""

from datetime import datetime
from typing import NamedTuple

from events.types import AnyPayload

__all__ = ["Event", "Fact"]


class Fact(NamedTuple):
    """Something that is to be recorded. The log gives it its place, time and hash.

    Attributes:
        data: What happened.
        cause: Sequence of the event that it follows from, None for the first.
        correlation: What ties a series of events together: a program's id, None for events about the run.
        generation: Which generation it belongs to; initial programs are generation 0.
        island: Which island it happened on.
    """

    data: AnyPayload
    cause: int | None = None
    correlation: str | None = None
    generation: int = 0
    island: int = 0


class Event(NamedTuple):
    """A committed fact, a CloudEvents 1.0 event in memory.

    Attributes:
        run_id: The run that it is part of.
        sequence: Its place, from 1, without gaps.
        time: When it was appended, aware UTC, to the microsecond.
        data: What happened.
        cause: Sequence of the event that it follows from.
        correlation: What ties a series of events together.
        generation: Which generation it belongs to.
        island: Which island it happened on.
        hash: 64 hexadecimal digits that chain it to all lines before it.
    """

    run_id: str
    sequence: int
    time: datetime
    data: AnyPayload
    cause: int | None
    correlation: str | None
    generation: int
    island: int
    hash: str

    @property
    def type(self) -> str:
        """The event's type on the wire, such as ``program.evaluated``."""
        return self.data.TYPE

    @property
    def id(self) -> str:
        """The event's id, ``<run_id>:<sequence>``; the same wherever the event is delivered."""
        return f"{self.run_id}:{self.sequence}"
