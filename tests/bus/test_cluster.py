"""Three servers that keep each event three times, one after the other killed while a run is relayed."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

import pytest

from events.bus.broker import find_server
from events.bus.nats import NatsBus
from events.bus.settings import NatsSettings, StreamSettings
from events.errors import BusUnavailable
from tests.bus.runs import Writer, on_stream, relay_to, same
from tests.ports import reserved_port

_CONFIGURATION = """\
server_name: n{number}
listen: "127.0.0.1:{clients}"
jetstream {{ store_dir: "{folder}/{number}" }}
cluster {{ name: c, listen: "127.0.0.1:{peers}", routes: [{routes}] }}
"""


class _Cluster:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places = ExitStack()
        self._ports = [self._places.enter_context(reserved_port()) for _ in range(6)]
        self._nodes: dict[int, asyncio.subprocess.Process] = {}

    @property
    def url(self) -> str:
        return ",".join(f"nats://127.0.0.1:{port}" for port in self._ports[:3])

    async def start(self, number: int) -> None:
        configuration = self._folder / f"{number}.conf"
        routes = ",".join(f"nats://127.0.0.1:{port}" for port in self._ports[3:])
        clients, peers = self._ports[number], self._ports[3 + number]
        configuration.write_text(
            _CONFIGURATION.format(number=number, clients=clients, peers=peers, folder=self._folder, routes=routes)
        )
        quiet = asyncio.subprocess.DEVNULL
        self._nodes[number] = await asyncio.create_subprocess_exec(
            find_server(), "-c", configuration, stdout=quiet, stderr=quiet
        )

    async def kill(self, number: int) -> None:
        node = self._nodes.pop(number)
        node.kill()
        await node.wait()

    async def stop(self) -> None:
        for number in list(self._nodes):
            await self.kill(number)
        self._places.close()


async def _ready(bus: NatsBus) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                await bus.check()
                return
            except Exception:
                await asyncio.sleep(0.2)


@pytest.mark.long
def test_a_cluster_that_loses_one_server_at_a_time_has_everything_once(tmp_path: Path) -> None:
    async def go() -> None:
        cluster = _Cluster(tmp_path)
        for number in range(3):
            await cluster.start(number)
        try:
            bus = NatsBus(NatsSettings(cluster.url, stream=StreamSettings(replicas=3)))
            await _ready(bus)
            writer = Writer(tmp_path / "run")
            await writer.write(500)
            relay = relay_to(bus, writer.path)
            following = asyncio.create_task(relay.follow())
            for number in (0, 1, 2, 0, 1, 2):
                await writer.write(500)
                await cluster.kill(number)
                await writer.write(300)
                await asyncio.sleep(1.5)
                await cluster.start(number)
                await asyncio.sleep(4)  # for it to catch up, or two would be away
            await writer.close()
            relay.finish()
            try:
                await asyncio.wait_for(following, 60)
            except BusUnavailable:  # the leader was being elected
                await asyncio.wait_for(relay_to(bus, writer.path).once(), 60)
            same(await on_stream(bus), writer.path)
        finally:
            await cluster.stop()

    asyncio.run(go())
