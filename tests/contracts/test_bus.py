"""The contract of a bus, held by the reference and by a real NATS server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from events.bus.broker import Broker
from events.bus.memory import MemoryBus
from events.bus.port import Bus, Consumer, Delivery, Message
from events.errors import BusRefused, StreamMismatch
from tests.bus.runs import bus_at


@asynccontextmanager
async def _memory(_: Path, redeliver_s: float) -> AsyncIterator[Bus]:
    yield MemoryBus()


@asynccontextmanager
async def _nats(directory: Path, redeliver_s: float) -> AsyncIterator[Bus]:
    async with Broker(directory / "nats") as broker:
        yield bus_at(broker.url, redeliver_s=redeliver_s)


BUSES = {"memory": _memory, "nats": _nats}


def message(run_id: str, sequence: int, kind: str = "program.evaluated") -> Message:
    return Message(run_id, sequence, kind, f"line {sequence} of {run_id}".encode())


async def publish(bus: Bus, *messages: Message) -> None:
    async with await bus.publisher(messages[0].run_id) as publisher:
        for each in messages:
            await publisher.send(each)
        await publisher.settle()
        assert publisher.acknowledged == messages[-1].sequence
        assert publisher.position >= 1


async def take(consumer: Consumer, count: int, *, most: int, acknowledge: Iterable[int] = ()) -> list[Delivery]:
    """As many as that, in as many fetches as it takes; tells the bus of those with these sequences."""
    taken: list[Delivery] = []
    while len(taken) < count:
        batch = await consumer.fetch(most, wait_s=5)
        await consumer.acknowledge([each for each in batch if each.sequence in acknowledge])
        taken += batch
    return taken


async def until_backlog(consumer: Consumer, count: int) -> None:
    """What was acknowledged is heard, and done a moment later."""
    while await consumer.backlog() != count:
        await asyncio.sleep(0.01)


def sequences(deliveries: Iterable[Delivery]) -> list[int]:
    return [each.sequence for each in deliveries]


@pytest.mark.parametrize("name", BUSES)
class TestBus:
    def run(
        self, name: str, directory: Path, use: Callable[[Bus], Awaitable[None]], *, redeliver_s: float = 20.0
    ) -> None:
        async def go() -> None:
            async with asyncio.timeout(120), BUSES[name](directory, redeliver_s) as bus:
                await use(bus)

        asyncio.run(go())

    def test_carries_lines_byte_for_byte_in_order(self, name: str, tmp_path: Path) -> None:
        async def use(bus: Bus) -> None:
            sent = [message("a.b", number) for number in range(1, 2001)]
            await publish(bus, *sent)
            got = [delivery async for delivery in bus.replay()]
            assert [delivery[:4] for delivery in got] == [tuple(each) for each in sent]
            assert [delivery.position for delivery in got] == list(range(1, 2001))

        self.run(name, tmp_path, use)

    def test_knows_an_event_again(self, name: str, tmp_path: Path) -> None:
        async def use(bus: Bus) -> None:
            await publish(bus, *(message("r", number) for number in (1, 2, 3)))
            await publish(bus, *(message("r", number) for number in (2, 3, 4)))
            assert [delivery.sequence async for delivery in bus.replay()] == [1, 2, 3, 4]

        self.run(name, tmp_path, use)

    def test_says_what_it_holds_of_a_run(self, name: str, tmp_path: Path) -> None:
        async def use(bus: Bus) -> None:
            async with await bus.publisher("r.1") as publisher:
                empty = await publisher.held()
                assert (empty.count, empty.first, empty.last, empty.last_line) == (0, 0, 0, b"")
                assert await publisher.sequences(0) == frozenset()
            await publish(bus, message("r.1", 3), message("r.1", 4, "run.stopped"), message("r.1", 6))
            await publish(bus, message("r.10", 1), message("r", 9))
            async with await bus.publisher("r.1") as publisher:
                held = await publisher.held()
                assert (held.count, held.first, held.last, held.position) == (3, 3, 6, 5)
                assert held.last_line == b"line 6 of r.1"
                assert held.stream
                assert not held.trimmed
                assert await publisher.sequences(3) == {4, 6}

        self.run(name, tmp_path, use)

    def test_replays_from_anywhere_what_is_asked_for(self, name: str, tmp_path: Path) -> None:
        async def use(bus: Bus) -> None:
            await publish(bus, message("a", 1, "run.started"), message("a", 2, "program.evaluated"))
            await publish(bus, message("b.c", 1, "run.started"), message("b.c", 2, "program.archived"))
            await publish(bus, message("a", 3, "evaluation.failed"), message("a", 4, "program.archived"))

            async def asked(**what: str | int) -> list[tuple[str, int]]:
                return [(each.run_id, each.sequence) async for each in bus.replay(**what)]

            assert await asked(run_id="b.c") == [("b.c", 1), ("b.c", 2)]
            assert await asked(run_id="a", types="program.*") == [("a", 2), ("a", 4)]
            assert await asked(types="*.archived") == [("b.c", 2), ("a", 4)]
            assert await asked(types="*.[af]*") == [("b.c", 2), ("a", 3), ("a", 4)]
            assert await asked(after=4) == [("a", 3), ("a", 4)]
            assert await asked(run_id="a", after=2) == [("a", 3), ("a", 4)]
            assert await asked(after=99) == []
            assert await asked(run_id="nobody") == []

        self.run(name, tmp_path, use)

    def test_a_replay_can_wait_for_what_comes(self, name: str, tmp_path: Path) -> None:
        async def use(bus: Bus) -> None:
            await publish(bus, message("r", 1))
            replay = bus.replay(run_id="r", follow=True)
            assert (await anext(replay)).sequence == 1
            coming = asyncio.ensure_future(anext(replay))
            await asyncio.sleep(0.05)
            assert not coming.done()
            await publish(bus, message("r", 2))
            assert (await coming).sequence == 2
            await replay.aclose()

        self.run(name, tmp_path, use)

    def test_a_consumers_place_is_kept(self, name: str, tmp_path: Path) -> None:
        async def use(bus: Bus) -> None:
            await publish(bus, *(message("r", number) for number in range(1, 11)))
            consumer = await bus.consumer("side", unacknowledged=100)
            first = await take(consumer, 6, most=6, acknowledge=range(11))
            await consumer.aclose()
            await consumer.aclose()
            consumer = await bus.consumer("side", unacknowledged=100)
            await until_backlog(consumer, 10 - len(first))
            rest = await take(consumer, 10 - len(first), most=6, acknowledge=range(11))
            assert sequences([*first, *rest]) == list(range(1, 11))
            assert await consumer.fetch(6, wait_s=0.05) in ([], ())
            await until_backlog(consumer, 0)
            await consumer.aclose()

        self.run(name, tmp_path, use)

    def test_what_is_not_acknowledged_is_given_out_again(self, name: str, tmp_path: Path) -> None:
        async def use(bus: Bus) -> None:
            await publish(bus, *(message("r", number) for number in range(1, 7)))
            consumer = await bus.consumer("side", unacknowledged=100)
            await take(consumer, 6, most=6, acknowledge=(1, 3, 5))
            await consumer.aclose()
            consumer = await bus.consumer("side", unacknowledged=100)
            again = await take(consumer, 3, most=6, acknowledge=range(7))
            assert sequences(again) == [2, 4, 6]
            await consumer.aclose()

        self.run(name, tmp_path, use, redeliver_s=3.0)

    def test_no_more_is_out_than_may_be(self, name: str, tmp_path: Path) -> None:
        async def use(bus: Bus) -> None:
            await publish(bus, *(message("r", number) for number in range(1, 11)))
            consumer = await bus.consumer("side", unacknowledged=4)
            out = await take(consumer, 4, most=3)
            assert sequences(out) == [1, 2, 3, 4]
            assert not await consumer.fetch(3, wait_s=0.1)
            await consumer.acknowledge(out[:2])
            assert sequences(await take(consumer, 2, most=3)) == [5, 6]
            assert not await consumer.fetch(3, wait_s=0.1)
            await consumer.aclose()

        self.run(name, tmp_path, use)

    def test_a_consumer_reads_what_its_name_stands_for(self, name: str, tmp_path: Path) -> None:
        async def use(bus: Bus) -> None:
            await publish(bus, message("a", 1, "run.started"), message("a", 2, "program.archived"))
            await publish(bus, message("b", 1, "program.archived"))
            consumer = await bus.consumer("one", run_id="a", types="program.*", unacknowledged=10)
            taken = await take(consumer, 1, most=5)
            assert [(each.run_id, each.sequence) for each in taken] == [("a", 2)]
            await consumer.aclose()
            with pytest.raises(StreamMismatch, match=r"consumer one .*another name"):
                await bus.consumer("one", run_id="b", unacknowledged=10)
            with pytest.raises(BusRefused, match=r"'a\.b'.*letters, digits"):
                await bus.consumer("a.b", unacknowledged=10)

        self.run(name, tmp_path, use)
