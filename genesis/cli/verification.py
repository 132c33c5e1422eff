"""What ``verify`` and ``replay`` find."""

import asyncio
from dataclasses import dataclass
from itertools import islice

from events.errors import LineTorn
from events.log import LogReader
from events.types import MetricSpec, MutationProposed, RunResumed, RunStopped
from genesis.analysis.reexecute import Reexecution, reexecute
from genesis.analysis.replay import Difference, rederive
from genesis.cli.runs import standing
from genesis.cli.story import primary_metric
from genesis.config.cpus import usable_cpus
from genesis.engine.state import State
from genesis.errors import UsageError
from genesis.mutation.pool import MutationPool
from genesis.run import Run, RunStatus
from projections import Plain, drive

__all__ = ["Moment", "Replay", "Verification", "moment_of", "reexecution_of", "replay_of", "verify_run"]


@dataclass(frozen=True, slots=True)
class Verification:
    """A log whose every line keeps the rules.

    Attributes:
        run: The run's directory.
        events: Complete lines.
        programs: Programs that got a text.
        hash: Of the last line; it stands for the whole log.
        status: Whether the run goes on, and if not, how it ended.
        torn_bytes: Behind the last complete line; a writer is at work on them.
    """

    run: str
    events: int
    programs: int
    hash: str
    status: RunStatus
    torn_bytes: int


@dataclass(frozen=True, slots=True)
class Moment:
    """A run as it was after one of its events.

    Attributes:
        run: The run's directory.
        sequence: That event's.
        digest: Of the state, the same on every machine.
        metric: The primary metric's name.
        spec: What that metric means.
        best_program: The best program, None before the first valid one.
        best: Its primary metric, in its own units.
        proposed: Programs that got a text.
        rejected: Mutations that gave none.
        evaluations: Answered, with whatever outcome.
        valid: Valid programs.
        generations: Completed.
        unanswered: Requests without an answer.
        archive_size: Programs kept.
        state: Every projection, whole.
    """

    run: str
    sequence: int
    digest: str
    metric: str
    spec: MetricSpec
    best_program: str | None
    best: float | None
    proposed: int
    rejected: int
    evaluations: int
    valid: int
    generations: int
    unanswered: int
    archive_size: int
    state: Plain


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of making every decision of a log again.

    Attributes:
        run: The run's directory.
        events: Folded before the first difference.
        decisions: Made again, all the same as recorded.
        difference: The first that is not, None when there is none.
        performed: Other facts that were made again: prompts, proposals, rejections, judgements, lessons.
    """

    run: str
    events: int
    decisions: int
    difference: Difference | None
    performed: int = 0


def verify_run(run: Run) -> Verification:
    """Reads a whole log and checks chain and schema of every line.

    Raises:
        LogCorrupt: A line breaks a rule; a torn last line does unless a writer is at work on it.
    """
    reader = LogReader(run.log, strict=True)
    programs, stopped = 0, None
    for event in reader:
        match event.data:
            case MutationProposed():
                programs += 1
            case RunStopped() as data:
                stopped = data
            case RunResumed():
                stopped = None
            case _:
                pass
    status = standing(stopped, run.log)
    if reader.torn_bytes and status != "running":
        raise LineTorn(
            f"cut after {reader.torn_bytes} bytes, without a newline: its writer died; "
            f"'genesis resume {run.directory}' drops it and goes on",
            line=reader.sequence + 1,
            path=run.log,
        )
    return Verification(
        run=str(run.directory),
        events=reader.sequence,
        programs=programs,
        hash=reader.hash,
        status=status,
        torn_bytes=reader.torn_bytes,
    )


def moment_of(run: Run, to: int | None) -> Moment:
    """The state after event ``to``, or at the end of the log.

    Raises:
        UsageError: There is no such event.
    """
    state = State()
    sequence = drive(islice(run.events(), to), state)
    _check_range(run, to, sequence)
    progress = state.progress
    metric, spec = primary_metric(state.problem.metrics)
    return Moment(
        run=str(run.directory),
        sequence=sequence,
        digest=state.digest(),
        metric=metric,
        spec=spec,
        best_program=progress.best.program if progress.best else None,
        best=progress.best.metrics[metric] if progress.best else None,
        proposed=progress.proposed,
        rejected=progress.rejected,
        evaluations=progress.evaluations,
        valid=progress.valid,
        generations=progress.generations,
        unanswered=state.requests.unanswered,
        archive_size=sum(map(len, state.archive.islands.values())),
        state=state.snapshot(),
    )


def replay_of(run: Run, to: int | None) -> Replay:
    """Makes every decision again, up to event ``to`` or the end of the log, or to the first difference.

    Raises:
        UsageError: There is no such event.
    """
    done = rederive(islice(run.events(), to), State())
    if done.difference is None:
        _check_range(run, to, done.events)
    return Replay(str(run.directory), done.events, done.decisions, done.difference)


def reexecution_of(run: Run, to: int | None) -> Replay:
    """Runs a log again, with itself as the model and the evaluator, up to event ``to`` or its end.

    Raises:
        UsageError: There is no such event.
        EnvironmentFault: This machine cannot start the processes that run operators.
    """
    _check_range(run, to, run.state.run.sequence)
    last = to or run.state.run.sequence
    done = asyncio.run(_again(run, last))
    return Replay(str(run.directory), done.events, done.decisions, done.difference, done.performed)


async def _again(run: Run, last: int) -> Reexecution:
    async with MutationPool(usable_cpus()) as pool:
        return await reexecute(run.events, past=run, state=State(), worker=pool, to=last)


def _check_range(run: Run, to: int | None, reached: int) -> None:
    if to is not None and reached < to:
        raise UsageError(f"--to {to}: {run.directory} has {reached} events: use 1 to {reached}")
