"""The composition root: a problem and a configuration become a run on disk and a wired loop."""

import asyncio
import os
import platform
import shutil
import signal
import subprocess
from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
import yaml

from events.envelope import Fact
from events.log import FileLog
from events.log.port import Clock
from events.types import Host, RunResumed, RunStarted
from genesis.clock import system_clock
from genesis.config.run import RunConfig
from genesis.engine.loop import Loop, Observer
from genesis.engine.state import State
from genesis.errors import EnvironmentFault, UsageError
from genesis.logs import diagnostics
from genesis.problem import ProblemSpec, load_problem
from genesis.problem_setup import problem_record
from genesis.relay import Notice, check_broker, relaying
from genesis.run import LOG_NAME, Run
from genesis.store import check_store, loading
from genesis.version import __version__
from genesis.wiring import Asked, wired
from projections import Spending

__all__ = ["Plan", "plan_run", "resume_run", "start_run"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A run that is about to start.

    Attributes:
        problem: What it evolves.
        config: Its resolved configuration.
        run_id: Its name.
        directory: Where it will be.
    """

    problem: ProblemSpec
    config: RunConfig
    run_id: str
    directory: Path


def plan_run(problem: ProblemSpec, config: RunConfig, *, clock: Clock = system_clock) -> Plan:
    """Names a run and its place; nothing is written.

    The name is ``run_id`` of the configuration, else made of the time, the problem and four random digits.

    Raises:
        UsageError: There is something at its place already, or nothing to start from.
    """
    if not (problem.seeds or config.llm.models):
        raise UsageError(
            f"problem {problem.name} has no initial programs, and no model writes the first ones: "
            f"add a program to {problem.directory / 'initial_programs'}, or choose models with llm=…"
        )
    run_id = config.run_id or f"{clock():%Y%m%d-%H%M%S}-{problem.name}-{os.urandom(2).hex()}"
    directory = Path(config.runs_dir) / run_id
    if directory.exists():
        raise UsageError(f"{directory} exists: resume it with 'genesis resume {directory}', or choose another run_id")
    return Plan(problem, config, run_id, directory)


def _keep_quiet(message: str) -> None:
    """Nobody wants to be told."""


def start_run(plan: Plan, *, observe: Observer, notice: Notice = _keep_quiet, clock: Clock = system_clock) -> Run:
    """Starts a run and drives it until it stops.

    SIGINT and SIGTERM interrupt it: once, what runs is awaited and the run stops cleanly; twice, it stops at once.

    Args:
        plan: The run.
        observe: Is shown every event once it is durable.
        notice: Is told what people should know of the broker and the store that events go to.
        clock: Gives the times of events.

    Raises:
        UsageError: There is something at its place already, or one of its prompt templates cannot be rendered.
        EnvironmentFault: The machine cannot run candidates, the log cannot be written, or the store that is configured
            will not take the run's events; then nothing was written.
        BusError: The broker that is configured will not take the run's events; nothing was written.
        LogError: The log cannot be written; what it holds can be resumed.
        KeyboardInterrupt: It was told twice to stop.
    """
    asyncio.run(check_broker(plan.config.nats, plan.run_id, fresh=True))
    asyncio.run(check_store(plan.config.clickhouse))
    resolved = plan.config.model_copy(update={"run_id": plan.run_id})
    config = resolved.model_dump(mode="json")
    record = problem_record(plan.problem, resolved)  # a template that cannot be rendered leaves no run behind
    try:
        plan.directory.mkdir(parents=True)
    except FileExistsError:
        raise UsageError(f"{plan.directory} exists: choose another run_id") from None
    (plan.directory / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    log = FileLog.create(plan.directory / LOG_NAME, run_id=plan.run_id, clock=clock)
    first = Fact(
        RunStarted(
            config=config,
            problem=record,
            seed=plan.config.seed,
            genesis_version=__version__,
            python_version=platform.python_version(),
            git_sha=_git_sha(plan.problem.directory),
            host=Host(
                name=platform.node(),
                system=platform.system(),
                machine=platform.machine(),
                cpus=os.cpu_count() or 1,
            ),
        )
    )
    return _drive(log, State(), resolved, plan.problem, first=first, observe=observe, notice=notice)


def resume_run(
    path: str | os.PathLike[str], *, observe: Observer, notice: Notice = _keep_quiet, clock: Clock = system_clock
) -> Run:
    """Takes an unfinished run up where its log ends, and drives it until it stops; see `start_run`.

    Raises:
        UsageError: There is no run, it is finished, or its problem has changed or gone.
        EnvironmentFault: The machine cannot run candidates, or a language model cannot be asked.
        LogError: Another process works on it, or the log is damaged.
    """
    run = Run.open(path)
    state = State()
    log = FileLog.open(run.log, clock=clock, each=state.apply)
    try:
        if state.run.finished:
            raise UsageError(_finished(run, state))
        problem = _same_problem(run)
        _check_models(state.config)
        asyncio.run(check_broker(state.config.nats, log.run_id, fresh=False))
        _check_store_again(state.config, notice)
    except BaseException:
        asyncio.run(log.aclose())
        raise
    first = Fact(
        RunResumed(
            at_sequence=log.last_sequence,
            torn_bytes=log.torn_bytes,
            unanswered=state.requests.unanswered,
            genesis_version=__version__,
        ),
        log.last_sequence,
    )
    return _drive(log, state, state.config, problem, first=first, observe=observe, notice=notice)


def _check_store_again(config: RunConfig, notice: Notice) -> None:
    """A run that goes on does not wait for its store."""
    try:
        asyncio.run(check_store(config.clickhouse))
    except EnvironmentFault as fault:
        notice(str(fault))


def _check_models(config: RunConfig) -> None:
    from genesis.llm.preflight import preflight  # noqa: PLC0415  offline runs should not wait for what models need

    if config.llm.models:
        preflight(config.llm, config.budget, novelty=config.novelty)


def _finished(run: Run, state: State) -> str:
    stopped = state.run.stopped
    why = f"{stopped.reason}: {stopped.message}" if stopped else "finished"
    return (
        f"{run.directory} is finished ({why}), so there is nothing to resume: "
        f"start a new run, with other stop rules if this one stopped too early"
    )


def _same_problem(run: Run) -> ProblemSpec:
    recorded = run.started.problem
    problem = load_problem(recorded.directory if Path(recorded.directory).is_dir() else recorded.name)
    if problem.digest != recorded.digest:
        raise UsageError(
            f"{problem.directory} has changed since {run.directory} started (digest {problem.digest[:12]}, "
            f"was {recorded.digest[:12]}): its scores would not compare; restore the files or start a new run"
        )
    return problem


def _drive(
    log: FileLog,
    state: State,
    config: RunConfig,
    problem: ProblemSpec,
    *,
    first: Fact,
    observe: Observer,
    notice: Notice,
) -> Run:
    directory = log.path.parent
    try:
        with diagnostics(directory / "logs.jsonl", run_id=log.run_id):
            asyncio.run(_session(log, state, config, problem, first=first, observe=observe, notice=notice))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        if log.last_sequence == 0:  # nothing ever began: leave no run behind that could not be resumed
            shutil.rmtree(directory)
    return Run(directory)


async def _session(
    log: FileLog,
    state: State,
    config: RunConfig,
    problem: ProblemSpec,
    *,
    first: Fact,
    observe: Observer,
    notice: Notice,
) -> None:
    logger = structlog.get_logger()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(log.aclose)
        await stack.enter_async_context(relaying(log.path, log.run_id, config.nats, notice=notice))
        await stack.enter_async_context(loading(log, config.clickhouse, notice=notice))
        model = _model(config, state) if config.llm.models else None
        loop = await stack.enter_async_context(wired(log, state, config, problem, model=model, observe=observe))
        with _interruptible(loop):
            logger.info("session begins", at_sequence=log.last_sequence)
            await loop.run(first)
            logger.info("session ends", at_sequence=log.last_sequence)


def _model(config: RunConfig, state: State) -> Asked:
    """The run's models, whose accounts go on from what the log says was spent."""
    from genesis.llm.budget import Spent  # noqa: PLC0415  offline runs should not wait for what models need
    from genesis.llm.client import Models  # noqa: PLC0415  as above

    def as_spent(each: Spending) -> Spent:
        return Spent(each.cost_usd, each.tokens, each.calls, each.call_s)

    budget = state.budget
    wall_s = config.stop.wall_s
    ends_in_s = None if wall_s is None else max(0.0, wall_s - state.run.elapsed_s)
    return Models(
        config.llm,
        config.budget,
        spent={purpose: as_spent(each) for purpose, each in budget.by_purpose.items()},
        lost=budget.unheard,
        dearest={model: as_spent(each) for model, each in budget.dearest.items()},
        ends_in_s=ends_in_s,
    )


@contextmanager
def _interruptible(loop: Loop) -> Generator[None]:
    """The first SIGINT or SIGTERM asks the loop to stop, the second cancels the task that runs it."""
    task, events = asyncio.current_task(), asyncio.get_running_loop()
    asked: list[int] = []

    def on_signal(number: int) -> None:
        if asked and task is not None:
            task.cancel()
        asked.append(number)
        loop.interrupt(signal.Signals(number).name)

    numbers = (signal.SIGINT, signal.SIGTERM)
    try:
        for number in numbers:
            events.add_signal_handler(number, on_signal, number)
    except (RuntimeError, ValueError):  # not the main thread: whoever called owns the signals
        yield
        return
    try:
        yield
    finally:
        for number in numbers:
            events.remove_signal_handler(number)


def _git_sha(directory: Path) -> str | None:
    try:
        found = subprocess.run(
            ["git", "-C", str(directory), "rev-parse", "HEAD"], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return None
    return found.stdout.strip() if found.returncode == 0 else None
