"""Logs to relay, and what came of them on a stream."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from random import Random

from events.bus.cursor import CURSOR_NAME, Cursor
from events.bus.nats import NatsBus
from events.bus.port import Bus, Delivery
from events.bus.relay import Relay
from events.bus.settings import NatsSettings, StreamSettings
from events.chain import GENESIS, unseal
from events.envelope import Fact
from events.log import FileLog
from events.types import InsightRecorded, RunInterrupted
from genesis.clock import system_clock
from genesis.run import LOG_NAME
from tests.engine.scripted import start

RUN = "run.with-dots_1"


def insight(number: int) -> Fact:
    return Fact(InsightRecorded(scope="run", text=f"insight {number} " + "x" * (number % 7 * 100), based_on=()))


class Writer:
    """A run that goes on: writes its log in a real file, with fsync."""

    def __init__(self, directory: Path, run_id: str = RUN) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory / LOG_NAME
        self.run_id = run_id
        self._log = FileLog.create(self.path, run_id=run_id, clock=system_clock)

    async def write(self, count: int) -> None:
        first = self._log.last_sequence
        facts = [start()] if not first else []
        facts += [insight(first + number) for number in range(count - len(facts))]
        await self._log.append(facts)

    async def close(self) -> None:
        await self._log.append([Fact(RunInterrupted(by="test"))])
        await self._log.aclose()

    @property
    def lines(self) -> list[bytes]:
        return self.path.read_bytes().splitlines()


def written(directory: Path, count: int, run_id: str = RUN) -> Path:
    """A log of ``count`` events."""

    async def go() -> Path:
        writer = Writer(directory, run_id)
        await writer.write(count - 1)
        await writer.close()
        return writer.path

    return asyncio.run(go())


def bus_at(url: str, *, redeliver_s: float = 20.0, **stream: float) -> NatsBus:
    return NatsBus(NatsSettings(url, stream=StreamSettings(**stream)), redeliver_s=redeliver_s)


def relay_to(bus: Bus, log: Path, *, run_id: str = RUN, notices: list[str] | None = None) -> Relay:
    told = notices if notices is not None else []
    return Relay(log, run_id=run_id, bus=bus, notice=told.append, jitter=Random(0), longest_pause_s=0.5)


async def on_stream(bus: Bus, run_id: str = RUN) -> list[Delivery]:
    return [delivery async for delivery in bus.replay(run_id=run_id)]


def same(deliveries: Sequence[Delivery], log: Path, *, ordered: bool = True) -> None:
    """The stream holds each line of the log exactly once, byte for byte, and the hashes chain."""
    lines = log.read_bytes().splitlines()
    assert len(deliveries) == len(lines)
    in_order = deliveries if ordered else sorted(deliveries, key=lambda each: each.sequence)
    assert [each.sequence for each in in_order] == list(range(1, len(lines) + 1))
    link: str | None = GENESIS
    for delivery, line in zip(in_order, lines, strict=True):
        assert delivery.line == line
        link = unseal(link or "", delivery.line + b"\n")
        assert link is not None, delivery.sequence


async def relayed(log: Path, count: int) -> None:
    """Waits until the relay of a log has written down that the stream has that many, which it hears after it is so."""
    async with asyncio.timeout(60):
        while Cursor.load(log.parent / CURSOR_NAME).place.sequence < count:
            await asyncio.sleep(0.01)


async def until(bus: Bus, log: Path, count: int) -> None:
    """Waits until the stream has that many of the run."""
    async with asyncio.timeout(60):
        while True:
            async with await bus.publisher(RUN) as publisher:
                if (await publisher.held()).count >= count:
                    return
            await asyncio.sleep(0.05)
