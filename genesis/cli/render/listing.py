"""Runs as rows."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from genesis.cli.glimpse import Broken, Glimpse
from genesis.cli.render.figures import age, count, value
from genesis.cli.render.layout import facts, status_style, table

__all__ = ["rows_of_runs"]

_COLUMNS = ("run", "problem", "status", "evaluated", "best", "age")


def rows_of_runs(whole: Sequence[Glimpse], broken: Sequence[Broken], *, now: datetime) -> RenderableType:
    """One row a run, and below them what is wrong with those that cannot be read."""
    rows = [*(_row(each, now) for each in whole), *(_broken_row(each) for each in broken)]
    problems = facts((Path(each.run).name, Text(each.problem, style="red")) for each in broken)
    return Group(
        table(_COLUMNS, rows, right=("evaluated", "best"), whole=("run",)), *(("", problems) if broken else ())
    )


def _row(run: Glimpse, now: datetime) -> tuple[str | Text, ...]:
    return (
        Path(run.run).name,
        run.problem,
        Text(run.status, style=status_style(run.status)),
        count(run.evaluations),
        value(run.best, run.spec),
        age(run.started, now),
    )


def _broken_row(run: Broken) -> tuple[str | Text, ...]:
    return (Path(run.run).name, "—", Text("broken", style=status_style("broken")), "—", "—", "—")
