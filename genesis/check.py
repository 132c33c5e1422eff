"""Checks a problem by running it: every seed is evaluated, and what an author should know is said."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, assert_never

from genesis.evaluation.backend.port import Backend
from genesis.evaluation.job import Evaluated, Failed, Job, Outcome
from genesis.language import code_digest
from genesis.problem.spec import Metric, ProblemSpec, Seed
from genesis.problem.stages import turns

__all__ = ["Checker", "ProblemReport", "SeedReport", "StageReport", "check_problem"]


@dataclass(frozen=True, slots=True)
class SeedReport:
    """How one seed did.

    Attributes:
        name: The seed's.
        is_valid: Whether it ran and the validator accepted what it returned.
        fitness: Its primary metric, negated where lower is better; None when it is not valid, or a model gives it.
        metrics: As measured, complexity included; empty when it failed.
        wall_s: From fork to exit.
        cpu_s: User and system time.
        max_rss_bytes: Peak memory.
        message: Why it is not valid, or the validator's feedback; may be empty.
        compiled: Whether its syntax check or build went well.
    """

    name: str
    is_valid: bool
    fitness: float | None
    metrics: Mapping[str, float]
    wall_s: float
    cpu_s: float
    max_rss_bytes: int
    message: str
    compiled: bool = True


@dataclass(frozen=True, slots=True)
class StageReport:
    """A stage of the pipeline, as it is drawn.

    Attributes:
        turn: When it comes, from 1; stages with the same turn run at the same time.
        name: The stage's.
        kind: What it does.
        takes: Where its data come from.
        after: What it waits for besides.
        rules: What decides about it, and what it decides.
    """

    turn: int
    name: str
    kind: str
    takes: tuple[str, ...]
    after: tuple[str, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProblemReport:
    """How a problem's seeds did, in the order of the seeds.

    Attributes:
        problem: Its name.
        worker_kind: What ran the seeds: ``local/namespaces``.
        seeds: One report each.
        findings: What the author should look at, a sentence each; a usable problem may have some.
        stages: The pipeline, in the order of declaration.
        skipped: Why seeds were built and not run; empty when they were run.
    """

    problem: str
    worker_kind: str
    seeds: tuple[SeedReport, ...]
    findings: tuple[str, ...] = field(default=())
    stages: tuple[StageReport, ...] = field(default=())
    skipped: str = ""

    @property
    def usable(self) -> bool:
        """Whether a run could start: at least one seed is valid, or there are none and models write them."""
        return not self.seeds or any(seed.is_valid for seed in self.seeds)


class Checker(Backend, Protocol):
    """A backend that can tell why it builds programs and does not run them."""

    @property
    def cannot_run(self) -> str:
        """What is missing to run programs; empty when nothing is."""
        ...


async def check_problem(problem: ProblemSpec, backend: Checker) -> ProblemReport:
    """Evaluates every seed and says what is wrong.

    Args:
        problem: What to check.
        backend: Set up for this problem and not yet started; it is closed at the end.

    Raises:
        BackendError: The machine cannot run candidates, or the problem's own code fails.
    """
    try:
        await backend.start()
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(backend.evaluate(Job(seed.name, seed.source))) for seed in problem.seeds]
    finally:
        await backend.aclose()
    seeds = tuple(_report(problem, seed, done.result()) for seed, done in zip(problem.seeds, running, strict=True))
    return ProblemReport(
        problem=problem.name,
        worker_kind=backend.worker_kind,
        seeds=seeds,
        findings=tuple(_findings(problem, seeds, was_run=not backend.cannot_run)),
        stages=tuple(_stages(problem)),
        skipped=backend.cannot_run,
    )


def _stages(problem: ProblemSpec) -> Iterator[StageReport]:
    for turn, stage in zip(turns(problem.stages), problem.stages, strict=True):
        yield StageReport(turn, stage.name, stage.performs, stage.data, stage.after, stage.rules)


def _report(problem: ProblemSpec, seed: Seed, outcome: Outcome) -> SeedReport:
    usage = outcome.usage
    match outcome:
        case Evaluated():
            metrics, message = outcome.metrics, outcome.feedback
        case Failed():
            metrics, message = dict[str, float](), f"{outcome.reason}: {outcome.message}"
        case _:
            assert_never(outcome)
    is_valid = isinstance(outcome, Evaluated) and outcome.is_valid
    return SeedReport(
        name=seed.name,
        is_valid=is_valid,
        fitness=problem.fitness(metrics) if is_valid and problem.primary.name in metrics else None,
        metrics=metrics,
        wall_s=usage.wall_s,
        cpu_s=usage.cpu_s,
        max_rss_bytes=usage.max_rss_bytes,
        message=message,
        compiled=outcome.compiled is not None and outcome.compiled.ok,
    )


def _findings(problem: ProblemSpec, seeds: tuple[SeedReport, ...], *, was_run: bool) -> Iterator[str]:
    if not seeds:
        yield "there are no seeds, so a run needs a model to write the first programs: add one, or run with llm=…"
    elif was_run and not any(seed.is_valid for seed in seeds):
        yield f"none of the {len(seeds)} seeds is valid, so a run cannot start: make one pass the validator"
    if problem.model_stages:
        names = ", ".join(problem.model_stages)
        yield f"no model was asked for {names}: a run needs one for them, so choose it with llm=…"
    yield from _twins(problem)
    for seed in seeds:
        if seed.is_valid:
            yield from (_beyond(seed, metric) for metric in problem.metrics if _is_beyond(seed, metric))


def _twins(problem: ProblemSpec) -> Iterator[str]:
    first: dict[str, str] = {}
    for seed in problem.seeds:
        earlier = first.setdefault(code_digest(seed.source, problem.language), seed.name)
        if earlier != seed.name:
            yield f"seeds {earlier} and {seed.name} are the same code: a run keeps the first"


def _is_beyond(seed: SeedReport, metric: Metric) -> bool:
    value = seed.metrics.get(metric.name)
    if value is None:  # a model gives it, and none is asked here
        return False
    below = metric.lower_bound is not None and value < metric.lower_bound
    return below or (metric.upper_bound is not None and value > metric.upper_bound)


def _beyond(seed: SeedReport, metric: Metric) -> str:
    return (
        f"seed {seed.name}: {metric.name} = {seed.metrics[metric.name]:g} is beyond its bounds "
        f"[{metric.lower_bound}, {metric.upper_bound}]; values are kept as measured, but bounds often left are wrong"
    )
