"""The relay against a real NATS server that is killed, replaced, robbed and slow."""

import asyncio
import os
import random
import shutil
import signal
import sys
from pathlib import Path

import pytest

from events.bus.broker import Broker
from events.bus.cursor import CURSOR_NAME, Cursor
from events.bus.memory import MemoryBus
from events.bus.port import Message, Publisher
from events.bus.settings import STREAM
from events.errors import BusUnavailable, LogCorrupt, LogLocked, LogNotFound, RunDiverged
from events.log import FileLog, LogReader
from genesis.clock import system_clock
from tests.bus.runs import RUN, Writer, bus_at, insight, on_stream, relay_to, relayed, same, until, written
from tests.ports import reserved_port


def test_relays_every_line_once_and_knows_where_it_was(tmp_path: Path) -> None:
    log = written(tmp_path / "run", 700)

    async def go() -> None:
        async with Broker(tmp_path / "nats") as broker:
            bus = bus_at(broker.url)
            relay = relay_to(bus, log)
            await relay.once()
            assert relay.sent == 700
            same(await on_stream(bus), log)
            again = relay_to(bus, log)
            await again.once()
            assert again.sent == 0
            (log.parent / CURSOR_NAME).unlink()
            without_cursor = relay_to(bus, log)
            await without_cursor.once()
            assert without_cursor.sent == 0
            assert without_cursor.place.sequence == 700
            same(await on_stream(bus), log)

    asyncio.run(go())


def test_the_reference_bus_is_relayed_to_alike(tmp_path: Path) -> None:
    log = written(tmp_path / "run", 60)

    async def go() -> None:
        bus = MemoryBus()
        await relay_to(bus, log).once()
        await relay_to(bus, log).once()
        same(await on_stream(bus), log)

    asyncio.run(go())


def test_a_broker_killed_in_mid_run_loses_and_doubles_nothing(tmp_path: Path) -> None:
    async def go(port: int) -> None:
        writer, broker = Writer(tmp_path / "run"), Broker(tmp_path / "nats", port=port)
        await writer.write(10)
        await broker.start()
        bus, notices = bus_at(broker.url), list[str]()
        relay = relay_to(bus, writer.path, notices=notices)
        following = asyncio.create_task(relay.follow())
        for _ in range(3):
            for _ in range(10):
                await writer.write(50)
                await asyncio.sleep(0.01)
            await broker.kill()
            await writer.write(100)
            await asyncio.sleep(0.1)  # the second and the third time it may be back before anybody noticed
            async with asyncio.timeout(60):
                while not any("tries again" in notice for notice in notices):
                    await asyncio.sleep(0.01)
            await broker.start()
        async with asyncio.timeout(60):
            while not any("takes events" in notice for notice in notices):
                await asyncio.sleep(0.01)
        await writer.close()
        relay.finish()
        try:
            await asyncio.wait_for(following, 60)
        except Exception:  # asked to finish while the broker was away
            await relay_to(bus, writer.path).once()
        same(await on_stream(bus), writer.path)
        await broker.stop()

    with reserved_port() as port:
        asyncio.run(go(port))


def test_a_broker_that_is_away_at_first_is_waited_for(tmp_path: Path) -> None:
    log = written(tmp_path / "run", 100)

    async def go(port: int) -> None:
        broker, notices = Broker(tmp_path / "nats", port=port), list[str]()
        await broker.start()
        await broker.kill()
        relaying = asyncio.create_task(relay_to(bus_at(broker.url), log, notices=notices).once())
        await asyncio.sleep(1.0)
        assert not relaying.done()
        assert Cursor.load(log.parent / CURSOR_NAME) == Cursor()
        await broker.start()
        await asyncio.wait_for(relaying, 60)
        same(await on_stream(bus_at(broker.url)), log)
        assert len(notices) == 2  # that it is away, once; that it is back
        await broker.stop()

    with reserved_port() as port:
        asyncio.run(go(port))


async def _delete_stream(url: str) -> None:
    async with await bus_at(url).publisher(RUN) as publisher:
        await publisher._connection.jetstream.delete_stream(STREAM)  # what an operator's tool would do


class _AwayAtFirst(MemoryBus):
    """A bus that is away for some tries, while something happens."""

    def __init__(self, tries: int) -> None:
        super().__init__()
        self.tries, self.away = 0, tries
        self.meanwhile = lambda: None

    async def publisher(self, run_id: str) -> Publisher:
        self.tries += 1
        if self.tries <= self.away:
            self.meanwhile()
            raise BusUnavailable("it is away")
        return await super().publisher(run_id)


def test_who_is_asked_to_end_tries_once_more(tmp_path: Path) -> None:
    log = written(tmp_path / "run", 10)

    async def go(tries: int) -> _AwayAtFirst:
        bus = _AwayAtFirst(tries)
        relay = relay_to(bus, log)
        bus.meanwhile = relay.finish
        async with asyncio.timeout(60):
            await relay.follow()
        return bus

    same(asyncio.run(go(1)).stream, log)
    (tmp_path / "run" / CURSOR_NAME).unlink()
    with pytest.raises(BusUnavailable, match="it is away"):
        asyncio.run(go(2))


