"""Measuring programs on cases: repeated runs of the candidate, and of a reference beside it, timed from outside.

Theory of operation. Each run is a fresh sandboxed process that reads one input and is timed by its parent, from the
program's start to its end. For each case, warm-up runs come first and are not counted; then the candidate and the
reference take turns on the same processor, so that what slows the machine slows both, and the speed of one is told as a
share of the other's, turn by turn. A candidate cannot know a case's name, its place, or which run counts.
"""

import json
import os
import statistics
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from genesis.channel import open_memory_file, seal
from genesis.evaluation.artifacts import digest_of_file
from genesis.evaluation.bundle import write_bundle
from genesis.evaluation.classify import Cause
from genesis.evaluation.job import Usage

__all__ = ["Execute", "Execution", "Measured", "Plan", "Program", "measure"]

_EMPTY = sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Program:
    """What is executed: a command in the form of the wire, and descriptors of what it needs, by name."""

    command: object
    given: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Execution:
    """One run.

    Attributes:
        cause: Why it was ended by a limit or a signal; None when it ended by itself.
        exit_code: With which it did.
        wall_s: From the program's start to its end.
        cpu_s: User and system time from the program's start.
        max_rss_bytes: Peak memory.
        instructions: In user mode; None where they are not counted.
        stdout: Descriptor of what it wrote, which the receiver closes; None when that is nothing.
        stderr: As above.
    """

    cause: Cause | None
    exit_code: int
    wall_s: float
    cpu_s: float
    max_rss_bytes: int
    instructions: int | None
    stdout: int | None
    stderr: int | None

    def close(self) -> None:
        """Let go of the outputs."""
        for descriptor in (self.stdout, self.stderr):
            if descriptor is not None:
                os.close(descriptor)


Execute = Callable[[Program, str], Awaitable[Execution]]
"""Runs a program on the case of a name."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Which cases, how often not counted and counted, and what beside it."""

    cases: tuple[str, ...]
    warmup: int
    repeats: int
    reference: Program | None


@dataclass(frozen=True, slots=True)
class Measured:
    """All cases of one program.

    Attributes:
        cause: Why it has no result; names the case.
        usage: Of all its runs: wall and CPU seconds together, the largest memory.
        answers: Descriptor of the bundle for the validator, which the receiver closes; None with a cause.
        stdout: Last bytes of what the last run wrote.
        stderr: As above.
    """

    cause: Cause | None
    usage: Usage
    answers: int | None
    stdout: bytes
    stderr: bytes


@dataclass(slots=True)
class _Series:
    """The runs of one program on one case."""

    wall_s: list[float]
    cpu_s: list[float]
    instructions: list[int]
    outputs: set[tuple[int, str]]
    reference_wall_s: list[float]
    max_rss_bytes: int = 0


async def measure(program: Program, plan: Plan, execute: Execute, *, tail_bytes: int) -> Measured:
    """Runs a program on every case of a plan, in turn, and stops at the first that a limit or a signal ends."""
    total = Usage()
    parts: list[tuple[str, int | bytes]] = []
    last: Execution | None = None
    kept: list[Execution] = []
    try:
        for case in plan.cases:
            series = _Series([], [], [], set(), [])
            last = await _run_case(program, plan, execute, case, series)
            kept.append(last)
            total = _added(total, series, last)
            if last.cause is not None:
                cause = Cause(last.cause.reason, last.cause.stage, f"case {case}: {last.cause.message}")
                return Measured(cause, total, None, *_tails(last, tail_bytes))
            parts += _parts(case, series, last)
        answers = open_memory_file("answers")
        write_bundle(parts, answers)
        seal(answers)
        return Measured(None, total, answers, *(_tails(last, tail_bytes) if last is not None else (b"", b"")))
    finally:
        for execution in kept:
            execution.close()


async def _run_case(program: Program, plan: Plan, execute: Execute, case: str, series: _Series) -> Execution:
    """The last run, whose outputs stay open; the others are counted in the series."""
    for number in range(plan.warmup + plan.repeats):
        counts = number >= plan.warmup
        run = await execute(program, case)
        _count(run, series, counts=counts)
        if run.cause is not None or number == plan.warmup + plan.repeats - 1:
            if run.cause is None and counts and plan.reference is not None:
                await _run_reference(plan.reference, execute, case, series)
            return run
        run.close()
        if plan.reference is not None:
            await _run_reference(plan.reference, execute, case, series if counts else None)
    raise AssertionError("at least one run counts")


async def _run_reference(reference: Program, execute: Execute, case: str, series: _Series | None) -> None:
    run = await execute(reference, case)
    run.close()
    if series is not None and run.cause is None:
        series.reference_wall_s.append(run.wall_s)


def _count(run: Execution, series: _Series, *, counts: bool) -> None:
    series.max_rss_bytes = max(series.max_rss_bytes, run.max_rss_bytes)
    series.outputs.add((run.exit_code, _EMPTY if run.stdout is None else digest_of_file(run.stdout)))
    if counts:
        series.wall_s.append(run.wall_s)
        series.cpu_s.append(run.cpu_s)
        if run.instructions is not None:
            series.instructions.append(run.instructions)


def _added(total: Usage, series: _Series, last: Execution) -> Usage:
    return Usage(
        total.wall_s + (sum(series.wall_s) or last.wall_s),
        total.cpu_s + (sum(series.cpu_s) or last.cpu_s),
        max(total.max_rss_bytes, series.max_rss_bytes),
    )


def _parts(case: str, series: _Series, last: Execution) -> list[tuple[str, int | bytes]]:
    quartiles = statistics.quantiles(series.wall_s, n=4) if len(series.wall_s) > 1 else [0.0, 0.0, 0.0]
    figures = {
        "exit_code": last.exit_code,
        "consistent": len(series.outputs) == 1,
        "wall_s": statistics.median(series.wall_s),
        "wall_spread_s": (quartiles[2] - quartiles[0]) / 2,
        "cpu_s": statistics.median(series.cpu_s),
        "max_rss_bytes": series.max_rss_bytes,
        "instructions": int(statistics.median(series.instructions)) if series.instructions else None,
        "runs": len(series.wall_s),
        "speedup": _speedup(series.reference_wall_s, series.wall_s),
        "reference_wall_s": statistics.median(series.reference_wall_s) if series.reference_wall_s else None,
    }
    return [
        (f"{case}.figures", json.dumps(figures).encode()),
        (f"{case}.stdout", last.stdout if last.stdout is not None else b""),
        (f"{case}.stderr", last.stderr if last.stderr is not None else b""),
    ]


def _speedup(reference: Sequence[float], own: Sequence[float]) -> float | None:
    ratios = [theirs / ours for theirs, ours in zip(reference, own, strict=False) if ours > 0]
    return statistics.median(ratios) if ratios else None


def _tails(run: Execution, count: int) -> tuple[bytes, bytes]:
    return _tail(run.stdout, count), _tail(run.stderr, count)


def _tail(descriptor: int | None, count: int) -> bytes:
    if descriptor is None:
        return b""
    return os.pread(descriptor, count, max(0, os.fstat(descriptor).st_size - count))
