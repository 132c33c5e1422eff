"""What isolated evaluation costs: ``python -m benchmarks.evaluation``.

For a trivial candidate, in each sandbox kind, without and with NumPy and SciPy imported by the problem: milliseconds
added to a call in this process, CPU time in the engine's process and in the sandbox's, evaluations a second, and how
many times faster that is than a fresh interpreter with the same imports. Each evaluation is measured beside its call,
and the interpreters are started in between, so that all see the same load. Then: what many evaluations in a row leave
behind, what a 100 MB array takes to the validator, and what a context costs in memory when several workers share it.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import describe, row
from benchmarks.traces import memory_bytes, traces, tree_cpu_s
from genesis.evaluation.backend.local import LocalBackend
from genesis.evaluation.job import Evaluated, Job, Limits, ProblemSetup
from genesis.evaluation.sandbox.table import AUTOMATIC
from genesis.program import Source

WORKERS = 2
PAIRS = 60
VALIDATE = "def validate(output):\n    return {'fitness': output['x']}\n"
LARGE = "def validate(o):\n    return {'fitness': float(o[-1])}\n"
CONTEXT = "import numpy as np\ndef build_context():\n    return {{'data': np.ones({bytes} // 8)}}\n"
READING = "def entrypoint(context):\n    return {'x': float(context['data'].sum())}\n"
HEAVY = ("numpy", "scipy.optimize", "scipy.spatial")
MIB = 2**20


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one kind: milliseconds a trivial candidate takes beyond a call in process, CPU time, and rate."""

    added_ms: float
    added_p95_ms: float
    engine_cpu_ms: float
    sandbox_cpu_ms: float
    per_s: float


def program(number: int) -> str:
    return f"def entrypoint():\n    return {{'x': {number}.5}}\n"


def setup(
    directory: str, preload: tuple[str, ...] = (), limits: Limits | None = None, *, has_context: bool = False
) -> ProblemSetup:
    return ProblemSetup(
        "benchmark", directory, "d", ("fitness",), has_context=has_context, preload=preload, limits=limits or Limits()
    )


async def evaluate(backend: LocalBackend, text: str) -> None:
    outcome = await backend.evaluate(Job("p", Source.single(text, "main.py")))
    assert isinstance(outcome, Evaluated), outcome


def call(text: str) -> None:
    names: dict = {}
    exec(compile(text, "main.py", "exec"), names)
    names["entrypoint"]()


async def added_ms(backend: LocalBackend, text: str) -> float:
    started_s = time.perf_counter()
    call(text)
    in_process_s = time.perf_counter() - started_s
    started_s = time.perf_counter()
    await evaluate(backend, text)
    return (time.perf_counter() - started_s - in_process_s) * 1000


async def measure(backend: LocalBackend, evaluations: int) -> Figures:
    added = [await added_ms(backend, program(number)) for number in range(PAIRS)]
    room = asyncio.Semaphore(WORKERS + 1)

    async def one(number: int) -> None:
        async with room:
            await evaluate(backend, program(number))

    sandbox_s = sum(map(tree_cpu_s, backend.pids))
    engine_s = time.process_time()
    started_s = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(PAIRS, PAIRS + evaluations)))
    return Figures(
        added_ms=statistics.median(added),
        added_p95_ms=statistics.quantiles(added, n=20)[-1],
        engine_cpu_ms=(time.process_time() - engine_s) / evaluations * 1000,
        sandbox_cpu_ms=(sum(map(tree_cpu_s, backend.pids)) - sandbox_s) / evaluations * 1000,
        per_s=evaluations / (time.perf_counter() - started_s),
    )


async def kinds(directory: str, evaluations: int) -> dict[tuple[str, bool], Figures]:
    print("{:<12}{:<13}{:>10}{:>12}{:>12}{:>12}{:>10}".format(*_COLUMNS))
    found: dict[tuple[str, bool], Figures] = {}
    for kind in AUTOMATIC:
        for preload in ((), HEAVY):
            backend = LocalBackend(setup(directory, preload), workers=WORKERS, sandbox=kind, cache_entries=0)
            await backend.start()
            try:
                found[kind, bool(preload)] = figures = await measure(backend, evaluations)
            finally:
                await backend.aclose()
            cells = "".join(f"{getattr(figures, name):>{width}.2f}" for name, width in _CELLS)
            print(f"{kind:<12}{'numpy scipy' if preload else '-':<13}{cells}", flush=True)
    return found


_COLUMNS = ("sandbox", "imports", "added ms", "p95 ms", "engine CPU", "sandbox CPU", "evals/s")
_CELLS = (("added_ms", 10), ("added_p95_ms", 12), ("engine_cpu_ms", 12), ("sandbox_cpu_ms", 12), ("per_s", 10))


