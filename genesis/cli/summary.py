"""What a run came to: the view that ``run``, ``resume`` and ``show`` share."""

from dataclasses import dataclass

from events.types import MetricSpec
from genesis.best import BEST_DIRECTORY
from genesis.cli.runs import standing
from genesis.cli.story import Improvement, Story, primary_metric
from genesis.run import Run, RunStatus

__all__ = ["Summary", "summarise"]


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in a few figures.

    Attributes:
        run: Its directory.
        problem: Its problem's name.
        seed: What names its random numbers.
        status: Whether it goes on, and if not, how it ended.
        reason: Why it stopped, empty while it has not.
        message: The same at length.
        metric: The primary metric's name.
        spec: What that metric means.
        first: The first valid program.
        best: The best one.
        evaluations: Answered, with whatever outcome.
        valid: Valid programs.
        rejected: Mutations that gave no new program.
        generations: Completed.
        archive_size: Programs kept.
        evaluations_per_s: Over the whole time of work.
        wall_s: Seconds of work, pauses between processes left out.
        cost_usd: Of model calls.
        log: The log file.
        best_directory: Where the best program lies ready to run, None when nothing was written.
    """

    run: str
    problem: str
    seed: int
    status: RunStatus
    reason: str
    message: str
    metric: str
    spec: MetricSpec
    first: Improvement | None
    best: Improvement | None
    evaluations: int
    valid: int
    rejected: int
    generations: int
    archive_size: int
    evaluations_per_s: float
    wall_s: float
    cost_usd: float
    log: str
    best_directory: str | None


def summarise(run: Run, story: Story) -> Summary:
    """The figures of a run whose whole log was folded into ``story``."""
    progress, stopped = story.progress, story.run.stopped
    metric, spec = primary_metric(story.started.problem.metrics)
    best_directory = run.directory / BEST_DIRECTORY
    wall_s = story.run.elapsed_s
    return Summary(
        run=str(run.directory),
        problem=story.started.problem.name,
        seed=story.started.seed,
        status=standing(stopped, run.log),
        reason=stopped.reason if stopped else "",
        message=stopped.message if stopped else "",
        metric=metric,
        spec=spec,
        first=story.improvements[0] if story.improvements else None,
        best=story.improvements[-1] if story.improvements else None,
        evaluations=progress.evaluations,
        valid=progress.valid,
        rejected=progress.rejected,
        generations=progress.generations,
        archive_size=story.archive_size,
        evaluations_per_s=progress.evaluations / wall_s if wall_s else 0.0,
        wall_s=wall_s,
        cost_usd=story.budget.cost_usd,
        log=str(run.log),
        best_directory=str(best_directory) if best_directory.is_dir() else None,
    )
