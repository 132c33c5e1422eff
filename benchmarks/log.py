"""The log: appending with fsync, and reading, verifying and folding, beside parsing and hashing alone."""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import orjson

from benchmarks.machine import describe, row
from events.envelope import Fact
from events.log import FileLog, LogReader
from events.types import (
    EvaluationRequested,
    MutationProposed,
    MutationRequested,
    ProgramArchived,
    ProgramCompiled,
    ProgramDeclined,
    ProgramEvaluated,
    Selection,
    StageRecord,
    UsageRecord,
)
from genesis.clock import system_clock
from genesis.engine.state import State
from projections import drive
from tests.engine.scripted import LIMITS, start

CODE = "def entrypoint():\n" + "".join(
    f"    point_{i} = (0.{i * 7919 % 100000:05d}, 0.{i * 104729 % 100000:05d})  # a row of the answer\n"
    for i in range(100)
)
DIFF = "--- parent\n+++ child\n" + "".join(f"-    old line {i} of the program\n+    new line {i}\n" for i in range(20))
STAGES = tuple(StageRecord(name=name, status="ok", duration_s=0.00123) for name in ("syntax", "run", "validate"))


def _program(number: int) -> Iterator[Fact]:
    program = f"p{number:06d}"
    fitness = (number * 2654435761 % 10**9) / 10**9
    parents = (f"p{number // 2:06d}",) if number > 4 else ()
    requested = MutationRequested(
        program=program,
        operator="constants" if parents else "seed",
        island=0,
        parents=parents,
        selection=Selection(strategy="tournament(3)", probabilities=(0.25,)) if parents else None,
        mix={"constants": 0.4, "cma_es": 0.3, "syntax": 0.2, "recombination": 0.1},
        parameters={"step": 0.125},
        draw=f"7/mutation/{number}",
    )
    proposed = MutationProposed(
        program=program,
        files={"program.py": f"# {number}\n{CODE}"},
        entry="program.py",
        code_digest=sha256(program.encode()).hexdigest(),
        language="python",
        parents=parents,
        operator=requested.operator,
        name="constants: 3 of 22 literals, step 0.04",
        rationale="three literals were moved by a tenth of their scale",
        diff=DIFF,
    )
    evaluated = ProgramEvaluated(
        program=program,
        is_valid=True,
        metrics={f"metric_{i}": fitness / (i + 1) for i in range(8)} | {"score": fitness, "size": fitness},
        fitness=fitness,
        stages=STAGES,
        usage=UsageRecord(wall_s=0.005, cpu_s=0.004, max_rss_bytes=30_000_000),
        worker="local",
        stdout_tail="iteration 17: energy 0.123456\n" * 20,
    )
    asked = EvaluationRequested(program=program, backend="local", stages=("syntax", "run", "validate"), limits=LIMITS)
    kept = (
        ProgramArchived(program=program, island=0, cell=None, why="room")
        if number <= 64
        else ProgramDeclined(program=program, island=0, cell=None, incumbent="p000001", why="not_better")
    )
    for data in (
        requested,
        proposed,
        asked,
        ProgramCompiled(program=program, ok=True, duration_s=0.0004),
        evaluated,
        kept,
    ):
        yield Fact(data, number, program, 1 + number // 50)


def _facts(count: int) -> Iterator[Fact]:
    yield start()
    for number in range(1, count // 6 + 1):
        yield from _program(number)


async def _append(path: Path, count: int) -> float:
    facts = list(_facts(min(count, 60_000)))
    log = FileLog.create(path, run_id="bench", clock=system_clock)
    began = time.perf_counter()
    for first in range(0, len(facts), 256):
        await log.append(facts[first : first + 256])
    elapsed = time.perf_counter() - began
    await log.aclose()
    return len(facts) / elapsed


async def _write(path: Path, count: int) -> None:
    log = FileLog.create(path, run_id="bench", clock=system_clock)
    for number, fact in enumerate(_facts(count)):
        log.write(fact)
        if number % 1024 == 0:
            await log.flush()
    await log.flush()
    await log.aclose()


def limit(path: Path) -> float:
    """Events a second that are parsed and hashed, and no more."""
    began = time.perf_counter()
    count = 0
    with path.open("rb", buffering=1 << 20) as file:
        for line in file:
            orjson.loads(line)
            sha256(line).hexdigest()
            count += 1
    return count / (time.perf_counter() - began)


def fold(path: Path) -> float:
    """Events a second that are read, verified and folded."""
    began = time.perf_counter()
    count = drive(LogReader(path), State())
    return count / (time.perf_counter() - began)


READ = """
import sys
from pathlib import Path
from benchmarks import log
print(log.limit(Path(sys.argv[1])), log.fold(Path(sys.argv[1])))
"""
OPEN = """
import resource, sys
from pathlib import Path
from events.log import FileLog
from genesis.clock import system_clock
from genesis.engine.state import State
state = State()
log = FileLog.open(Path(sys.argv[1]), clock=system_clock, each=state.apply)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, len(state.population.programs))
"""


def _figures(script: str, path: Path) -> tuple[float, float]:
    """What a fresh process prints, as everybody who opens a run has one."""
    done = subprocess.run([sys.executable, "-c", script, path], stdout=subprocess.PIPE, text=True, check=True)
    one, other = map(float, done.stdout.split())
    return one, other


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    print(describe())
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        rates = [asyncio.run(_append(Path(folder) / f"append{i}.jsonl", asked.events)) for i in range(asked.repeats)]
        rate = sorted(rates)[len(rates) // 2]
        row("append, groups of 256, fsync", f"{rate:,.0f} events/s", "50,000 events/s", met=rate >= 50_000)
        path = Path(folder) / "whole.jsonl"
        asyncio.run(_write(path, asked.events))
        pairs = [_figures(READ, path) for _ in range(asked.repeats)]
        bound, reached = sorted(pairs, key=lambda pair: pair[1] / pair[0])[len(pairs) // 2]
        size = path.stat().st_size / (asked.events or 1)
        row(
            f"read, verify and fold {asked.events:,} events of {size:,.0f} bytes",
            f"{reached:,.0f}/s = {reached / bound:.0%}",
            f"40% of orjson.loads + SHA-256 ({bound:,.0f}/s)",
            met=reached >= 0.4 * bound,
        )
        kilobytes, programs = _figures(OPEN, path)
        row(
            f"memory of a process that has opened {programs:,.0f} programs",
            f"{kilobytes / 1e3:.0f} MB",
            "500 MB at 100,000",
            met=kilobytes <= 500e3,
        )


if __name__ == "__main__":
    main()
