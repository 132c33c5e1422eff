"""The sidecar as a whole: settings to a source, a sink, a loader and its metrics."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from events.bus import NatsSettings

from sidecar.batch import Limits
from sidecar.clock import Clock, system_clock
from sidecar.http import serving
from sidecar.loader import Loader
from sidecar.metrics import Metrics
from sidecar.settings import ClickHouseSettings
from sidecar.sink.clickhouse import ClickHouseSink
from sidecar.sink.parquet import ParquetSink
from sidecar.sink.port import Sink
from sidecar.source.files import FileSource
from sidecar.source.port import Source

__all__ = ["Settings", "carry"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What to load, from where, into what.

    Attributes:
        runs_dir: The folder of runs; also where Parquet parts go.
        runs: Directories of the only runs to load; empty: every run in ``runs_dir``.
        nats: The broker to read events from; None: read the logs.
        clickhouse: The store; None: Parquet parts beside each run.
        limits: How much is loaded at once.
        follow: Go on for ever; else end when everything that is there is loaded.
        metrics: Host and port for Prometheus, None for none; port 0: one that is free.
    """

    runs_dir: Path = Path("runs")
    runs: tuple[Path, ...] = ()
    nats: NatsSettings | None = None
    clickhouse: ClickHouseSettings | None = None
    limits: Limits = field(default_factory=Limits)
    follow: bool = True
    metrics: tuple[str, int] | None = None


async def carry(settings: Settings, *, clock: Clock = system_clock) -> list[str]:
    """Loads, and returns why feeds were given up, if any were.

    Raises:
        SidecarError: It cannot be done; the message says why.
    """
    metrics = Metrics()
    async with AsyncExitStack() as held:
        if settings.metrics is not None:
            await held.enter_async_context(serving(metrics, *settings.metrics))
        sink = _sink(settings)
        held.push_async_callback(sink.aclose)
        source = _source(settings)
        held.push_async_callback(source.aclose)
        loader = Loader(source, sink, limits=settings.limits, metrics=metrics, clock=clock)
        await loader.run(follow=settings.follow)
    return loader.problems


def _sink(settings: Settings) -> Sink:
    if settings.clickhouse is not None:
        return ClickHouseSink(settings.clickhouse)
    return ParquetSink(settings.runs_dir, {_id_of(run): run for run in settings.runs})


def _source(settings: Settings) -> Source:
    return FileSource(None if settings.runs else settings.runs_dir, settings.runs)


def _id_of(run: Path) -> str:
    return run.name
