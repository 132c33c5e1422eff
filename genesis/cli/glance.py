"""The numbers of a run that goes on, at one moment."""

import time
from collections import deque
from dataclasses import dataclass

from events.types import MetricSpec
from genesis.cli.story import Improvement, Story, primary_metric
from genesis.config.run import RunConfig

__all__ = ["Glance", "Pace"]

_WINDOW_S = 10.0


@dataclass(frozen=True, slots=True)
class Glance:
    """A run at one moment.

    Attributes:
        problem: Its problem's name.
        metric: The primary metric's name.
        spec: What that metric means.
        first: The first valid program.
        best: The best one.
        evaluations: Answered, with whatever outcome.
        valid: Valid programs.
        archive_size: Programs kept.
        generations: Completed.
        cost_usd: Of model calls whose price is known.
        unknown_calls: Model calls whose cost is not known.
        per_s: Evaluations a second, over the last ten seconds.
        elapsed_s: Seconds of work so far, earlier processes included.
        left_s: Seconds until a stop rule will hold at this pace, None when none can be foreseen.
        done: Share of the way to that rule, 0 to 1, None when none can be foreseen.
        stopping: Whether the run was asked to stop and waits for what is in flight.
    """

    problem: str
    metric: str
    spec: MetricSpec
    first: Improvement | None
    best: Improvement | None
    evaluations: int
    valid: int
    archive_size: int
    generations: int
    cost_usd: float
    unknown_calls: int
    per_s: float
    elapsed_s: float
    left_s: float | None
    done: float | None
    stopping: bool


class Pace:
    """Looks at a story that is being told, and remembers enough of earlier looks to say how fast it goes."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._begun = time.monotonic()
        self._before_s = story.run.elapsed_s
        self._known_config: RunConfig | None = None
        self._looks: deque[tuple[float, int]] = deque([(self._begun, story.progress.evaluations)])

    def glance(self) -> Glance | None:
        """The run now, None before its first event."""
        story = self._story
        if story.run.started is None:
            return None
        now, progress, improvements = time.monotonic(), story.progress, story.improvements
        elapsed_s, evaluations = self._before_s + now - self._begun, progress.evaluations
        per_s = self._per_s(now, evaluations)
        metric, spec = primary_metric(story.started.problem.metrics)
        roads = _roads(self._config(), evaluations, elapsed_s=elapsed_s, per_s=per_s)
        left_s, done = min(roads, default=(None, None))
        return Glance(
            problem=story.started.problem.name,
            metric=metric,
            spec=spec,
            first=improvements[0] if improvements else None,
            best=improvements[-1] if improvements else None,
            evaluations=evaluations,
            valid=progress.valid,
            archive_size=story.archive_size,
            generations=progress.generations,
            cost_usd=story.budget.cost_usd,
            unknown_calls=story.budget.unpriced_calls + story.budget.lost_calls,
            per_s=per_s,
            elapsed_s=elapsed_s,
            left_s=left_s,
            done=done,
            stopping=story.run.status == "interrupted",
        )

    def _config(self) -> RunConfig:
        if self._known_config is None:
            self._known_config = RunConfig.model_validate(self._story.started.config)
        return self._known_config

    def _per_s(self, now: float, evaluations: int) -> float:
        self._looks.append((now, evaluations))
        while len(self._looks) > 2 and self._looks[1][0] < now - _WINDOW_S:
            self._looks.popleft()
        then, before = self._looks[0]
        return (evaluations - before) / (now - then) if now > then else 0.0


def _roads(config: RunConfig, evaluations: int, *, elapsed_s: float, per_s: float) -> list[tuple[float, float]]:
    """Seconds left and share done for each stop rule whose time can be foreseen."""
    stop, roads = config.stop, list[tuple[float, float]]()
    if stop.wall_s is not None:
        roads.append((max(stop.wall_s - elapsed_s, 0.0), min(elapsed_s / stop.wall_s, 1.0)))
    generations = None if stop.generations is None else stop.generations * config.generation_size
    for whole in (stop.evaluations, generations):
        if whole is not None and per_s > 0:
            roads.append((max(whole - evaluations, 0) / per_s, min(evaluations / whole, 1.0)))
    return roads
