"""The relay of a run that goes on: started and ended with it, and never in its way."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from events.bus.port import Bus
from events.bus.relay import Notice, Relay
from events.bus.settings import NatsSettings, StreamSettings
from events.errors import BusUnavailable, EventError, RunDiverged
from genesis.config.nats import NatsConfig
from genesis.logs import logged
from genesis.rng import draw

__all__ = ["Notice", "check_broker", "relay_of", "relaying", "settings_of"]


def settings_of(config: NatsConfig) -> NatsSettings:
    """The configured broker, as the bus takes it; ``url`` has to be set."""
    given = config.model_dump(exclude={"stream", "drain_s"}, exclude_none=True)
    return NatsSettings(**given, stream=StreamSettings(**config.stream.model_dump()))


def _bus(config: NatsConfig) -> Bus:
    from events.bus.nats import NatsBus  # noqa: PLC0415  0.1 s of CPU, which a run without a broker does not pay

    return NatsBus(settings_of(config))


def relay_of(log: Path, run_id: str, config: NatsConfig, *, notice: Notice) -> Relay:
    """A relay of a run to the configured broker."""
    jitter = draw(f"{run_id}/relay/{os.getpid()}")  # two relays that lost the same broker come back apart
    return Relay(log, run_id=run_id, bus=_bus(config), notice=notice, jitter=jitter)


async def check_broker(config: NatsConfig, run_id: str, *, fresh: bool) -> None:
    """Makes sure that the broker will take a run's events, as far as it can be asked; one that is away may come back.

    Args:
        config: The broker; nothing is asked when it names none.
        run_id: The run.
        fresh: It is about to start, so the stream should know nothing of it.

    Raises:
        BusError: It answered and will not.
    """
    if config.url is None:
        return
    with suppress(BusUnavailable):
        async with await _bus(config).publisher(run_id) as publisher:
            held = await publisher.held()
            if fresh and held.count:
                raise RunDiverged(
                    f"the stream holds {held.count} events of another run of the id {run_id}: choose another run_id"
                )


@asynccontextmanager
async def relaying(log: Path, run_id: str, config: NatsConfig, *, notice: Notice) -> AsyncGenerator[None]:
    """Relays a run's log until the context is left; then waits a while for its last events to be taken.

    What goes wrong with the broker is told and goes no further: the run does not depend on it.
    """
    if config.url is None:
        yield
        return

    tell = logged("relay", notice)
    relay = relay_of(log, run_id, config, notice=tell)
    task = asyncio.create_task(_follow(relay, tell))
    try:
        yield
    except asyncio.CancelledError:  # told twice to stop: at once
        task.cancel()
        raise
    finally:
        relay.finish()
        await asyncio.wait((task,), timeout=config.drain_s)
        if not task.done():
            tell(_left_over(relay, "the broker is slow"))
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _follow(relay: Relay, notice: Notice) -> None:
    try:
        await relay.follow()
    except BusUnavailable as error:
        notice(_left_over(relay, str(error)))
    except EventError as error:
        notice(f"events are not relayed any more: {error}")


def _left_over(relay: Relay, why: str) -> str:
    missing = f"events behind {relay.place.sequence} are in the log alone"
    return f"{why}; {missing}: 'genesis relay --once {relay.log.parent}' sends them"
