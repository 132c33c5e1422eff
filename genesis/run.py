"""A recorded run, for reading: everything here is a projection of its log."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from events.codec import plain
from events.envelope import Event
from events.log import LogReader, read_event
from events.types import (
    EvaluationFailed,
    MutationProposed,
    MutationRejected,
    MutationRequested,
    ProgramArchived,
    ProgramEvaluated,
    RunStarted,
    RunStopped,
)
from genesis.engine.state import State
from genesis.errors import UsageError
from genesis.program import Source
from projections import Lineage, drive
from projections.population import ProgramStatus

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LOG_NAME", "Program", "Run", "RunStatus", "is_held", "status_of"]

LOG_NAME = "evolution_events.jsonl"

RunStatus = Literal["running", "completed", "interrupted", "failed", "killed"]


@dataclass(frozen=True, slots=True)
class Program:
    """One program of a run, with all that the log says of it.

    Attributes:
        id: ``p000042``.
        generation: 0 for initial programs.
        island: Where it was bred.
        parents: Ids.
        operator: What made it.
        name: What the operator called the change.
        rationale: Why, in the operator's words.
        source: Its text, None when the mutation gave none.
        diff: Against the first parent.
        status: How far it got.
        fitness: Higher is better; None unless it is valid.
        metrics: As measured.
        feedback: The validator's words.
        reason: Why it was rejected or failed, empty otherwise.
        message: The same at length.
        archived: Whether it was ever admitted to an archive.
        parameters: What the operator was asked with.
        model: The language model that was asked for it, ``provider/model``; None when none was.
        inspirations: Ids of other programs that the model was shown.
    """

    id: str
    generation: int
    island: int
    parents: tuple[str, ...]
    operator: str
    name: str = ""
    rationale: str = ""
    source: Source | None = None
    diff: str = ""
    status: ProgramStatus = "requested"
    fitness: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict[str, float])
    feedback: str = ""
    reason: str = ""
    message: str = ""
    archived: bool = False
    parameters: Mapping[str, object] = field(default_factory=dict[str, object])
    model: str | None = None
    inspirations: tuple[str, ...] = ()


class Run:
    """A run on disk. Reading it never changes it, and works while it is being written.

    Made by `open`. The folded state is read once and kept; open the run again to see what came since.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._offsets: list[int] = []

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> "Run":
        """The run in a directory, or of a log file.

        Raises:
            UsageError: There is no run there.
        """
        directory = Path(path)
        if directory.name == LOG_NAME:
            directory = directory.parent
        if not directory.exists():
            raise UsageError(f"no run at {directory}: 'genesis list' shows the runs that there are")
        if not (directory / LOG_NAME).is_file():
            raise UsageError(f"{directory} is not a run: a run is a directory with {LOG_NAME} in it")
        return cls(directory)

    @property
    def log(self) -> Path:
        """The log file."""
        return self.directory / LOG_NAME

    @property
    def id(self) -> str:
        """The run's id."""
        return next(self.events()).run_id

    @cached_property
    def started(self) -> RunStarted:
        """How the run started: configuration, problem, versions.

        Raises:
            UsageError: The log does not begin with ``run.started``.
        """
        first = next(self.events(), None)
        if first is None or not isinstance(first.data, RunStarted):
            raise UsageError(f"{self.log} holds no run: its first event is not run.started")
        return first.data

    @property
    def state(self) -> State:
        """The folded state at the end of the log, every line verified on the way.

        Raises:
            LogCorrupt: A line breaks a rule.
        """
        return self._folded[0]

    @property
    def lineage(self) -> Lineage:
        """Who descends from whom."""
        return self._folded[1]

    @cached_property
    def _folded(self) -> tuple[State, Lineage]:
        state, lineage = State(), Lineage()
        self._offsets.clear()
        drive(LogReader(self.log, placed=self._offsets.append), state, lineage)
        return state, lineage

    @property
    def status(self) -> RunStatus:
        """Whether a process works on the run, and if not, how the last one let go of it."""
        stopped = self.state.run.stopped
        if stopped is not None:
            return status_of(stopped)
        return "running" if is_held(self.log) else "killed"

    @property
    def best(self) -> Program | None:
        """The best valid program, the first of equals, None when there is none."""
        best = self.state.progress.best
        return None if best is None else self.program(best.program)

    def events(self, after: int = 0) -> Iterator[Event]:
        """The events behind sequence ``after``, in order, verified.

        Raises:
            LogCorrupt: A line breaks a rule.
        """
        return iter(LogReader(self.log, after=after))

    def read_at(self, sequence: int) -> Event:
        """One event, read by its offset.

        Raises:
            IndexError: There is none of that sequence.
        """
        _ = self._folded
        if not 1 <= sequence <= len(self._offsets):
            raise IndexError(f"no event {sequence}: {self.log} holds 1 to {len(self._offsets)}")
        return read_event(self.log, self._offsets[sequence - 1])

    def program(self, program: str) -> Program:
        """One program, read from the log by offset.

        Raises:
            UsageError: The run has no such program.
        """
        individual = self.state.population.programs.get(program)
        if individual is None:
            last = next(reversed(self.state.population.programs), "none")
            raise UsageError(f"{self.directory} has no program {program!r}: its programs are p000001 to {last}")
        places = (individual.requested_at, individual.proposed_at, individual.settled_at)
        gathered: dict[str, Program] = {}
        for sequence in sorted({place for place in places if place}):
            _gather(gathered, read_event(self.log, self._offsets[sequence - 1]))
        found = gathered[program]
        archived = any(program in island for island in self.state.archive.islands.values())
        return replace(found, archived=archived, status=individual.status)

    def programs(self) -> Iterator[Program]:
        """Every program, in the order of their requests, from one pass over the log."""
        gathered: dict[str, Program] = {}
        for event in self.events():
            _gather(gathered, event)
        yield from gathered.values()

    def frame(self) -> "pd.DataFrame":
        """Every program as a row, with one column a metric (``metric.<name>``).

        Raises:
            UsageError: pandas is not installed.
        """
        rows = [
            {
                "id": each.id,
                "generation": each.generation,
                "island": each.island,
                "parents": list(each.parents),
                "operator": each.operator,
                "name": each.name,
                "status": each.status,
                "fitness": each.fitness,
                "archived": each.archived,
                "reason": each.reason,
                **{f"metric.{name}": value for name, value in each.metrics.items()},
            }
            for each in self.programs()
        ]
        return _pandas().DataFrame(rows)

    def event_frame(self) -> "pd.DataFrame":
        """Every event as a row: sequence, time, type, program, generation, island, data.

        Raises:
            UsageError: pandas is not installed.
        """
        rows = [
            {
                "sequence": event.sequence,
                "time": event.time,
                "type": event.type,
                "program": event.data.subject,
                "generation": event.generation,
                "island": event.island,
                "data": plain(event.data),
            }
            for event in self.events()
        ]
        return _pandas().DataFrame(rows)


