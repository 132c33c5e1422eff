"""``genesis dev``: a broker, the sidecar and a run, started and stopped together.

Theory of operation. This process supervises and does nothing else. Each of the three is a process in a session of its
own, so that a Ctrl-C reaches this one alone, which hands it on to the run. The run ends first, in its own way; then the
sidecar is asked to load what is left and end; then the broker. One that ends before its turn is told of, and takes the
others with it. Should this process be killed, the kernel ends the others.
"""

import asyncio
import signal
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from events.bus.broker import Broker, die_with_parent
from genesis.cli.exits import say
from genesis.cli.start import SIGNALS
from genesis.config.load import load
from genesis.errors import EnvironmentFault, UsageError
from genesis.problem import load_problem

__all__ = ["develop"]

BROKER_FOLDER = ".nats"
SIDECAR_LOG = "sidecar.log"
_LAST_LOADS_S = 30.0  # for the sidecar to load what the run left


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is started."""

    run: tuple[str, ...]
    runs_dir: Path
    sidecar: bool


def develop(problem: str, overrides: Sequence[str], *, sidecar: bool, as_json: bool) -> None:
    """Evolves a problem with a broker and the sidecar beside it."""
    config = load(overrides, load_problem(problem).config_defaults())
    if config.nats.url is not None:
        raise UsageError(
            f"nats.url = {config.nats.url!r}: 'genesis dev' starts a broker of its own; leave the key out, or use "
            f"'genesis run' with a broker that is there"
        )
    run = ("-m", "genesis.cli", "run", problem, *overrides, *(["--json"] if as_json else []))
    beside = sidecar and config.clickhouse.url is None  # else the run has one of its own
    raise typer.Exit(asyncio.run(_supervise(_Plan(run, Path(config.runs_dir), beside))))


async def _supervise(plan: _Plan) -> int:
    async with Broker(plan.runs_dir / BROKER_FOLDER) as broker:
        say(f"broker at {broker.url}, its files in {broker.directory}")
        others = {asyncio.create_task(broker.wait()): f"the broker (its log is {broker.log})"}
        sidecar = await _start_sidecar(plan, broker) if plan.sidecar else None
        if sidecar is not None:
            others[asyncio.create_task(sidecar.wait())] = f"the sidecar (its log is {plan.runs_dir / SIDECAR_LOG})"
        try:
            run = await _start(*plan.run, f"nats.url={broker.url}")
            with _handing_on(run):
                return await _until_over(run, others)
        finally:
            for task in others:
                task.cancel()
            if sidecar is not None:
                await _end(sidecar)


async def _until_over(run: asyncio.subprocess.Process, others: "dict[asyncio.Task[int], str]") -> int:
    """The run's exit code once it has ended; when one of the others ends before, the run is stopped."""
    running = asyncio.create_task(run.wait())
    done, _ = await asyncio.wait((running, *others), return_when=asyncio.FIRST_COMPLETED)
    if running in done:
        code = running.result()
        return code if code >= 0 else 128 - code
    dead = next(iter(done))
    say(f"{others[dead]} ended with exit code {dead.result()}: stopping the run, which 'genesis resume' can take up")
    run.send_signal(signal.SIGTERM)
    await running
    raise EnvironmentFault(f"{others[dead]} did not stay up: see there why")


async def _start_sidecar(plan: _Plan, broker: Broker) -> asyncio.subprocess.Process:
    log = plan.runs_dir / SIDECAR_LOG
    say(f"sidecar reads {broker.url}, its log is {log}")
    with log.open("ab") as out:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "sidecar",
            *sidecar_arguments(broker.url, plan.runs_dir),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )


def sidecar_arguments(url: str, runs_dir: Path) -> tuple[str, ...]:
    """What the sidecar is told: which broker it reads and where it keeps what it loads."""
    return ("--nats", url, "--runs-dir", str(runs_dir))


async def _start(*arguments: str) -> asyncio.subprocess.Process:
    def begin() -> None:
        die_with_parent()
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # until the command can take what we hand on

    return await asyncio.create_subprocess_exec(sys.executable, *arguments, start_new_session=True, preexec_fn=begin)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_LAST_LOADS_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


@contextmanager
def _handing_on(run: asyncio.subprocess.Process) -> Generator[None]:
    """Signals that ask this process to stop go to the run instead, each of them: the second one stops it at once."""
    loop = asyncio.get_running_loop()

    def hand_on(number: int) -> None:
        if run.returncode is None:
            run.send_signal(number)

    for number in SIGNALS:
        loop.add_signal_handler(number, hand_on, number)
    try:
        yield
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
