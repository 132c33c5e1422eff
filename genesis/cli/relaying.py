"""``genesis relay``."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from anyio.to_thread import current_default_thread_limiter

from events.errors import EventError
from genesis.cli.broker import broker_config, patience, recorded_broker, split
from genesis.cli.exits import say
from genesis.cli.output import emit_json, emit_text
from genesis.cli.runs import find_run
from genesis.config.nats import NatsConfig
from genesis.errors import UsageError
from genesis.relay import relay_of
from genesis.run import Run

__all__ = ["relay"]

_SPARE_THREADS = 40


@dataclass(frozen=True, slots=True)
class _Job:
    run: Run
    run_id: str
    broker: NatsConfig


@dataclass(frozen=True, slots=True)
class _Relayed:
    """What came of one run: events up to ``sequence`` are on the stream, ``sent`` of them were sent now."""

    run: str
    sequence: int
    sent: int
    error: str | None = None


def relay(arguments: Sequence[str], *, url: str | None, once: bool, wait_s: float | None, as_json: bool) -> None:
    """Relays runs to the broker; with ``once`` what their logs hold, else until each has stopped."""
    texts, overrides = split(arguments)
    if not texts:
        raise UsageError("no run is named: 'genesis relay latest', or several names or directories")
    runs = list({run.directory.resolve(): run for run in map(find_run, texts)}.values())
    jobs = [_Job(run, run.id, broker_config(overrides, url=url, recorded=recorded_broker(run))) for run in runs]
    relayed, errors = asyncio.run(_relay_all(jobs, once=once, wait_s=patience(wait_s, once=once)))
    if as_json:
        emit_json(relayed)
    else:
        done = (each for each in relayed if each.error is None)
        emit_text("".join(f"{each.run}: {each.sequence} events on the stream, {each.sent} sent now\n" for each in done))
    if errors:
        raise errors[0]


async def _relay_all(
    jobs: Sequence[_Job], *, once: bool, wait_s: float | None
) -> tuple[list[_Relayed], list[Exception]]:
    """Every run by itself: one that fails is told of, and the others go on."""
    # each log that is watched has a thread of the watcher's, of which there are forty by default
    current_default_thread_limiter().total_tokens = _SPARE_THREADS + len(jobs)
    results = await asyncio.gather(*(_relay_one(job, once=once, wait_s=wait_s, alone=len(jobs) == 1) for job in jobs))
    return [relayed for relayed, _ in results], [error for _, error in results if error is not None]


async def _relay_one(job: _Job, *, once: bool, wait_s: float | None, alone: bool) -> tuple[_Relayed, Exception | None]:
    relay = relay_of(job.run.log, job.run_id, job.broker, notice=say)
    failure: Exception | None = None
    try:
        await (relay.once(wait_s=wait_s) if once else relay.follow(to_the_end=True, wait_s=wait_s))
    except EventError as error:
        failure = error
        if not alone:
            say(f"error: {error}; the other runs go on")
    return _Relayed(job.run_id, relay.place.sequence, relay.sent, str(failure) if failure else None), failure
