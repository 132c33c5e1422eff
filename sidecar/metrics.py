"""What the sidecar tells Prometheus, and whether it is well."""

from collections.abc import Callable
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from sidecar.feed import Kind

__all__ = ["Metrics"]


@dataclass(slots=True)
class Metrics:
    """Counters and gauges, in a registry of their own.

    Attributes:
        ready: Why it is not ready, empty when the sink is open and takes batches.
        tell: Is told why the sink is away, once, and that it is back with an empty text.
    """

    ready: str = "starting"
    tell: Callable[[str], None] | None = None
    _away: bool = False
    _registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    _rows: Counter = field(init=False)
    _bytes: Counter = field(init=False)
    _batches: Counter = field(init=False)
    _retries: Counter = field(init=False)
    _letters: Counter = field(init=False)
    _problems: Counter = field(init=False)
    _up: Gauge = field(init=False)
    _feeds: Gauge = field(init=False)
    _lag_events: Gauge = field(init=False)
    _lag_s: Gauge = field(init=False)

    def __post_init__(self) -> None:
        at = self._registry
        self._rows = Counter("genesis_sidecar_rows", "Lines loaded as rows", ["feed"], registry=at)
        self._bytes = Counter("genesis_sidecar_bytes", "Bytes of those lines", ["feed"], registry=at)
        self._batches = Counter("genesis_sidecar_batches", "Batches loaded", ["feed"], registry=at)
        self._retries = Counter("genesis_sidecar_retries", "Batches that failed and are tried again", registry=at)
        self._letters = Counter("genesis_sidecar_dead_letters", "Lines that cannot be loaded", ["reason"], registry=at)
        self._problems = Counter("genesis_sidecar_feed_problems", "Feeds given up", registry=at)
        self._up = Gauge("genesis_sidecar_sink_up", "1 while the sink takes batches", registry=at)
        self._feeds = Gauge("genesis_sidecar_feeds", "Feeds known", registry=at)
        self._lag_events = Gauge("genesis_sidecar_lag_events", "Events that wait to be loaded", registry=at)
        self._lag_s = Gauge("genesis_sidecar_lag_seconds", "Age of the oldest event that waits", registry=at)

    def loaded(self, kind: Kind, *, rows: int, size: int) -> None:
        """A batch was loaded."""
        self._rows.labels(kind).inc(rows)
        self._bytes.labels(kind).inc(size)
        self._batches.labels(kind).inc()

    def failed(self) -> None:
        """A batch, or opening the sink, failed and is tried again."""
        self._retries.inc()

    def buried(self, reason: str) -> None:
        """A line became a dead letter."""
        self._letters.labels(reason).inc()

    def given_up(self) -> None:
        """A feed cannot be read on."""
        self._problems.inc()

    def sink(self, trouble: str) -> None:
        """Whether the sink is well: what is wrong, empty for nothing."""
        self.ready = trouble
        self._up.set(not trouble)
        if self._away != bool(trouble):
            self._away = bool(trouble)
            if self.tell is not None:
                self.tell(trouble)

    def measure(self, feeds: Callable[[], int], events: Callable[[], int], seconds: Callable[[], float]) -> None:
        """What the gauges ask when somebody looks."""
        self._feeds.set_function(feeds)
        self._lag_events.set_function(events)
        self._lag_s.set_function(seconds)

    def text(self) -> bytes:
        """All of them in Prometheus's text format."""
        return generate_latest(self._registry)
