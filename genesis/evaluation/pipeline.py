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

__all__ = ["Course", "Pipeline", "Step", "StepResult"]

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


class Pipeline(Generic[Work]):
    """Steps, looked at once and performed for each program.

    Args:
        steps: In the order of declaration.
    """

    def __init__(self, steps: Sequence[Step[Work]]) -> None:
        self._steps = tuple(steps)
        self._owner = {name: place for place, step in enumerate(steps) for name in step.stages}
        self._waits = [{self._owner[name] for name in (*step.needs, *step.after)} for step in steps]
        self._is_row = all(place - 1 in waits for place, waits in enumerate(self._waits) if place > 0)

    async def run(self, work: Work) -> Course:
        """Performs every step that is to be performed; cancelling it cancels those that run."""
        # The usual pipeline is a row, and to look for what is free costs more than all the rest of it.
        done = await (self._in_turn(work) if self._is_row else self._as_free(work))
        return _course([done[place] for place in range(len(self._steps))])

    async def _in_turn(self, work: Work) -> dict[int, _Done]:
        done: dict[int, _Done] = {}
        for place, step in enumerate(self._steps):
            done[place] = await _perform(step, work) if self._may_begin(step, done) else _Done(_skipped(step.stages))
        return done

    async def _as_free(self, work: Work) -> dict[int, _Done]:
        begun: set[int] = set()
        done: dict[int, _Done] = {}
        running: dict[asyncio.Task[_Done], int] = {}
        try:
            while len(done) < len(self._steps):
                ready = self._begin(begun, done)
                if len(ready) == 1 and not running:  # a task costs more than an await
                    done[ready[0]] = await _perform(self._steps[ready[0]], work)
                    continue
                running.update({asyncio.ensure_future(_perform(self._steps[place], work)): place for place in ready})
                if running:
                    ended, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                    done.update({running.pop(task): task.result() for task in ended})
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        return done

    def _begin(self, begun: set[int], done: dict[int, _Done]) -> list[int]:
        """Places of steps that may begin now, and have not; those that are held up are over at once."""
        found: list[int] = []
        while True:
            places = range(len(self._steps))
            free = [place for place in places if place not in begun and self._waits[place] <= done.keys()]
            begun.update(free)
            ready = [place for place in free if self._may_begin(self._steps[place], done)]
            found += ready
            if len(ready) == len(free):
                return found
            done.update({place: _Done(_skipped(self._steps[place].stages)) for place in free if place not in ready})

    def _may_begin(self, step: Step[Work], done: Mapping[int, _Done]) -> bool:
        """Whether nothing that the step waits for, all of which is over, holds it up."""
        for names, takes_data in ((step.needs, True), (step.after, False)):
            for name in names:
                if done[self._owner[name]].holds_up(name, takes_data=takes_data):
                    return False
        return True


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