def test_a_deleted_stream_is_made_again_and_filled(tmp_path: Path) -> None:
    async def go() -> None:
        async with Broker(tmp_path / "nats") as broker:
            writer, bus, notices = Writer(tmp_path / "run"), bus_at(broker.url), list[str]()
            await writer.write(300)
            relay = relay_to(bus, writer.path, notices=notices)
            following = asyncio.create_task(relay.follow())
            await relayed(writer.path, 300)
            await _delete_stream(broker.url)
            await writer.write(200)
            await until(bus, writer.path, 500)
            await writer.close()
            relay.finish()
            await asyncio.wait_for(following, 60)
            same(await on_stream(bus), writer.path)
            assert any(
                "not that of the last time" in notice and f"filling it with {RUN}" in notice for notice in notices
            )

    asyncio.run(go())


def test_a_stream_deleted_after_the_run_is_filled_again(tmp_path: Path) -> None:
    log = written(tmp_path / "run", 300)

    async def go() -> None:
        async with Broker(tmp_path / "nats") as broker:
            bus = bus_at(broker.url)
            await relay_to(bus, log).once()
            await _delete_stream(broker.url)
            await relay_to(bus, log).once()
            same(await on_stream(bus), log)

    asyncio.run(go())


def test_a_broker_that_lost_what_it_had_acknowledged_is_filled_again(tmp_path: Path) -> None:
    """As after a power failure: the server syncs its files every two minutes only."""

    async def go(port: int) -> None:
        writer, broker, notices = Writer(tmp_path / "run"), Broker(tmp_path / "nats", port=port), list[str]()
        await writer.write(200)
        await broker.start()
        bus = bus_at(broker.url)
        await relay_to(bus, writer.path).once()
        await broker.stop()
        shutil.copytree(tmp_path / "nats", tmp_path / "old")
        await broker.start()
        await writer.write(200)
        await relay_to(bus, writer.path).once()
        await broker.kill()
        shutil.rmtree(tmp_path / "nats" / "jetstream")
        shutil.copytree(tmp_path / "old" / "jetstream", tmp_path / "nats" / "jetstream")
        await broker.start()
        await writer.write(100)
        await writer.close()
        await relay_to(bus, writer.path, notices=notices).once()
        same(await on_stream(bus), writer.path)
        assert any("lost what it had acknowledged" in notice for notice in notices)
        await broker.stop()

    with reserved_port() as port:
        asyncio.run(go(port))


def test_gaps_in_the_stream_are_mended(tmp_path: Path) -> None:
    log = written(tmp_path / "run", 50)
    lines = log.read_bytes().splitlines()

    async def go() -> None:
        async with Broker(tmp_path / "nats") as broker:
            bus = bus_at(broker.url)
            async with await bus.publisher(RUN) as publisher:
                for number in (1, 2, 5, 6, 20):
                    await publisher.send(Message(RUN, number, "insight.recorded", lines[number - 1]))
                await publisher.settle()
            relay = relay_to(bus, log)
            await relay.once()
            assert relay.sent == 45
            same(await on_stream(bus), log, ordered=False)

    asyncio.run(go())


def test_nothing_is_doubled_when_the_broker_has_forgotten_the_ids(tmp_path: Path) -> None:
    log = written(tmp_path / "run", 120)

    async def go() -> None:
        async with Broker(tmp_path / "nats") as broker:
            bus = bus_at(broker.url, duplicate_window_s=1)
            await relay_to(bus, log).once()
            (log.parent / CURSOR_NAME).unlink()
            await asyncio.sleep(2.5)
            await relay_to(bus, log).once()
            same(await on_stream(bus), log)

    asyncio.run(go())


def test_what_the_streams_limits_dropped_is_not_sent_again(tmp_path: Path) -> None:
    async def go() -> None:
        async with Broker(tmp_path / "nats") as broker:
            writer, bus = Writer(tmp_path / "run"), bus_at(broker.url, max_bytes=60_000)
            await writer.write(400)
            await relay_to(bus, writer.path).once()
            kept = [each.sequence for each in await on_stream(bus)]
            assert 10 < len(kept) < 200
            assert kept == list(range(kept[0], 401))
            await writer.write(1)
            relay = relay_to(bus, writer.path)
            await relay.once()
            assert relay.sent == 1
            await writer.close()
            (writer.path.parent / CURSOR_NAME).unlink()
            relay = relay_to(bus, writer.path)
            await relay.once()
            assert relay.sent == 1

    asyncio.run(go())


def test_a_second_relay_of_a_run_is_refused(tmp_path: Path) -> None:
    log = written(tmp_path / "run", 10)

    async def go() -> None:
        async with Broker(tmp_path / "nats") as broker:
            first = relay_to(bus_at(broker.url), log)
            following = asyncio.create_task(first.follow())
            await until(bus_at(broker.url), log, 10)
            with pytest.raises(LogLocked, match=rf"being relayed by process {os.getpid()}"):
                await relay_to(bus_at(broker.url), log).once()
            first.finish()
            await following

    asyncio.run(go())