def _pandas():  # noqa: ANN202  the module itself
    try:
        import pandas as pd  # noqa: PLC0415  an optional extra
    except ImportError:
        raise UsageError("data frames need pandas: pip install 'genesis-evolve[frames]'") from None
    return pd


def status_of(stopped: RunStopped) -> RunStatus:
    """What a run's status is once a process has let go of it."""
    match stopped.reason:
        case "interrupted" | "failed":
            return stopped.reason
        case _:
            return "completed"


def is_held(log: Path) -> bool:
    """Whether a process has a log open for writing."""
    lock = log.with_name(log.name + ".lock")
    if not lock.exists():
        return False
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _gather(programs: dict[str, Program], event: Event) -> None:
    data = event.data
    match data:
        case MutationRequested():
            programs[data.program] = Program(
                id=data.program,
                generation=event.generation,
                island=data.island,
                parents=data.parents,
                operator=data.operator,
                parameters=data.parameters,
                model=data.model,
                inspirations=data.inspirations,
            )
        case MutationProposed():
            programs[data.program] = replace(
                programs[data.program],
                status="proposed",
                name=data.name,
                rationale=data.rationale,
                source=Source(data.files, data.entry),
                diff=data.diff,
            )
        case MutationRejected() | EvaluationFailed():
            programs[data.program] = replace(
                programs[data.program],
                status="rejected" if isinstance(data, MutationRejected) else "failed",
                reason=data.reason,
                message=data.message,
            )
        case ProgramEvaluated():
            programs[data.program] = replace(
                programs[data.program],
                status="valid" if data.is_valid else "invalid",
                fitness=data.fitness,
                metrics=data.metrics,
                feedback=data.feedback,
            )
        case ProgramArchived():
            programs[data.program] = replace(programs[data.program], archived=True)
        case _:
            pass
