"""Runs as rows."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from genesis.cli.glimpse import Broken, Glimpse
from genesis.cli.render.figures import count, value
from genesis.cli.render.layout import facts, status_style, table

__all__ = ["rows_of_runs"]

_COLUMNS = ("run", "problem", "status", "evaluations", "best", "started")


def rows_of_runs(whole: Sequence[Glimpse], broken: Sequence[Broken]) -> RenderableType:
    """One row a run, and below them what is wrong with those that cannot be read."""
    rows = [*map(_row, whole), *(_broken_row(each) for each in broken)]
    problems = facts((Path(each.run).name, Text(each.problem, style="red")) for each in broken)
    return Group(table(_COLUMNS, rows, right=("evaluations",)), *(("", problems) if broken else ()))


def _row(run: Glimpse) -> tuple[str | Text, ...]:
    return (
        Path(run.run).name,
        run.problem,
        Text(run.status, style=status_style(run.status)),
        count(run.evaluations),
        f"{run.metric} {value(run.best, run.spec)}" if run.best is not None else "—",
        f"{run.started.astimezone():%Y-%m-%d %H:%M}",
    )


def _broken_row(run: Broken) -> tuple[str | Text, ...]:
    return (Path(run.run).name, "—", Text("broken", style=status_style("broken")), "—", "—", "—")
