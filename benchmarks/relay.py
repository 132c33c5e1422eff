"""The relay to a broker of this machine's, acknowledged and on file, beside a bare pipelined publisher of nats-py."""

import argparse
import asyncio
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nats
from nats.js.api import StorageType

from benchmarks.machine import describe, row
from events.bus.broker import Broker
from events.bus.cursor import CURSOR_NAME
from events.bus.nats import NatsBus
from events.bus.publisher import WINDOW_MESSAGES
from events.bus.relay import Relay
from events.bus.settings import NatsSettings
from events.chain import GENESIS, seal
from genesis.run import LOG_NAME

RUN = "bench"
BAR_PER_S, BAR_SHARE = 20_000, 0.7
LINE_BYTES = 2048


def write_log(path: Path, count: int) -> None:
    """A log of ``count`` lines of 2 KB, chained as ours are, of text that does not compress."""
    noise, link = random.Random(1), GENESIS
    with path.open("wb") as file:
        for number in range(1, count + 1):
            head = (
                f'{{"specversion":"1.0","id":"{RUN}:{number}","source":"/runs/{RUN}","type":"insight.recorded",'
                f'"time":"2026-11-22T11:40:00.123456Z","sequence":{number},"generation":0,"island":0,"schemaversion":1,'
                f'"data":{{"scope":"run","based_on":[],"text":"'
            )
            text = noise.randbytes((LINE_BYTES - len(head) - 80) // 2).hex()
            line, link = seal(link, f'{head}{text}"}}'.encode())
            file.write(line)


async def relayed(url: str, log: Path) -> None:
    """The whole log, by the relay as it is."""
    relay = Relay(log, run_id=RUN, bus=NatsBus(NatsSettings(url)), notice=print, jitter=random.Random(0))
    await relay.once()
    assert relay.sent == relay.place.sequence


async def bare(url: str, log: Path) -> None:
    """The same lines with the same ids by nats-py alone, with as many in flight."""
    connection = await nats.connect(url)
    jetstream = connection.jetstream(publish_async_max_pending=WINDOW_MESSAGES)
    await jetstream.add_stream(name="BARE", subjects=["bare.>"], storage=StorageType.FILE)
    with log.open("rb") as file:
        for number, line in enumerate(file, 1):
            headers = {"Nats-Msg-Id": f"{RUN}:{number}"}
            await jetstream.publish_async("bare.bench.insight.recorded", line[:-1], headers=headers)
    await jetstream.publish_async_completed()
    await connection.close()


WAYS = {"relay": relayed, "bare": bare}


async def _rate(way: str, log: Path, count: int) -> float:
    """Events a second by a fresh process against a fresh broker."""
    (log.parent / CURSOR_NAME).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=log.parent) as folder:
        async with Broker(Path(folder)) as broker:
            command = (sys.executable, "-m", "benchmarks.relay", "--way", way, "--url", broker.url, "--log", str(log))
            done = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
            told, _ = await done.communicate()
            assert done.returncode == 0
    return count / float(told)


async def _compare(count: int, repeats: int) -> None:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        log = Path(folder) / LOG_NAME
        write_log(log, count)
        pairs = [(await _rate("relay", log, count), await _rate("bare", log, count)) for _ in range(repeats)]
    reached, bound = (statistics.median(each) for each in zip(*pairs, strict=True))
    share = statistics.median(relay / other for relay, other in pairs)
    row(
        f"relay, {count:,} events of 2 KB, acknowledged, on file",
        f"{reached:,.0f}/s = {share:.0%}",
        f"20,000/s, or 70% of bare nats-py ({bound:,.0f}/s)",
        met=reached >= BAR_PER_S or share >= BAR_SHARE,
    )


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--way", choices=WAYS)
    parser.add_argument("--url", default="")
    parser.add_argument("--log", type=Path)
    asked = parser.parse_args()
    if asked.way:
        began = time.perf_counter()
        asyncio.run(WAYS[asked.way](asked.url, asked.log))
        print(time.perf_counter() - began)
        return
    print(describe())
    asyncio.run(_compare(asked.events, asked.repeats))


if __name__ == "__main__":
    main()
