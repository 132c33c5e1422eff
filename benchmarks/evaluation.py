"""What the local backend costs: ``python -m benchmarks.evaluation``.

Prints evaluations a second, milliseconds added to a call in this process, and CPU per evaluation in the engine's
process and in the sandbox's, for a trivial candidate, in each sandbox kind, without and with NumPy and SciPy imported
by the problem; a fresh interpreter that imports them, for comparison; and how long a 100 MB array takes to the
validator.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import describe
from genesis.evaluation.backend.local import LocalBackend
from genesis.evaluation.job import Evaluated, Job, Limits, ProblemSetup
from genesis.program import Source

WORKERS = 2
EVALUATIONS = 400
ROUNDS = 3
VALIDATE = "def validate(output):\n    return {'fitness': output['x']}\n"
HEAVY = ("numpy", "scipy.optimize", "scipy.spatial")


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one round."""

    per_s: float
    added_ms: float
    added_p95_ms: float
    engine_cpu_ms: float
    sandbox_cpu_ms: float


def program(number: int) -> str:
    return f"def entrypoint():\n    return {{'x': {number}.5}}\n"


def setup(directory: str, preload: tuple[str, ...], limits: Limits | None = None) -> ProblemSetup:
    return ProblemSetup("benchmark", directory, "d", ("fitness",), preload=preload, limits=limits or Limits())


def tree_cpu_s(pid: int) -> float:
    """CPU seconds of a process and its descendants, reaped ones included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    own = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(tree_cpu_s(int(child)) for child in children)


async def evaluate(backend: LocalBackend, text: str) -> None:
    outcome = await backend.evaluate(Job("p", Source.single(text, "main.py")))
    assert isinstance(outcome, Evaluated), outcome


async def measure(backend: LocalBackend, first: int) -> Figures:
    added: list[float] = []
    for number in range(first, first + 60):
        text = program(number)
        started_s = time.perf_counter()
        names: dict[str, object] = {}
        exec(compile(text, "main.py", "exec"), names)
        names["entrypoint"]()
        in_process_s = time.perf_counter() - started_s
        started_s = time.perf_counter()
        await evaluate(backend, text)
        added.append((time.perf_counter() - started_s - in_process_s) * 1000)
    room = asyncio.Semaphore(WORKERS + 1)

    async def one(number: int) -> None:
        async with room:
            await evaluate(backend, program(number))

    sandbox_s = sum(map(tree_cpu_s, backend.pids))
    engine_s = time.process_time()
    started_s = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(first + 1000, first + 1000 + EVALUATIONS)))
    return Figures(
        per_s=EVALUATIONS / (time.perf_counter() - started_s),
        added_ms=statistics.median(added),
        added_p95_ms=statistics.quantiles(added, n=20)[-1],
        engine_cpu_ms=(time.process_time() - engine_s) / EVALUATIONS * 1000,
        sandbox_cpu_ms=(sum(map(tree_cpu_s, backend.pids)) - sandbox_s) / EVALUATIONS * 1000,
    )


async def row(directory: str, kind: str, preload: tuple[str, ...]) -> list[Figures]:
    backend = LocalBackend(setup(directory, preload), workers=WORKERS, sandbox=kind, cache_entries=0)
    started_s = time.perf_counter()
    await backend.start()
    ready_s = time.perf_counter() - started_s
    try:
        rounds = [await measure(backend, 10_000 * number) for number in range(ROUNDS)]
    finally:
        await backend.aclose()
    values = [statistics.median(getattr(figures, name) for figures in rounds) for name in Figures.__slots__]
    cells = "".join(f"{value:>12.2f}" for value in values)
    print(f"{kind:<12}{'numpy scipy' if preload else '-':<13}{ready_s * 1000:>9.0f}{cells}")
    return rounds


async def large_array(directory: str) -> float:
    limits = Limits(output_bytes=128 * 2**20)
    backend = LocalBackend(setup(directory, ("numpy",), limits), workers=1, cache_entries=0)
    Path(directory, "validate.py").write_text("def validate(o):\n    return {'fitness': float(o[-1])}\n")
    await backend.start()
    times: list[float] = []
    try:
        for number in range(5):
            started_s = time.perf_counter()
            text = f"import numpy as np\ndef entrypoint():\n    return np.full(12_500_000, {number}.0)\n"
            await evaluate(backend, text)
            times.append(time.perf_counter() - started_s)
    finally:
        await backend.aclose()
    return statistics.median(times)


def fresh_interpreter_s() -> float:
    times: list[float] = []
    for _ in range(ROUNDS):
        started_s = time.perf_counter()
        subprocess.run([sys.executable, "-c", f"import {', '.join(HEAVY)}"], check=True)
        times.append(time.perf_counter() - started_s)
    return statistics.median(times)


async def main() -> None:
    print(describe())
    print(f"{WORKERS} workers, medians of {ROUNDS} rounds of {EVALUATIONS}; times in ms\n")
    names = ("sandbox", "imports", "ready", "evals/s", "added", "added p95", "engine CPU", "sandbox CPU")
    print("{:<12}{:<13}{:>9}{:>12}{:>12}{:>12}{:>12}{:>12}".format(*names))
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "validate.py").write_text(VALIDATE)
        medians: dict[tuple[str, bool], float] = {}
        for kind in ("namespaces", "landlock"):
            for preload in ((), HEAVY):
                rounds = await row(directory, kind, preload)
                medians[kind, bool(preload)] = statistics.median(figures.added_ms for figures in rounds)
        fresh_ms = fresh_interpreter_s() * 1000
        ratio = fresh_ms / medians["namespaces", True]
        print(f"\nfresh interpreter that imports the same: {fresh_ms:.0f} ms, {ratio:.0f} times what namespaces add")
        print(f"100 MB array to the validator: {await large_array(directory) * 1000:.0f} ms for the whole evaluation")


if __name__ == "__main__":
    asyncio.run(main())
