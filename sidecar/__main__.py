"""``python -m sidecar``: the sidecar alone, in a container beside a broker or a folder of runs.

Every option has an environment variable too, which is what containers are given. Secrets are read from the environment
variable that an option names. Exit codes: 0 done, 1 a feed was given up, 2 usage, 3 environment.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from events.address import has_secret, is_broker
from events.bus import NatsSettings
from events.errors import EventError
from events.masking import masked, masked_values
from sidecar.batch import Limits
from sidecar.errors import SettingsInvalid, SidecarError
from sidecar.service import WAIT_S, Settings, carry
from sidecar.settings import ClickHouseSettings

__all__ = ["main", "parse"]

_LONGEST_S = 3600


def parse(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings that a command line and an environment give.

    Raises:
        SettingsInvalid: They cannot be used.
    """
    told = _parser(environment).parse_args(arguments)
    if told.clickhouse and told.chdb:
        raise SettingsInvalid("--clickhouse and --chdb are two stores: run one sidecar for each")
    if told.nats and told.run:
        raise SettingsInvalid("--run reads logs and --nats a broker: choose one")
    for address in told.nats.split(",") if told.nats else ():
        _check_broker(address.strip())
    store = ClickHouseSettings(
        url=told.clickhouse,
        chdb=told.chdb,
        database=told.database,
        user=told.user,
        password_env=told.password_env,
        ca_cert=told.ca_cert,
        ttl_days=told.ttl_days,
    )
    broker = NatsSettings(
        url=told.nats,
        credentials=told.nats_credentials,
        token_env=told.nats_token_env,
        user=told.nats_user,
        password_env=told.nats_password_env,
        tls_ca=told.nats_tls_ca,
    )
    return Settings(
        runs_dir=Path(told.runs_dir),
        runs=tuple(map(Path, told.run)),
        nats=broker if told.nats else None,
        consumer=told.consumer,
        clickhouse=store if told.clickhouse or told.chdb else None,
        limits=Limits(rows=told.batch_rows, bytes=told.batch_bytes, age_s=told.batch_age_s),
        follow=not told.once,
        wait_s=told.wait_s if told.wait_s is not None else WAIT_S if told.once else None,
        metrics=_address(told.metrics) if told.metrics else None,
        attached=told.attached,
        check=told.check,
    )


def _parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m sidecar", description="Loads events into ClickHouse or Parquet parts.")

    def option(name: str, variable: str, what: str, default: str = "") -> None:
        parser.add_argument(name, default=environment.get(variable, default), help=f"{what} [{variable}]")

    option("--runs-dir", "GENESIS_RUNS_DIR", "the folder of runs, and of their Parquet parts", "runs")
    parser.add_argument("--run", action="append", default=[], help="a run's directory; only such runs are loaded")
    option("--nats", "NATS_URL", "read events from this broker instead of from logs")
    option("--nats-credentials", "NATS_CREDENTIALS", "its credentials file")
    option("--nats-token-env", "NATS_TOKEN_ENV", "the variable with its token")
    option("--nats-user", "NATS_USER", "its user")
    option("--nats-password-env", "NATS_PASSWORD_ENV", "the variable with that user's password")
    option("--nats-tls-ca", "NATS_TLS_CA", "the authorities of its certificate")
    option("--consumer", "GENESIS_CONSUMER", "name of the durable consumer")
    option("--clickhouse", "CLICKHOUSE_URL", "load into this server, http://HOST:PORT")
    option("--chdb", "GENESIS_CHDB", "load into ClickHouse's engine in this process, in this directory")
    option("--database", "CLICKHOUSE_DATABASE", "its database", "genesis")
    option("--user", "CLICKHOUSE_USER", "its user", "default")
    option("--password-env", "CLICKHOUSE_PASSWORD_ENV", "the variable with that user's password")
    option("--ca-cert", "CLICKHOUSE_CA_CERT", "the authorities of its certificate")
    parser.add_argument("--ttl-days", type=_count, help="days after its start that a run's rows are kept")
    limits = Limits()
    parser.add_argument("--batch-rows", type=_count, default=limits.rows, help="lines in a batch")
    parser.add_argument("--batch-bytes", type=_count, default=limits.bytes, help="bytes in a batch")
    parser.add_argument("--batch-age-s", type=_seconds, default=limits.age_s, help="seconds that a line waits at most")
    parser.add_argument("--once", action="store_true", help="load what is there, and end")
    parser.add_argument(
        "--wait-s",
        type=_seconds,
        help=f"seconds that a store or a broker may be away; with --once {WAIT_S:g}, else for ever",
    )
    parser.add_argument("--check", action="store_true", help="see whether the store can be used, and load nothing")
    parser.add_argument(
        "--attached", action="store_true", help="end when stdin does, and say on stdout what becomes of it, as JSON"
    )
    option("--metrics", "GENESIS_METRICS", "serve Prometheus metrics and health at HOST:PORT")
    return parser


def _check_broker(address: str) -> None:
    if has_secret(address):
        raise SettingsInvalid(
            "--nats has a user, a token or a password in it (not shown): name the environment variable that holds it "
            "with --nats-token-env, or with --nats-user and --nats-password-env"
        )
    if not is_broker(address):
        raise SettingsInvalid(
            f"--nats {masked(address)!r} is no address of a broker: write nats://HOST:PORT, or tls://HOST:PORT"
        )


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: a whole number of 1 or more is needed")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= _LONGEST_S:
        raise argparse.ArgumentTypeError(f"{text!r}: seconds are needed, from 0 to {_LONGEST_S}")
    return value


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise SettingsInvalid(f"metrics address {text!r}: HOST:PORT is needed, such as 127.0.0.1:9464")
    return host or "127.0.0.1", int(port)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs it, and returns the exit code."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            masked_values,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
    try:
        settings = parse(sys.argv[1:] if arguments is None else arguments)
        problems = asyncio.run(carry(settings))
    except SettingsInvalid as error:
        sys.stderr.write(masked(f"error: {error}\n"))
        return 2
    except (SidecarError, EventError) as error:
        sys.stderr.write(masked(f"error: {error}\n"))
        return 3
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
