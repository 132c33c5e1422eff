"""A run with models and evaluation together: the slower of the two sides should always be busy.

Two runs of the real engine, log and sandbox against a server of simulated latency: one in which models are slower, one
in which evaluation is. How busy models are is the time that calls took, over the places that there are for them; how
busy evaluation is, the time that candidates ran, over its workers.
"""

import argparse
import asyncio
import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import genesis
from benchmarks.machine import describe, row
from benchmarks.model_server import HEAD, chat_chunks
from events.envelope import Event

PROGRAM = "A = {number}\n\n\ndef entrypoint():\n    {work}\n    return [1.0, -A / 1e9, 0.5, 2.0]\n"
BUSY = 0.95  # of the slower side's places
EDGE = 0.15  # of a run at each end, in which one side has nothing to do yet, or any more


class Setting(NamedTuple):
    """One of the two runs: how slow each side is, and how many programs it makes."""

    slower: str
    latency_s: float
    evaluation_s: float
    programs: int


class Busy(NamedTuple):
    """The share of its places that each side used."""

    models: float
    evaluation: float


async def serve(latency_s: float, work: str) -> None:
    """Answers every question with a program that nobody has seen; says its port first, ends with standard input."""
    numbers = itertools.count()

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
                await reader.readexactly(int(length.partition(b":")[2]))
                await asyncio.sleep(latency_s)
                said = f"```python\n{PROGRAM.format(number=next(numbers), work=work)}```"
                writer.write(HEAD + b"".join(chat_chunks(1, said)))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(connection, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


@contextmanager
def server(setting: Setting) -> Iterator[str]:
    """The server's base address."""
    work = f"import time; time.sleep({setting.evaluation_s})" if setting.evaluation_s else "pass"
    command = [sys.executable, "-m", "benchmarks.both_sides", f"--serve={setting.latency_s}", f"--work={work}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        process.stdin.close()


def measure(setting: Setting, *, concurrency: int, workers: int) -> Busy:
    """Runs it, and adds up what each side did between the edges."""
    events: list[Event] = []
    with server(setting) as address, tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        os.environ["COMPATIBLE_BASE_URL"] = address
        genesis.evolve(
            "toy",
            observe=events.append,
            runs_dir=folder,
            llm="compatible",
            stop={"evaluations": setting.programs, "fitness": 1e9},
            mutation={"operators": ["llm_rewrite"]},
            learning={"insights": False, "scratchpad_every": None, "prompts_every": None},
            budget={"usd": None},
            evaluation={"workers": workers},
            **{"llm.concurrency": concurrency, "llm.share": 1.0},
        )
    began, ended = events[0].time, events[-1].time
    edge = (ended - began) * EDGE
    models = evaluation = 0.0
    for event in events:
        if began + edge <= event.time <= ended - edge:
            match event.type:
                case "llm.responded":
                    models += event.data.latency_s
                case "program.evaluated" | "evaluation.failed":
                    evaluation += event.data.usage.wall_s if event.data.usage else 0.0
                case _:
                    pass
    wall_s = (ended - began - 2 * edge).total_seconds()
    return Busy(models / (concurrency * wall_s), evaluation / (workers * wall_s))


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=200)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--serve", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--work", default="pass", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve is not None:
        asyncio.run(serve(asked.serve, asked.work))
        return
    print(describe())
    settings = (
        Setting("models", 2.0, 0.0, asked.programs),
        Setting("evaluation", 0.5, 0.4, asked.programs // 2),
    )
    for setting in settings:
        busy = measure(setting, concurrency=asked.concurrency, workers=asked.workers)
        slower = busy.models if setting.slower == "models" else busy.evaluation
        row(f"{setting.slower} slower: {setting.slower} busy", f"{slower:.0%}", f"{BUSY:.0%}", met=slower >= BUSY)
        print(f"      models busy {busy.models:.0%}, evaluation busy {busy.evaluation:.0%}")


if __name__ == "__main__":
    main()