def test_another_run_of_the_same_id_is_refused(tmp_path: Path) -> None:
    one, other, shorter = (written(tmp_path / name, count) for name, count in (("a", 30), ("b", 40), ("c", 20)))

    async def go() -> None:
        async with Broker(tmp_path / "nats") as broker:
            bus = bus_at(broker.url)
            await relay_to(bus, one).once()
            for log in (other, shorter):
                with pytest.raises(RunDiverged, match=rf"another run of the id {RUN}.*nats stream purge"):
                    await relay_to(bus, log).once()
            same(await on_stream(bus), one)

    asyncio.run(go())


def test_a_deleted_run_directory_is_an_error_that_names_it(tmp_path: Path) -> None:
    log = written(tmp_path / "run", 10)

    async def go() -> None:
        async with Broker(tmp_path / "nats") as broker:
            bus = bus_at(broker.url)
            following = asyncio.create_task(relay_to(bus, log).follow())
            await relayed(log, 10)  # and it writes nothing there any more
            shutil.rmtree(log.parent)
            with pytest.raises(LogNotFound, match=str(log)):
                await asyncio.wait_for(following, 60)

    asyncio.run(go())


def test_a_damaged_line_stops_the_relay_and_names_it(tmp_path: Path) -> None:
    log = written(tmp_path / "run", 30)
    lines = log.read_bytes().splitlines(keepends=True)
    lines[19] = lines[19].replace(b"insight", b"INSIGHT", 1)
    log.write_bytes(b"".join(lines))

    async def go() -> None:
        async with Broker(tmp_path / "nats") as broker:
            bus = bus_at(broker.url)
            with pytest.raises(LogCorrupt, match="line 20"):
                await relay_to(bus, log).once()
            assert len(await on_stream(bus)) in range(20)

    asyncio.run(go())


def test_a_half_written_line_is_waited_for(tmp_path: Path) -> None:
    log = written(tmp_path / "run", 30)
    whole = log.read_bytes()
    log.write_bytes(whole[:-40])

    async def go() -> None:
        async with Broker(tmp_path / "nats") as broker:
            bus = bus_at(broker.url)
            relay = relay_to(bus, log)
            following = asyncio.create_task(relay.follow())
            await until(bus, log, 29)
            with log.open("ab") as file:
                file.write(whole[-40:])
            await until(bus, log, 30)
            relay.finish()
            await following
            same(await on_stream(bus), log)

    asyncio.run(go())


_RELAY = (sys.executable, "-m", "genesis.cli", "relay")


async def _killed_relays(directory: Path, port: int, kills: int, seed: int) -> None:
    """A log that grows, a relay in a process of its own that is killed over and over, and now and then the broker."""
    chance = random.Random(seed)
    writer, broker = Writer(directory / "run"), Broker(directory / "nats", port=port)
    await writer.write(500)
    await broker.start()
    bus = bus_at(broker.url)
    for _ in range(kills):
        relay = await asyncio.create_subprocess_exec(
            *_RELAY, str(writer.path.parent), "--nats", broker.url, stderr=asyncio.subprocess.DEVNULL
        )
        before = (await _held(bus)).count
        await writer.write(chance.randrange(1, 400))
        async with asyncio.timeout(120):
            while (await _held(bus)).count == before:  # it has begun: a kill before that kills nothing
                await asyncio.sleep(0.005)
        await asyncio.sleep(chance.random() * 0.05)
        relay.send_signal(signal.SIGKILL)
        if chance.random() < 0.3:
            await broker.kill()
            await broker.start()
        await relay.wait()
        cursor = Cursor.load(writer.path.parent / CURSOR_NAME)
        assert cursor.place.sequence <= (await _held(bus)).count
    await writer.close()
    await relay_to(bus, writer.path).once()
    same(await on_stream(bus), writer.path)
    await broker.stop()


async def _held(bus):
    async with await bus.publisher(RUN) as publisher:
        return await publisher.held()


def test_a_relay_killed_at_random_moments_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with reserved_port() as port:
        asyncio.run(_killed_relays(tmp_path, port, kills=5, seed=1))


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_relay_killed_a_hundred_times_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with reserved_port() as port:
        asyncio.run(_killed_relays(tmp_path, port, kills=100, seed=2))


def test_a_log_that_is_resumed_after_a_crash_goes_on(tmp_path: Path) -> None:
    log = written(tmp_path / "run", 40)
    log.write_bytes(log.read_bytes() + b'{"specversion":"1.0","id"')

    async def go() -> None:
        async with Broker(tmp_path / "nats") as broker:
            bus = bus_at(broker.url)
            await relay_to(bus, log).once()
            resumed = FileLog.open(log, clock=system_clock, each=lambda _: None)
            assert resumed.torn_bytes
            await resumed.append([insight(40)])
            await resumed.aclose()
            await relay_to(bus, log).once()
            same(await on_stream(bus), log)
            assert sum(1 for _ in LogReader(log)) == 41

    asyncio.run(go())
