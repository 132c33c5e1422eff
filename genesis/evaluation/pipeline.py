"""The stages of an evaluation: data, and the runner that performs them in order.

A step performs one or more stages in one go (a fork checks the syntax and runs the program), says what it found in a
working record that later steps read, and may give the cause of a failure. A step whose needs did not all end well is
skipped, and the first cause stands.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from genesis.evaluation.classify import Cause
from genesis.evaluation.job import Stage

__all__ = ["Step", "StepResult", "run_steps"]

Work = TypeVar("Work")


@dataclass(frozen=True, slots=True)
class StepResult:
    """How a step went.

    Attributes:
        cause: Why it failed; None when it went well.
        durations: Seconds of stages that were measured closer than from outside; one that is missing is timed here.
    """

    cause: Cause | None = None
    durations: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Step(Generic[Work]):
    """A part of the pipeline.

    Attributes:
        stages: The names of the stages that it performs, in order.
        needs: Stages that must have ended well.
        perform: Does it.
    """

    stages: tuple[str, ...]
    needs: tuple[str, ...]
    perform: Callable[[Work], Awaitable[StepResult]]


async def run_steps(steps: Sequence[Step[Work]], work: Work) -> tuple[tuple[Stage, ...], Cause | None]:
    """Every stage, in the steps' order, and why the first failed one did."""
    done: dict[str, Stage] = {}
    first_cause: Cause | None = None
    for step in steps:
        if any(done[name].status != "ok" for name in step.needs):
            done.update({name: Stage(name, "skipped", 0.0) for name in step.stages})
            continue
        started_s = time.monotonic()
        result = await step.perform(work)
        done.update(_stages(step.stages, result, time.monotonic() - started_s))
        first_cause = first_cause or result.cause
    return tuple(done.values()), first_cause


def _stages(names: tuple[str, ...], result: StepResult, elapsed_s: float) -> dict[str, Stage]:
    durations = dict(result.durations)
    rest_s = max(0.0, elapsed_s - sum(durations.values()))
    stages = {name: Stage(name, "ok", durations.get(name, rest_s)) for name in names}
    if result.cause is None:
        return stages
    failed = names.index(result.cause.stage)
    for place, name in enumerate(names):
        if place == failed:
            stages[name] = replace(stages[name], status="failed")
        elif place > failed:
            stages[name] = Stage(name, "skipped", 0.0)
    return stages
