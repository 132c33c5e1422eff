"""Many calls of a slow model at once, streamed: how near to the ideal rate, and on how much of a core.

The ideal is a call every latency in each of the concurrent places. The server is another process.
"""

import argparse
import asyncio
import contextlib
import itertools
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Generator
from typing import NamedTuple

import httpx2

from benchmarks.machine import describe, row
from events.types import Message
from genesis.config.models import BudgetConfig, LlmConfig, ProviderConfig
from genesis.llm.client import Models
from genesis.llm.port import Reply, Request, Response

PROMPT = "def candidate(x):\n    return x * 2  # one line of a program in a prompt\n" * 280  # 20 KB


class Nobody:
    """A witness that keeps nothing: the log has a benchmark of its own."""

    async def asked(self, request: Request, attempt: int) -> None:
        """Nothing."""

    async def answered(self, request: Request, attempt: int, reply: Reply) -> None:
        """Nothing."""


class Load(NamedTuple):
    """How many calls at once, how long each takes, and for how many latencies they are counted."""

    concurrency: int
    latency_s: float
    rounds: int


class Measured(NamedTuple):
    """What one measurement took."""

    calls: int
    wall_s: float
    cpu_s: float


@contextlib.contextmanager
def server(latency_s: float, pieces: int) -> Generator[str]:
    """The server's base address."""
    command = [sys.executable, "-m", "benchmarks.model_server", f"--latency-s={latency_s}", f"--pieces={pieces}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        process.stdin.close()


async def every_place(call: Callable[[int, int], Awaitable[bool]], load: Load) -> Measured:
    """Calls in so many places at once, one after the other in each; the first ones begin evenly spread.

    So places do not go in step, as those of a run do not. What ends in the first two latencies is not counted: by then
    all connections are open.
    """
    answered: list[bool] = []

    async def place(number: int) -> None:
        await asyncio.sleep(load.latency_s * number / load.concurrency)
        for turn in itertools.count():
            answered.append(await call(number, turn))  # noqa: PERF401  each counts when it ends

    async with asyncio.TaskGroup() as group:
        places = [group.create_task(place(number)) for number in range(load.concurrency)]
        await asyncio.sleep(2 * load.latency_s)
        before, began, cpu = len(answered), time.perf_counter(), time.process_time()
        await asyncio.sleep(load.rounds * load.latency_s)
        taken = Measured(len(answered) - before, time.perf_counter() - began, time.process_time() - cpu)
        for each in places:
            each.cancel()
    if not all(answered):
        sys.exit(f"{answered.count(False)} calls failed")
    return taken


async def measure_bare(base_url: str, load: Load) -> Measured:
    """The transport alone: the same requests and bytes, nothing understood."""
    body = {"model": "m", "messages": [{"role": "system", "content": PROMPT}], "stream": True, "max_tokens": 4096}
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=load.concurrency)
    async with httpx2.AsyncClient(limits=limits, timeout=60) as client:

        async def call(_number: int, _turn: int) -> bool:
            async with client.stream("POST", f"{base_url}/chat/completions", json=body) as response:
                return sum([len(chunk) async for chunk in response.aiter_bytes()]) > 0

        return await every_place(call, load)


async def measure(base_url: str, load: Load) -> Measured:
    """The whole way through limits, budget, SDK and decoder."""
    provider = ProviderConfig(base_url=base_url, api_key_env="", max_concurrency=load.concurrency)
    models = Models(
        LlmConfig(providers={"compatible": provider}, concurrency=load.concurrency),
        BudgetConfig(usd=None, tokens=2**60),
        environment={},
    )

    async def call(number: int, turn: int) -> bool:
        asked = Request(
            model="compatible/m",
            messages=(Message(role="system", content=PROMPT), Message(role="user", content="improve it")),
            purpose="mutation",
            max_tokens=4096,
            draw=f"0/{number}/{turn}",
        )
        return isinstance(await models.complete(asked, Nobody()), Response)

    try:
        return await every_place(call, load)
    finally:
        await models.aclose()


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--concurrency", type=int, default=500)
    parser.add_argument("--latency-s", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--pieces", type=int, default=50, help="events that a reply comes in")
    asked = parser.parse_args()
    print(describe())
    load = Load(asked.concurrency, asked.latency_s, asked.rounds)
    with server(load.latency_s, asked.pieces) as base_url:
        # the budget counts no dollars of a model without a price, and does all else that it does
        found = asyncio.run(measure(base_url, load))
        bare = asyncio.run(measure_bare(base_url, load._replace(rounds=2)))
    ideal = load.concurrency / load.latency_s
    rate, core = found.calls / found.wall_s, found.cpu_s / found.wall_s
    what = f"{load.concurrency} calls of {load.latency_s:g} s at once, {asked.pieces} events each"
    row(what, f"{rate:.1f}/s, {100 * rate / ideal:.1f} %", f"95 % of {ideal:g}/s", met=rate >= 0.95 * ideal)
    row("of a core in the client's process", f"{100 * core:.0f} %", "80 %", met=core <= 0.8)
    ours, theirs = 1e3 * found.cpu_s / found.calls, 1e3 * bare.cpu_s / bare.calls
    bare_rate = 100 * bare.calls / bare.wall_s / ideal
    print(
        f"      {ours:.2f} ms of CPU a call; the bare transport: {theirs:.2f} ms, {bare_rate:.1f} % of the ideal rate"
    )


if __name__ == "__main__":
    main()
