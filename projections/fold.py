"""Folding events into state: several projections in one pass, and one digest for all of them.

A projection adds up what the facts say and holds no policy, so an old log folds the same under new code. Projections
read neither clock nor disk, and their snapshots leave out times, durations and costs of machines, so that two runs
that decided alike have the same digest.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Protocol, TypeAlias

import orjson

from events.envelope import Event
from events.types import CATALOGUE, AnyPayload

__all__ = ["Plain", "Projection", "digest", "drive", "route"]

Plain: TypeAlias = "bool | int | float | str | Sequence[Plain] | Mapping[str, Plain] | None"
"""What JSON can say."""


class Projection(Protocol):
    """State that is a function of the events applied to it, in order.

    Attributes:
        reads: The types that can change it; events of others may be left out.
    """

    reads: Collection[type[AnyPayload]]

    def apply(self, event: Event) -> None:
        """Adds one event. Events come once each, in sequence."""
        ...

    def snapshot(self) -> Plain:
        """The state as plain data: equal states give equal snapshots, on any machine."""
        ...


def route(*projections: Projection) -> Mapping[type[AnyPayload], Sequence[Callable[[Event], None]]]:
    """Who is to see an event, by its type, in the order given."""
    return {
        payload: tuple(each.apply for each in projections if payload in each.reads) for payload in CATALOGUE.values()
    }


def drive(events: Iterable[Event], *projections: Projection) -> int:
    """Feeds events to projections in one pass, and returns the last sequence (0 when there was none)."""
    sequence, routes = 0, route(*projections)
    for event in events:
        sequence = event.sequence
        for apply in routes[type(event.data)]:
            apply(event)
    return sequence


def digest(projections: Mapping[str, Projection]) -> str:
    """SHA-256 over the canonical JSON (sorted keys, shortest floats) of named projections' snapshots, hexadecimal."""
    snapshots = {name: projection.snapshot() for name, projection in projections.items()}
    return sha256(orjson.dumps(snapshots, option=orjson.OPT_SORT_KEYS)).hexdigest()
