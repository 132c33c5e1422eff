"""The reference bus: lists. It shows what the others have to do, and is as exact as it is forgetful."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Self

from events.bus.port import Delivery, Held, Message
from events.bus.subject import matches
from events.errors import BusRefused, StreamMismatch

__all__ = ["MemoryBus"]


class MemoryBus:
    """A stream that lives as long as its process; see `events.bus.port.Bus` for the contract."""

    def __init__(self) -> None:
        self.stream: list[Delivery] = []
        self.ids: set[tuple[str, int]] = set()
        self.grown = asyncio.Condition()
        self._places: dict[str, _Place] = {}

    async def publisher(self, run_id: str) -> "_MemoryPublisher":
        """A publisher of a run."""
        return _MemoryPublisher(self, run_id)

    async def consumer(
        self, name: str, *, run_id: str | None = None, types: str = "", unacknowledged: int
    ) -> "_MemoryConsumer":
        """The consumer of that name."""
        if not name.replace("-", "").replace("_", "").isalnum():
            raise BusRefused(f"consumer {name!r}: a name has letters, digits, '_' and '-'")
        place = self._places.setdefault(name, _Place(run_id, types, unacknowledged))
        if (place.run_id, place.types) != (run_id, types):
            raise StreamMismatch(f"consumer {name} reads something else: choose another name")
        place.waiting = sorted({*place.waiting, *place.out})  # nobody else can be reading it in this process
        place.out.clear()
        return _MemoryConsumer(self, place)

    async def replay(
        self, *, run_id: str | None = None, types: str = "", after: int = 0, follow: bool = False
    ) -> AsyncIterator[Delivery]:
        """The stream's events behind a position."""
        while True:
            for delivery in self.stream[after:]:
                after = delivery.position
                if _wanted(delivery, run_id, types):
                    yield delivery
            if not follow:
                return
            async with self.grown:
                while len(self.stream) <= after:
                    await self.grown.wait()


def _wanted(delivery: Delivery, run_id: str | None, types: str) -> bool:
    return run_id in {None, delivery.run_id} and matches(delivery.type, types)


class _Place:
    """What is kept for a consumer."""

    def __init__(self, run_id: str | None, types: str, unacknowledged: int) -> None:
        self.run_id = run_id
        self.types = types
        self.unacknowledged = unacknowledged
        self.seen = 0
        self.waiting: list[int] = []
        self.out: set[int] = set()


class _MemoryPublisher:
    def __init__(self, bus: MemoryBus, run_id: str) -> None:
        self.acknowledged = 0
        self.position = 0
        self._bus = bus
        self._run_id = run_id

    async def held(self) -> Held:
        mine = [each for each in self._bus.stream if each.run_id == self._run_id]
        if not mine:
            return Held("memory", len(self._bus.stream))
        first, last = mine[0], mine[-1]
        return Held("memory", len(self._bus.stream), len(mine), first.sequence, last.sequence, last.line)

    async def check(self) -> None:
        """A list is not deleted."""

    async def sequences(self, after: int) -> frozenset[int]:
        return frozenset(number for run_id, number in self._bus.ids if run_id == self._run_id and number > after)

    async def send(self, message: Message) -> None:
        bus, known = self._bus, (message.run_id, message.sequence)
        if known not in bus.ids:
            bus.ids.add(known)
            bus.stream.append(Delivery(*message, position=len(bus.stream) + 1))
            async with bus.grown:
                bus.grown.notify_all()
        self.position = len(bus.stream)
        self.acknowledged = message.sequence

    async def settle(self) -> None:
        """A list has nothing in flight."""

    async def failed(self) -> None:
        await asyncio.Event().wait()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        """Nothing to let go of."""


class _MemoryConsumer:
    def __init__(self, bus: MemoryBus, place: _Place) -> None:
        self._bus = bus
        self._place = place

    async def fetch(self, most: int, *, wait_s: float) -> Sequence[Delivery]:
        place, bus = self._place, self._bus
        try:
            async with asyncio.timeout(wait_s):
                while not self._fill():
                    async with bus.grown:
                        await bus.grown.wait()
        except TimeoutError:
            return ()
        count = min(most, place.unacknowledged - len(place.out))
        taken, place.waiting = place.waiting[:count], place.waiting[count:]
        place.out.update(taken)
        return [bus.stream[position - 1]._replace(receipt=str(position)) for position in taken]

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        self._place.out.difference_update(int(delivery.receipt) for delivery in deliveries)

    async def backlog(self) -> int:
        self._fill()
        return len(self._place.waiting) + len(self._place.out)

    async def aclose(self) -> None:
        """Nothing to let go of."""

    def _fill(self) -> bool:
        place = self._place
        for delivery in self._bus.stream[place.seen :]:
            place.seen = delivery.position
            if _wanted(delivery, place.run_id, place.types):
                place.waiting.append(delivery.position)
        return bool(place.waiting) and len(place.out) < place.unacknowledged
