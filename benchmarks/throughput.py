"""A program from end to end: proposed, evaluated in its sandbox, judged and archived, with every event on disk."""

import argparse
import resource
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import genesis
from benchmarks.machine import describe, row
from events.envelope import Event

WARM_UP = 200


class _Mark(NamedTuple):
    wall_s: float
    engine_cpu_s: float


class Stopwatch:
    """Looks at the clocks each time a program's evaluation is answered."""

    def __init__(self) -> None:
        self.marks: list[_Mark] = []

    def __call__(self, event: Event) -> None:
        """Takes an event."""
        if event.type in {"program.evaluated", "evaluation.failed"}:
            used = resource.getrusage(resource.RUSAGE_SELF)
            self.marks.append(_Mark(time.perf_counter(), used.ru_utime + used.ru_stime))

    def rate(self, first: int, last: int) -> float:
        """Programs a second between two programs."""
        return (last - first) / (self.marks[last].wall_s - self.marks[first].wall_s)

    def engine_ms(self, first: int, last: int) -> float:
        """Milliseconds of processor time in the engine's process, a program."""
        return 1e3 * (self.marks[last].engine_cpu_s - self.marks[first].engine_cpu_s) / (last - first)


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=20_000)
    parser.add_argument("--problem", default="toy")
    asked = parser.parse_args()
    print(describe())
    watch = Stopwatch()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        run = genesis.evolve(
            asked.problem,
            observe=watch,
            runs_dir=folder,
            evaluation={"workers": 2},
            stop={"evaluations": asked.programs, "fitness": 1e9},
        )
        size = run.log.stat().st_size / asked.programs
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    last = len(watch.marks) - 1
    middle = min(1_000 + WARM_UP, last)
    rate, engine = watch.rate(WARM_UP, last), watch.engine_ms(WARM_UP, last)
    row("programs/s, sandbox on, 2 workers", f"{rate:.0f}/s", "120/s", met=rate >= 120)
    row("engine CPU a program", f"{engine:.2f} ms", "3 ms", met=engine <= 3)
    others = 1e3 * (children.ru_utime + children.ru_stime) / asked.programs
    print(f"      CPU of all other processes a program: {others:.2f} ms; log: {size:,.0f} bytes a program")
    if last > 2 * middle:
        early, late = watch.engine_ms(WARM_UP, middle), watch.engine_ms(last - 1_000, last)
        row(
            f"engine CPU at program {last:,} against 1,000",
            f"{late / early:.2f} times",
            "1.2 times",
            met=late <= 1.2 * early,
        )
        wall = watch.rate(WARM_UP, middle) / watch.rate(last - 1_000, last)
        row(f"wall time at program {last:,} against 1,000", f"{wall:.2f} times", "1.2 times", met=wall <= 1.2)


if __name__ == "__main__":
    main()
