"""``genesis doctor``: what this machine has, and what would keep a run from working."""

import os

import typer

from genesis.cli.exits import Exit
from genesis.cli.output import emit_json, show
from genesis.cli.places import RUNS_DIR
from genesis.cli.render.doctor import page
from genesis.cli.survey import survey

__all__ = ["doctor"]


def doctor(*, as_json: bool) -> None:
    """Looks around, and ends with exit code 3 when a run would not work."""
    found = survey(RUNS_DIR, os.environ)
    if as_json:
        emit_json(found)
    else:
        show(page(found))
    if found.obstacles:
        raise typer.Exit(Exit.ENVIRONMENT)
