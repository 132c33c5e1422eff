"""``genesis problem check`` and ``genesis problem list``."""

import asyncio

import typer

from genesis.check import check_problem
from genesis.cli.exits import Exit, say
from genesis.cli.output import emit_json, show
from genesis.cli.render.problems import report_page
from genesis.config.load import load
from genesis.evaluation.backend.local import LocalBackend
from genesis.problem import load_problem
from genesis.problem_setup import evaluation_plan, problem_setup

__all__ = ["check"]


def check(name: str, *, as_json: bool) -> None:
    """Runs every seed of a problem, and ends with exit code 1 when none is valid."""
    spec = load_problem(name)
    config = load((), spec.config_defaults())
    say(f"{spec.name}: running {len(spec.seeds)} seeds")
    backend = LocalBackend(
        problem_setup(spec, config),
        plan=evaluation_plan(spec, config, with_models=False),
        workers=config.evaluation.workers,
        sandbox=config.evaluation.sandbox,
        cache_entries=0,
        may_skip=True,
    )
    report = asyncio.run(check_problem(spec, backend))
    if as_json:
        emit_json(report)
    else:
        show(report_page(spec, report))
    if report.skipped:
        raise typer.Exit(Exit.ENVIRONMENT)
    if not report.usable:
        raise typer.Exit(Exit.FAILED)
