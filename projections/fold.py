"""Folding events into state: several projections in one pass, and one digest for all of them.

A projection adds up what the facts say and holds no policy, so an old log folds the same under new code. Projections
read neither clock nor disk, and their snapshots leave out times, durations and costs of machines, so that two runs
that decided alike have the same digest.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from typing import Any, ClassVar, TypeAlias, TypeVar

import orjson

from events.envelope import Event
from events.types import CATALOGUE, AnyPayload

__all__ = ["Plain", "Projection", "digest", "drive", "takes"]

Plain: TypeAlias = "bool | int | float | str | Sequence[Plain] | Mapping[str, Plain] | None"
"""What JSON can say."""

_Handler: TypeAlias = Callable[[Event, Any], None]  # Any: the data's class, which the tables below look up
_Self = TypeVar("_Self", bound="Projection")
_Data = TypeVar("_Data", bound=AnyPayload)
_Method: TypeAlias = Callable[[_Self, Event, _Data], None]
_MARK = "_takes"


def takes(*payloads: type[_Data]) -> Callable[[_Method[_Self, _Data]], _Method[_Self, _Data]]:
    """Marks a method of a projection that adds events of these types; it is given the event and its data.

    Methods that take the same type are called in the order of their definition.
    """

    def mark(method: _Method[_Self, _Data]) -> _Method[_Self, _Data]:
        setattr(method, _MARK, payloads)
        return method

    return mark


class Projection(ABC):
    """State that is a function of the events added to it, in order: methods by type of event.

    Attributes:
        parts: Projections that this one is made of; they see an event before it does.
    """

    parts: Sequence["Projection"] = ()
    _methods: ClassVar[Sequence[tuple[type[AnyPayload], str]]] = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        marked = ((payload, name) for name, member in vars(cls).items() for payload in getattr(member, _MARK, ()))
        cls._methods = (*cls._methods, *marked)

    @cached_property
    def handlers(self) -> Mapping[type[AnyPayload], tuple[_Handler, ...]]:
        """Who is to be given an event and its data, by the type of the data."""
        table = _together(self.parts)
        for payload, name in self._methods:
            table[payload] += (getattr(self, name),)
        return table

    @property
    def reads(self) -> Collection[type[AnyPayload]]:
        """The types that can change it; events of others may be left out."""
        return {payload for payload, handlers in self.handlers.items() if handlers}

    def apply(self, event: Event) -> None:
        """Adds one event. Events come once each, in sequence."""
        data = event.data
        for handle in self.handlers[type(data)]:
            handle(event, data)

    @abstractmethod
    def snapshot(self) -> Plain:
        """The state as plain data: equal states give equal snapshots, on any machine."""


def _together(projections: Sequence[Projection]) -> dict[type[AnyPayload], tuple[_Handler, ...]]:
    return {
        payload: tuple(handle for each in projections for handle in each.handlers[payload])
        for payload in CATALOGUE.values()
    }


def drive(events: Iterable[Event], *projections: Projection) -> int:
    """Feeds events to projections in one pass, and returns the last sequence (0 when there was none)."""
    event, table = None, _together(projections)
    for event in events:
        data = event.data
        for handle in table[type(data)]:
            handle(event, data)
    return event.sequence if event else 0


def digest(projections: Mapping[str, Projection]) -> str:
    """SHA-256 over the canonical JSON (sorted keys, shortest floats) of named projections' snapshots, hexadecimal."""
    snapshots = {name: projection.snapshot() for name, projection in projections.items()}
    return sha256(orjson.dumps(snapshots, option=orjson.OPT_SORT_KEYS)).hexdigest()
