"""The sidecar as a whole: settings to a source, a sink, a loader and its metrics."""

import asyncio
import signal
from collections.abc import Callable, Generator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog

from events.bus import NatsSettings
from events.bus.nats import NatsBus
from sidecar.attached import at_end_of_stdin, report
from sidecar.batch import Limits
from sidecar.clock import Clock, system_clock
from sidecar.errors import SidecarError, SinkRefused
from sidecar.http import serving
from sidecar.loader import Loader
from sidecar.metrics import Metrics
from sidecar.settings import ClickHouseSettings
from sidecar.sink.chdb import clickhouse_sink
from sidecar.sink.port import Sink
from sidecar.source.files import FileSource
from sidecar.source.jetstream import JetStreamSource
from sidecar.source.port import Source

__all__ = ["WAIT_S", "Settings", "carry"]

WAIT_S = 30.0
"""How long whoever loads once waits for a store or a broker that is away, unless that is said."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What to load, from where, into what.

    Attributes:
        runs_dir: The folder of runs; also where Parquet parts go.
        runs: Directories of the only runs to load; empty: every run in ``runs_dir``.
        nats: The broker to read events from; None: read the logs.
        consumer: Name of the durable consumer; empty: one for the kind of sink.
        clickhouse: The store; None: Parquet parts beside each run.
        limits: How much is loaded at once.
        follow: Go on for ever; else end when everything that is there is loaded.
        wait_s: Seconds that a store or a broker may be away before that is an error; None: it is waited for.
        metrics: Host and port for Prometheus, None for none; port 0: one that is free.
        attached: Belong to the process that started this one; see `sidecar.attached`.
        check: Open the store, and load nothing.
    """

    runs_dir: Path = Path("runs")
    runs: tuple[Path, ...] = ()
    nats: NatsSettings | None = None
    consumer: str = ""
    clickhouse: ClickHouseSettings | None = None
    limits: Limits = field(default_factory=Limits)
    follow: bool = True
    wait_s: float | None = None
    metrics: tuple[str, int] | None = None
    attached: bool = False
    check: bool = False


async def carry(settings: Settings, *, clock: Clock = system_clock) -> list[str]:
    """Loads, and returns why feeds were given up, if any were. SIGTERM and SIGINT let it load what is there and end.

    Raises:
        SidecarError: It cannot be done; the message says why.
    """
    metrics = Metrics()
    async with AsyncExitStack() as held:
        if settings.metrics is not None:
            port = await held.enter_async_context(serving(metrics, *settings.metrics))
            structlog.get_logger().info("metrics are served", host=settings.metrics[0], port=port)
        source, sink = _ends(settings)
        held.push_async_callback(sink.aclose)
        held.push_async_callback(source.aclose)
        if settings.check:
            await sink.open()
            return []
        loader = Loader(source, sink, limits=settings.limits, metrics=metrics, clock=clock, wait_s=settings.wait_s)
        held.enter_context(_ending(loader.drain))
        if settings.attached:
            metrics.tell = partial(report, "away")
            held.enter_context(_reporting(loader))
        await loader.run(follow=settings.follow)
    return loader.problems


def _ends(settings: Settings) -> tuple[Source, Sink]:
    if settings.clickhouse is not None:
        return _source(settings, "clickhouse"), clickhouse_sink(settings.clickhouse)
    try:
        from sidecar.sink.parquet import ParquetSink  # noqa: PLC0415  an optional extra
    except ModuleNotFoundError:
        raise SinkRefused("Parquet parts need the package duckdb: pip install 'genesis-evolve[sql]'") from None
    sink = ParquetSink(settings.runs_dir, settings.limits)
    return _source(settings, "parquet", found=sink.found), sink


def _source(settings: Settings, kind: str, *, found: Callable[[str, Path], None] | None = None) -> Source:
    if settings.nats is not None:
        consumer = settings.consumer or f"sidecar-{kind}"
        return JetStreamSource(NatsBus(settings.nats), name=settings.nats.shown, consumer=consumer)
    return FileSource(None if settings.runs else settings.runs_dir, settings.runs, found=found)


@contextmanager
def _reporting(loader: Loader) -> Generator[None]:
    """Says at the end how it went."""
    try:
        with at_end_of_stdin(loader.drain):
            yield
    except SidecarError as error:
        report("failed", str(error))
        raise
    finally:
        for problem in loader.problems:
            report("failed", problem)
        report("loaded", loader.lines)


@contextmanager
def _ending(drain: Callable[[], None]) -> Generator[None]:
    """Signals that ask to end ask for that."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGINT)
    for number in numbers:
        loop.add_signal_handler(number, drain)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
