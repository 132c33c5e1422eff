"""Tables and lines in the one manner of all commands."""

from collections.abc import Iterable, Sequence

from rich.table import Table
from rich.text import Text

__all__ = ["facts", "heading", "status_style", "table"]

_STATUS_STYLES = {
    "running": "cyan",
    "completed": "green",
    "valid": "green",
    "interrupted": "yellow",
    "killed": "yellow",
    "invalid": "yellow",
    "failed": "red",
    "rejected": "dim",
    "broken": "red",
}


def heading(text: str) -> Text:
    """A line above a part, after an empty one."""
    return Text.assemble("\n", (text, "bold"))


def facts(rows: Iterable[tuple[str, str | Text]]) -> Table:
    """Names and what they are, two columns; rows without a word are left out."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, what in rows:
        if what:
            grid.add_row(name, what)
    return grid


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str | Text]],
    *,
    right: Sequence[str] = (),
    whole: Sequence[str] = (),
) -> Table:
    """A table without rules; columns in ``right`` hold numbers, and like those in ``whole`` they are never broken."""
    result = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        number = column in right
        result.add_column(
            column, justify="right" if number else "left", no_wrap=number or column in whole, overflow="fold"
        )
    for row in rows:
        result.add_row(*row)
    return result


def status_style(status: str) -> str:
    """The colour of a run's or a program's status."""
    return _STATUS_STYLES.get(status, "")
