"""How long a user waits: for help, and for the first evaluated program."""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import orjson

from benchmarks.machine import describe, row
from genesis.clock import system_clock


def _cpu_s(arguments: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(arguments, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _first_evaluated_s(folder: Path, number: int) -> float:
    began = system_clock()
    command = [sys.executable, "-m", "genesis.cli", "run", "toy", f"runs_dir={folder}", f"run_id=r{number}"]
    subprocess.run([*command, "stop.evaluations=3"], capture_output=True, check=True)
    for line in (folder / f"r{number}" / "evolution_events.jsonl").read_bytes().splitlines():
        event = orjson.loads(line)
        if event["type"] == "program.evaluated":
            return (datetime.fromisoformat(event["time"]) - began).total_seconds()
    raise AssertionError("no program was evaluated")


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=9)
    asked = parser.parse_args()
    print(describe())
    help_s = statistics.median(_cpu_s([sys.executable, "-m", "genesis.cli", "--help"]) for _ in range(asked.repeats))
    row("genesis --help, CPU", f"{help_s:.2f} s", "0.4 s", met=help_s < 0.4)
    with tempfile.TemporaryDirectory() as folder:
        first_s = statistics.median(_first_evaluated_s(Path(folder), number) for number in range(asked.repeats))
    row("genesis run toy, to the first evaluated program", f"{first_s:.2f} s", "1.5 s", met=first_s < 1.5)


if __name__ == "__main__":
    main()
