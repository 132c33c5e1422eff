"""``genesis run`` and ``genesis resume``."""

from asyncio import CancelledError
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import assert_never

import typer

from events.types import StopReason
from genesis.best import write_best
from genesis.cli.exits import Exit, say
from genesis.cli.output import emit_json, show
from genesis.cli.render.summary import ending
from genesis.cli.runs import find_run
from genesis.cli.story import Story
from genesis.cli.summary import summarise
from genesis.cli.watch import watching
from genesis.compose import plan_run, resume_run, start_run
from genesis.config.load import load
from genesis.engine.loop import Observer
from genesis.evaluation.sandbox.table import WARNINGS
from genesis.llm.preflight import configured_models, preflight
from genesis.problem import load_problem
from genesis.run import Run
from projections import drive

__all__ = ["resume", "run"]


def run(problem: str, overrides: Sequence[str], *, as_json: bool) -> None:
    """Evolves a problem in a new run."""
    spec = load_problem(problem)
    config = load(overrides, spec.config_defaults())
    plan = plan_run(spec, config)
    preflight(config.llm, config.budget, novelty=config.novelty)
    if models := configured_models(config.llm):
        embedding = f"; {config.novelty.embedding} for novelty" if config.novelty.embedding else ""
        cap = "no limit in dollars" if config.budget.usd is None else f"at most ${config.budget.usd:g}"
        say(f"models: {', '.join(models)}{embedding}; {cap} (budget.usd)")
    if config.evaluation.sandbox in WARNINGS:
        say(f"warning: {WARNINGS[config.evaluation.sandbox]}")
    say(f"{spec.name}: {len(spec.seeds)} initial programs, seed {config.seed}, in {plan.directory}")
    _follow(plan.directory, Story(), lambda observe: start_run(plan, observe=observe, notice=say), as_json=as_json)


def resume(text: str, *, as_json: bool) -> None:
    """Takes an unfinished run up where its log ends."""
    found, story = find_run(text), Story()
    drive(found.events(), story)
    if not story.run.finished:
        say(f"{story.started.problem.name}: resuming {found.directory} after {story.progress.evaluations} evaluations")
    _follow(
        found.directory,
        story,
        lambda observe: resume_run(found.directory, observe=observe, notice=say),
        as_json=as_json,
    )


def _follow(directory: Path, story: Story, work: Callable[[Observer], Run], *, as_json: bool) -> None:
    try:
        with watching(story):
            done = work(story.apply)
    except (KeyboardInterrupt, CancelledError):
        say(_how_to_go_on(directory, story))
        raise typer.Exit(Exit.INTERRUPTED) from None
    write_best(done)
    summary = summarise(done, story)
    if as_json:
        emit_json(summary)
    else:
        show(ending(summary))
    stopped = story.run.stopped
    raise typer.Exit(_exit_of(stopped.reason) if stopped else Exit.FAILED)


def _how_to_go_on(directory: Path, story: Story) -> str:
    if story.run.started is None:
        return "interrupted before the run began"
    return f"interrupted at once, nothing recorded is lost: 'genesis resume {directory}' goes on"


def _exit_of(reason: StopReason) -> Exit:
    match reason:
        case "completed" | "target_reached" | "budget_exhausted" | "stagnated":
            return Exit.DONE
        case "interrupted":
            return Exit.INTERRUPTED
        case "failed":
            return Exit.FAILED
        case _:
            assert_never(reason)
