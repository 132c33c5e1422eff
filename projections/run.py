"""Whether the run exists, goes on, and since when."""

from datetime import datetime, timedelta
from typing import Literal

from events.envelope import Event
from events.types import CATALOGUE, AnyPayload, RunInterrupted, RunResumed, RunStarted, RunStopped
from projections.fold import Plain, Projection, takes

__all__ = ["RunProjection", "Status"]

Status = Literal["absent", "running", "interrupted", "stopped"]


class RunProjection(Projection):
    """The run's life.

    Attributes:
        started: How it started, None before the first event.
        stopped: How it was last let go of, None while a process holds it.
        status: ``running`` until somebody interrupts it or it stops.
        sequence: The last event.
        time: When the last event was appended, None before the first.
        processes: How many processes have worked on it.
    """

    def __init__(self) -> None:
        self.started: RunStarted | None = None
        self.stopped: RunStopped | None = None
        self.status: Status = "absent"
        self.sequence = 0
        self.time: datetime | None = None
        self.processes = 0
        self._since: datetime | None = None
        self._before = timedelta()

    @property
    def elapsed_s(self) -> float:
        """Seconds in which a process worked on the run, up to the last event; pauses between processes left out."""
        if self.time is None or self._since is None:
            return self._before.total_seconds()
        return (self._before + (self.time - self._since)).total_seconds()

    @property
    def finished(self) -> bool:
        """Whether the run stopped for good: by a rule of its own, or by a failure that resuming cannot mend."""
        stopped = self.stopped
        return stopped is not None and stopped.reason != "interrupted" and not stopped.resumable

    @takes(RunStarted)
    def _started(self, _: Event, data: RunStarted) -> None:
        self.started = data

    @takes(RunStarted, RunResumed)
    def _begun(self, event: Event, _: RunStarted | RunResumed) -> None:
        self._before = timedelta(seconds=self.elapsed_s)
        self._since = event.time
        self.stopped, self.status = None, "running"
        self.processes += 1

    @takes(RunInterrupted)
    def _interrupted(self, _: Event, __: RunInterrupted) -> None:
        self.status = "interrupted"

    @takes(RunStopped)
    def _ended(self, _: Event, data: RunStopped) -> None:
        self.stopped, self.status = data, "stopped"

    @takes(*CATALOGUE.values())
    def _any(self, event: Event, _: AnyPayload) -> None:
        self.sequence, self.time = event.sequence, event.time

    def snapshot(self) -> Plain:
        """The run's life as plain data, times left out."""
        return {
            "problem": self.started.problem.digest if self.started else None,
            "seed": self.started.seed if self.started else None,
            "stopped": self.stopped.reason if self.stopped else None,
        }
