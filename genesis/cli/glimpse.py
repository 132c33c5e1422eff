"""A run's figures from the ends of its log, without folding all of it.

The first line says what the run is. A run that has stopped says in its last lines what it came to; of one that has not,
the last ``generation.completed`` has the figures up to there, and the few events behind it add the rest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from events.codec import decode
from events.envelope import Event
from events.errors import LineUnreadable, LogError
from events.types import (
    EvaluationFailed,
    GenerationCompleted,
    MetricSpec,
    ProgramEvaluated,
    RunResumed,
    RunStarted,
    RunStopped,
)
from genesis.cli.runs import standing
from genesis.cli.story import primary_metric
from genesis.run import LOG_NAME, RunStatus

__all__ = ["Broken", "Glimpse", "glimpse"]

_TAIL_BYTES = 1 << 14  # the last word of a run that has stopped


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A run at a glance.

    Attributes:
        run: Its directory.
        problem: Its problem's name.
        status: Whether it goes on, and if not, how it ended.
        evaluations: Answered, with whatever outcome.
        metric: The primary metric's name.
        spec: What that metric means.
        best: The best program's primary metric, in its own units, None without a valid program.
        started: When it began.
    """

    run: str
    problem: str
    status: RunStatus
    evaluations: int
    metric: str
    spec: MetricSpec
    best: float | None
    started: datetime


@dataclass(frozen=True, slots=True)
class Broken:
    """A directory with a log that cannot be read.

    Attributes:
        run: The directory.
        problem: What is wrong with it.
    """

    run: str
    problem: str


def glimpse(directory: Path) -> Glimpse | Broken:
    """A run at a glance. Lines between the first and the last ones are not looked at; ``verify`` does that."""
    log = directory / LOG_NAME
    try:
        first = _first(log)
        return _told(directory, first, _tail(log))
    except LogError as error:
        return Broken(str(directory), str(error))
    except OSError as error:
        return Broken(str(directory), error.strerror or str(error))


def _first(log: Path) -> Event:
    with log.open("rb") as file:
        line = file.readline()
    if not line.endswith(b"\n"):
        raise LineUnreadable("there is no complete line: the run died before it began")
    event = decode(line[:-1])
    if not isinstance(event.data, RunStarted):
        raise LineUnreadable(f"the first event is {event.type}, not run.started", line=1)
    return event


def _tail(log: Path) -> list[Event]:
    """The last events, oldest first, back to one that holds the figures of the whole run, or to the beginning."""
    size = _TAIL_BYTES
    whole = log.stat().st_size
    while True:
        with log.open("rb") as file:
            file.seek(max(0, whole - size))
            lines = file.read(min(size, whole)).split(b"\n")
        events = [decode(line) for line in lines[size < whole : -1]]
        if size >= whole or any(isinstance(event.data, GenerationCompleted | RunStopped) for event in events):
            return events
        size *= 4


def _told(directory: Path, first: Event, tail: Iterable[Event]) -> Glimpse:
    started = first.data
    assert isinstance(started, RunStarted)
    metric, spec = primary_metric(started.problem.metrics)
    sign = 1 if spec.higher_is_better else -1
    figures = _Figures()
    for event in tail:
        figures.apply(event, metric, sign)
    return Glimpse(
        run=str(directory),
        problem=started.problem.name,
        status=standing(figures.stopped, directory / LOG_NAME),
        evaluations=figures.evaluations,
        metric=metric,
        spec=spec,
        best=None if figures.fitness is None else sign * figures.fitness,
        started=first.time,
    )


class _Figures:
    def __init__(self) -> None:
        self.evaluations = 0
        self.fitness: float | None = None
        self.stopped: RunStopped | None = None

    def apply(self, event: Event, metric: str, sign: int) -> None:
        data = event.data
        match data:
            case GenerationCompleted():
                self.evaluations, self.fitness = data.evaluated, data.best_fitness
            case RunStopped():
                self.evaluations, self.stopped = data.totals.evaluated + data.totals.failed, data
                self.fitness = sign * data.best_metrics[metric] if data.best_program else None
            case RunResumed():
                self.stopped = None
            case ProgramEvaluated():
                self.evaluations += 1
                known = [each for each in (self.fitness, data.fitness) if each is not None]
                self.fitness = max(known, default=None)
            case EvaluationFailed():
                self.evaluations += 1
            case _:
                pass
