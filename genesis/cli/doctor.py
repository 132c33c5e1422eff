"""``genesis doctor``: what this machine has, and what would keep a run from working."""

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from genesis.cli.deferred import Deferred
from genesis.cli.exits import Exit
from genesis.cli.output import emit_json, show
from genesis.cli.places import RUNS_DIR
from genesis.cli.render.doctor import page
from genesis.cli.survey import Survey, survey
from genesis.errors import UsageError

if TYPE_CHECKING:
    from genesis.cli import model_checks
else:
    model_checks = Deferred("genesis.cli.model_checks")

__all__ = ["doctor"]


def doctor(overrides: Sequence[str] = (), *, models: bool = False, as_json: bool) -> None:
    """Looks around, and ends with exit code 3 when a run would not work.

    Args:
        overrides: Configuration that says which models.
        models: Whether to ask language models for one token each.
        as_json: Whether to write JSON.

    Raises:
        UsageError: Configuration is given, and models are not to be asked.
    """
    if overrides and not models:
        raise UsageError(f"{overrides[0]}: configuration is read with --llm only: genesis doctor --llm {overrides[0]}")
    found = survey(RUNS_DIR, os.environ)
    if models:
        found = _with_models(found, overrides)
    if as_json:
        emit_json(found)
    else:
        show(page(found))
    if found.obstacles:
        raise typer.Exit(Exit.ENVIRONMENT)


def _with_models(found: Survey, overrides: Sequence[str]) -> Survey:
    checks = model_checks.check_models(overrides, os.environ)
    wrong = tuple(dict.fromkeys(check.problem for check in checks if check.problem))
    return replace(found, models=checks, obstacles=(*found.obstacles, *wrong))
