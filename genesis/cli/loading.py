"""``genesis sidecar``: loads runs into an analytics store, in this process."""

import asyncio
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog

from events.masking import masked_values
from genesis.cli.broker import patience
from genesis.cli.exits import Unsuccessful
from genesis.cli.places import check_folder
from genesis.cli.runs import find_run
from genesis.config.clickhouse import ClickHouseConfig
from genesis.config.load import load
from genesis.errors import EnvironmentFault, UsageError
from genesis.relay import settings_of as broker_of
from sidecar.errors import SettingsInvalid, SidecarError
from sidecar.service import Settings, carry
from sidecar.settings import ClickHouseSettings

__all__ = ["load_runs"]


def load_runs(
    arguments: Sequence[str], *, once: bool, wait_s: float | None, chdb: Path | None, metrics: str | None
) -> None:
    """Loads runs until it is asked to end, or with ``once`` what is there now.

    Raises:
        UsageError: It cannot be done as said.
        EnvironmentFault: A store or a broker is in the way.
        Unsuccessful: A run could not be loaded.
    """
    texts = [each for each in arguments if "=" not in each]
    config = load([each for each in arguments if "=" in each])
    runs_dir = Path(config.runs_dir)
    if texts and config.nats.url is not None:
        raise UsageError(f"{texts[0]} is read from its log, and nats.url names a broker to read from: choose one")
    if once and not texts and config.nats.url is None:
        check_folder(runs_dir)  # a sidecar that stays waits for the folder
    settings = Settings(
        runs_dir=runs_dir,
        runs=tuple(find_run(text, runs_dir).directory for text in texts),
        nats=broker_of(config.nats) if config.nats.url is not None else None,
        clickhouse=_store(config.clickhouse, chdb),
        follow=not once,
        wait_s=patience(wait_s, once=once),
        metrics=_address(metrics),
    )
    with _logging():
        try:
            problems = asyncio.run(carry(settings))
        except SettingsInvalid as error:
            raise UsageError(str(error)) from None
        except SidecarError as error:
            raise EnvironmentFault(str(error)) from None
    if problems:
        raise Unsuccessful("; ".join(problems))


def _store(config: ClickHouseConfig, chdb: Path | None) -> ClickHouseSettings | None:
    if chdb is not None and config.url is not None:
        raise UsageError("--chdb and clickhouse.url are two stores: run one sidecar for each")
    if chdb is None and config.url is None:
        return None
    return ClickHouseSettings(
        url=config.url or "",
        chdb=str(chdb or ""),
        database=config.database,
        user=config.user,
        password_env=config.password_env or "",
        ca_cert=config.ca_cert or "",
        ttl_days=config.ttl_days,
    )


def _address(text: str | None) -> tuple[str, int] | None:
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise UsageError(f"--metrics {text!r}: HOST:PORT is needed, such as 127.0.0.1:9464")
    return host or "127.0.0.1", int(port)


@contextmanager
def _logging() -> Generator[None]:
    """Sends the sidecar's diagnostics to stderr, for people where it is a terminal."""
    people = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            masked_values,
            structlog.dev.ConsoleRenderer() if people else structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
    try:
        yield
    finally:
        structlog.reset_defaults()
