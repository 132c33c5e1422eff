"""Which broker a command that is not a run talks to."""

import os
from collections.abc import Mapping, Sequence

from events.bus.settings import NatsSettings
from genesis.config.load import load
from genesis.config.nats import NatsConfig
from genesis.errors import UsageError
from genesis.relay import settings_of
from genesis.run import Run

__all__ = ["ONCE_WAIT_S", "broker_config", "broker_settings", "patience", "recorded_broker", "split"]

PREFIX = "nats."
VARIABLE = "NATS_URL"
ONCE_WAIT_S = 30.0


def split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """What names runs, and what sets keys of the broker.

    Raises:
        UsageError: A key is set that is none of the broker's.
    """
    keys = [each for each in arguments if "=" in each]
    for each in keys:
        if not each.startswith(PREFIX):
            raise UsageError(f"{each!r}: only keys of the broker can be set here, such as nats.url=nats://HOST:PORT")
    return [each for each in arguments if "=" not in each], keys


def patience(wait_s: float | None, *, once: bool) -> float | None:
    """How long a broker or a store may be away: as was said, else half a minute for ``--once`` and for ever without."""
    return wait_s if wait_s is not None else ONCE_WAIT_S if once else None


def recorded_broker(run: Run) -> Mapping[str, object]:
    """The broker that a run was configured with, empty for none."""
    recorded: dict[str, object] = run.started.config.get("nats", {})  # older logs have no such section
    return recorded if recorded.get("url") else {}


def broker_config(overrides: Sequence[str], *, url: str | None, recorded: Mapping[str, object]) -> NatsConfig:
    """The broker to talk to: what the command line says, else what the run says, else ``NATS_URL``.

    Raises:
        UsageError: Nobody says, or what is said cannot be used.
    """
    given = [*overrides, *([f"nats.url={url}"] if url is not None else [])]
    before = dict(recorded) or {"url": os.environ.get(VARIABLE) or None}
    config = load(given, {"nats": before}).nats
    if config.url is None:
        raise UsageError(f"no broker is named: say nats.url=nats://HOST:PORT, or set {VARIABLE}")
    return config


def broker_settings(overrides: Sequence[str], *, url: str | None, recorded: Mapping[str, object]) -> NatsSettings:
    """The same, as the bus takes it."""
    return settings_of(broker_config(overrides, url=url, recorded=recorded))
