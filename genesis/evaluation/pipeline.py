"""The scheduler of an evaluation's stages: it knows the graph, and nothing of what a stage does.

Theory of operation. A step performs one or more stages in one go (a fork checks the syntax and runs the program). It
begins as soon as all that it waits for is over; steps that do not wait for each other run at the same time. Whether a
stage is performed follows from the graph and from what was measured, never from who was faster: a stage is skipped when
one that it waits for failed, was skipped, or stopped what follows; one that its own condition skipped holds up only
those that would take its data. The first cause, in the order of declaration, stands.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from genesis.evaluation.classify import Cause
from genesis.evaluation.job import Stage

__all__ = ["Course", "Step", "StepResult", "run_steps"]

Work = TypeVar("Work")
_INFRASTRUCTURE = "backend_error"


@dataclass(frozen=True, slots=True)
class StepResult:
    """How a step went.

    Attributes:
        cause: Why it failed; None when it went well.
        durations: Seconds of stages that were measured closer than from outside; one that is missing is timed here.
        stops: Why what waits for it is not worth doing; empty when it is.
        cached: Whether nothing had to be done.
    """

    cause: Cause | None = None
    durations: tuple[tuple[str, float], ...] = ()
    stops: str = ""
    cached: bool = False


@dataclass(frozen=True, slots=True)
class Step(Generic[Work]):
    """A part of the pipeline.

    Attributes:
        stages: The names of the stages that it performs, in order.
        needs: Stages of other steps that must have ended well: their data are taken.
        perform: Does it.
        after: Stages of other steps that must be over, and not have failed.
        condition: Says why it is not to be performed; empty when it is.
        retries: How often it is tried again when the machine, not the program, was at fault.
    """

    stages: tuple[str, ...]
    needs: tuple[str, ...]
    perform: Callable[[Work], Awaitable[StepResult]]
    after: tuple[str, ...] = ()
    condition: Callable[[Work], str] | None = None
    retries: int = 0


@dataclass(frozen=True, slots=True)
class Course:
    """How all of it went.

    Attributes:
        stages: Every stage, in the order of declaration.
        cause: Why the first failed one did.
        stopped: Why the first that stopped the rest did.
        skipped: Why the first that a condition skipped was.
    """

    stages: tuple[Stage, ...]
    cause: Cause | None = None
    stopped: str = ""
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class _Done:
    """How a step ended; ``condition`` says why it was not performed, if that was its own condition's doing."""

    stages: Mapping[str, Stage]
    cause: Cause | None = None
    stops: str = ""
    condition: str = ""

    def holds_up(self, name: str, *, takes_data: bool) -> bool:
        """Whether what waits for one of its stages is skipped."""
        if self.stages[name].status == "ok":
            return bool(self.stops)
        return takes_data or not self.condition


class _Graph(Generic[Work]):
    """Which steps are over, and which may begin."""

    def __init__(self, steps: Sequence[Step[Work]]) -> None:
        self._steps = steps
        self._owner = {name: place for place, step in enumerate(steps) for name in step.stages}
        self._waits = [{self._owner[name] for name in (*step.needs, *step.after)} for step in steps]
        self._begun: set[int] = set()
        self.done: dict[int, _Done] = {}

    def begin(self) -> list[int]:
        """Places of steps that may begin now, and have not; those that are held up are over at once."""
        found: list[int] = []
        while True:
            free = [place for place in range(len(self._steps)) if self._is_free(place)]
            self._begun.update(free)
            held_up = [place for place in free if self._is_held_up(self._steps[place])]
            self.done.update({place: _Done(_skipped(self._steps[place].stages)) for place in held_up})
            found += [place for place in free if place not in held_up]
            if not held_up:
                return found

    def _is_free(self, place: int) -> bool:
        return place not in self._begun and self._waits[place] <= self.done.keys()

    def _is_held_up(self, step: Step[Work]) -> bool:
        data = any(self._of(name).holds_up(name, takes_data=True) for name in step.needs)
        return data or any(self._of(name).holds_up(name, takes_data=False) for name in step.after)

    def _of(self, name: str) -> _Done:
        return self.done[self._owner[name]]


async def run_steps(steps: Sequence[Step[Work]], work: Work) -> Course:
    """Performs every step that is to be performed; cancelling it cancels those that run."""
    graph = _Graph(steps)
    running: dict[asyncio.Task[_Done], int] = {}
    try:
        while len(graph.done) < len(steps):
            ready = graph.begin()
            if len(ready) == 1 and not running:  # the usual case, and a task costs more than an await
                graph.done[ready[0]] = await _perform(steps[ready[0]], work)
                continue
            running.update({asyncio.ensure_future(_perform(steps[place], work)): place for place in ready})
            if running:
                ended, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                graph.done.update({running.pop(task): task.result() for task in ended})
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    return _course([graph.done[place] for place in range(len(steps))])


async def _perform(step: Step[Work], work: Work) -> _Done:
    condition = "" if step.condition is None else step.condition(work)
    if condition:
        return _Done(_skipped(step.stages), condition=condition)
    started_s = time.monotonic()
    result = await step.perform(work)
    for _ in range(step.retries):
        if result.cause is None or result.cause.reason != _INFRASTRUCTURE:
            break
        result = await step.perform(work)
    stages = _stages(step.stages, result, time.monotonic() - started_s)
    return _Done(stages, result.cause, result.stops)


def _course(done: Sequence[_Done]) -> Course:
    return Course(
        tuple(stage for each in done for stage in each.stages.values()),
        next((each.cause for each in done if each.cause is not None), None),
        next((each.stops for each in done if each.stops), ""),
        next((each.condition for each in done if each.condition), ""),
    )


def _skipped(names: tuple[str, ...]) -> dict[str, Stage]:
    return {name: Stage(name, "skipped", 0.0) for name in names}


def _stages(names: tuple[str, ...], result: StepResult, elapsed_s: float) -> dict[str, Stage]:
    durations = dict(result.durations)
    rest_s = max(0.0, elapsed_s - sum(durations.values()))
    stages = {name: Stage(name, "ok", durations.get(name, rest_s), result.cached) for name in names}
    if result.cause is None:
        return stages
    failed = names.index(result.cause.stage)
    for place, name in enumerate(names):
        if place == failed:
            stages[name] = replace(stages[name], status="failed")
        elif place > failed:
            stages[name] = Stage(name, "skipped", 0.0)
    return stages
