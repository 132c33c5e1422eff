"""What a run came to: the view that ``run``, ``resume`` and ``show`` share."""

from dataclasses import dataclass

from events.types import MetricSpec
from genesis.best import BEST_DIRECTORY
from genesis.cli.runs import standing
from genesis.cli.story import Improvement, Story, primary_metric
from genesis.config.run import RunConfig
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
        cost_usd: Of model calls whose price is known.
        cap_usd: What the run may spend on models, None for no limit or no models.
        calls: Model calls that were sent, retries included.
        failed_calls: Those that gave no reply.
        unknown_calls: Those whose cost is not known: of models without a price, or lost when a process died.
        tokens: In and out, reasoning included.
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
    cap_usd: float | None
    calls: int
    failed_calls: int
    unknown_calls: int
    tokens: int
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
        cap_usd=_cap(story),
        calls=story.budget.calls,
        failed_calls=story.budget.failed_calls,
        unknown_calls=story.budget.unpriced_calls + story.budget.lost_calls,
        tokens=story.budget.tokens_in + story.budget.tokens_out,
        log=str(run.log),
        best_directory=str(best_directory) if best_directory.is_dir() else None,
    )


def _cap(story: Story) -> float | None:
    config = RunConfig.model_validate(story.started.config)
    return config.budget.usd if config.llm.models else None
