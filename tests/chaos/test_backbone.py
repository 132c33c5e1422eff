"""The whole way of an event, each part of it killed at random: log, relay, broker, sidecars, ClickHouse and Parquet.

In the end the stream and both stores hold every event once, equal to the log by count and by hash.
"""

import asyncio
import random
import subprocess
import sys
from pathlib import Path

import pytest

from events.bus.broker import Broker
from sidecar.settings import ClickHouseSettings
from tests.bus.runs import bus_at, on_stream, same
from tests.ports import reserved_port
from tests.sidecar.logs import Writer
from tests.sidecar.servers import ClickHouseServer
from tests.sidecar.stores import HELD, clickhouse_rows, expected, parquet_rows


class Backbone:
    """Each part is a process of its own, by name."""

    def __init__(self, folder: Path, port: int) -> None:
        self.log = Writer(folder / "runs" / "r", "r").append(50)
        self.parts = folder / "parts"
        self.broker = Broker(folder / "nats", port=port)
        self.store = ClickHouseServer(folder / "clickhouse")
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def command(self, name: str) -> list[str]:
        run, url = str(self.log.path.parent), self.broker.url
        sidecar = [sys.executable, "-m", "sidecar", "--batch-rows", "23", "--nats", url, "--runs-dir", str(self.parts)]
        return {
            "relay": [sys.executable, "-m", "genesis.cli", "relay", run, "--nats", url],
            "to ClickHouse": [*sidecar, "--consumer", "one", "--clickhouse", self.store.url],
            "to Parquet": [*sidecar, "--consumer", "two"],
        }[name]

    def start(self, name: str) -> None:
        self._running[name] = subprocess.Popen(self.command(name), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    async def kill(self, name: str) -> None:
        if name == "broker":
            await self.broker.kill()
        elif name == "store":
            self.store.kill()
        else:
            self._running[name].kill()
            self._running[name].wait()

    async def again(self, name: str) -> None:
        if name == "broker":
            await self.broker.start()
        elif name == "store":
            self.store.start()
        else:
            self.start(name)

    def finish(self, name: str) -> None:
        done = subprocess.run([*self.command(name), "--once"], capture_output=True, timeout=600, check=False)
        assert done.returncode == 0, done.stderr.decode()

    async def end(self) -> None:
        for process in self._running.values():
            process.kill()
            process.wait()
        await self.broker.stop()
        self.store.kill()


PROCESSES = ("relay", "to ClickHouse", "to Parquet")
PARTS = (*PROCESSES, "broker", "store")


async def _killed(folder: Path, port: int, kills: int, dice: random.Random) -> None:
    backbone = Backbone(folder, port)
    await backbone.broker.start()
    try:
        for name in PROCESSES:
            backbone.start(name)
        for _ in range(kills):
            backbone.log.append(dice.randrange(40, 200))
            await asyncio.sleep(0.2 + 1.5 * dice.random())
            victims = dice.sample(PARTS, dice.choice([1, 1, 2, len(PARTS)]))
            for name in victims:
                await backbone.kill(name)
            await asyncio.sleep(0.3 * dice.random())
            for name in victims:
                await backbone.again(name)
        for name in PROCESSES:
            await backbone.kill(name)
        for name in PROCESSES:
            await asyncio.to_thread(backbone.finish, name)
        same(await on_stream(bus_at(backbone.broker.url), "r"), backbone.log.path)
        assert clickhouse_rows(ClickHouseSettings(url=backbone.store.url), HELD) == expected(backbone.log.hashes)
        assert parquet_rows(backbone.parts, HELD) == expected(backbone.log.hashes)
    finally:
        await backbone.end()


@pytest.mark.timeout(1200)
def test_an_event_arrives_once_whatever_is_killed(tmp_path: Path) -> None:
    with reserved_port() as port:
        asyncio.run(_killed(tmp_path, port, 5, random.Random(3)))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_an_event_arrives_once_after_a_hundred_kills(tmp_path: Path) -> None:
    for number in range(10):
        with reserved_port() as port:
            asyncio.run(_killed(tmp_path / str(number), port, 10, random.Random(number)))