async def beside_interpreters(directory: str, repeats: int) -> float:
    """How many times longer a fresh interpreter takes than what the sandbox adds, in pairs."""
    ratios: list[float] = []
    backend = LocalBackend(setup(directory, HEAVY), workers=1, cache_entries=0)
    await backend.start()
    try:
        for number in range(repeats):
            started_s = time.perf_counter()
            subprocess.run([sys.executable, "-c", "import numpy, scipy"], check=True)  # noqa: ASYNC221  it is measured
            fresh_ms = (time.perf_counter() - started_s) * 1000
            added = [await added_ms(backend, program(10 * number + each)) for each in range(5)]
            ratios.append(fresh_ms / statistics.median(added))
    finally:
        await backend.aclose()
    return statistics.median(ratios)


async def large_array_s(directory: str) -> float:
    limits = Limits(output_bytes=128 * MIB)
    backend = LocalBackend(setup(directory, ("numpy",), limits), workers=1, cache_entries=0)
    await backend.start()
    times: list[float] = []
    try:
        for number in range(5):
            text = f"import numpy as np\ndef entrypoint():\n    return np.full(12_500_000, {number}.0)\n"
            started_s = time.perf_counter()
            await evaluate(backend, text)
            times.append(time.perf_counter() - started_s)
    finally:
        await backend.aclose()
    return statistics.median(times)


async def shared_context(directory: str, mib: int) -> float:
    """How many times its own size a context takes with three workers that have all read it."""
    Path(directory, "context.py").write_text(CONTEXT.format(bytes=mib * MIB))
    Path(directory, "validate.py").write_text(
        "import time\ndef validate(context, output):\n    time.sleep(0.5)  # so that every validator is needed\n"
        "    return {'fitness': output['x'] - context['data'].sum()}\n"
    )
    sizes: list[int] = []
    for bytes_ in (8, mib * MIB):
        Path(directory, "context.py").write_text(CONTEXT.format(bytes=bytes_))
        limits = Limits(memory_bytes=4 * mib * MIB)
        backend = LocalBackend(setup(directory, ("numpy",), limits, has_context=True), workers=3, cache_entries=0)
        await backend.start()
        try:
            await asyncio.gather(*(evaluate(backend, READING + "\n" * number) for number in range(9)))
            sizes.append(sum(map(memory_bytes, backend.pids)))
        finally:
            await backend.aclose()
    return (sizes[1] - sizes[0]) / (mib * MIB)


async def in_a_row(directory: str, count: int) -> tuple[dict[str, tuple[int, int]], float]:
    """What there is of each kind of trace before and after, and MiB that memory grew by."""
    texts = (program(1), "open('f', 'w').write('x')\n" + program(2), "1/0", "def f(:", "import os\nos._exit(3)")
    backend = LocalBackend(setup(directory), workers=WORKERS, cache_entries=0)
    await backend.start()

    async def many(first: int, number: int) -> None:
        for start in range(first, first + number, 50):
            jobs = [
                Job("p", Source.single(texts[n % len(texts)] + "\n" * (n % 997), "main.py"))
                for n in range(start, start + 50)
            ]
            await asyncio.gather(*map(backend.evaluate, jobs))

    try:
        await many(0, 500)
        before, size = traces(backend.pids), sum(map(memory_bytes, backend.pids))
        await many(500, count)
        await asyncio.sleep(0.5)
        after, grown = traces(backend.pids), sum(map(memory_bytes, backend.pids)) - size
    finally:
        await backend.aclose()
    return {name: (before[name], after[name]) for name in before}, grown / MIB


async def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--evaluations", type=int, default=1000, help="in the measurement of rates")
    options.add_argument("--in-a-row", type=int, default=10_000)
    options.add_argument("--context-mib", type=int, default=1024)
    chosen = options.parse_args()
    print(f"{describe()}\n{WORKERS} workers, {PAIRS} pairs, then {chosen.evaluations} evaluations\n")
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "validate.py").write_text(VALIDATE)
        found = await kinds(directory, chosen.evaluations)
        print()
        for kind in AUTOMATIC:
            figures = found[kind, True]
            row(f"{kind}: added, median", f"{figures.added_ms:.1f} ms", "10 ms", met=figures.added_ms <= 10)
            row(
                f"{kind}: added, 95th percentile",
                f"{figures.added_p95_ms:.1f} ms",
                "20 ms",
                met=figures.added_p95_ms < 20,
            )
        ratio = await beside_interpreters(directory, 7)
        row("a fresh interpreter with NumPy and SciPy", f"{ratio:.0f} times as long", "10 times", met=ratio >= 10)
        left, grown = await in_a_row(directory, chosen.in_a_row)
        none = all(after <= before for before, after in left.values()) and grown < 4
        print("   ", ", ".join(f"{name} {before} -> {after}" for name, (before, after) in left.items()))
        row(f"{chosen.in_a_row} in a row leave behind", f"{grown:+.1f} MiB of memory", "nothing", met=none)
        Path(directory, "validate.py").write_text(LARGE)
        large_s = await large_array_s(directory)
        row("100 MB array to the validator, whole evaluation", f"{large_s * 1000:.0f} ms", "500 ms", met=large_s < 0.5)
        times = await shared_context(directory, chosen.context_mib)
        row(
            f"{chosen.context_mib} MiB of context, three workers",
            f"{times:.2f} times its size",
            "once",
            met=times < 1.1,
        )


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    asyncio.run(main())
