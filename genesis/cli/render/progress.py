"""A run that goes on: drawn over and over at a terminal, or said in lines."""

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from genesis.cli.glance import Glance
from genesis.cli.render.figures import clock, count, many, money, ratio, share, value

__all__ = ["draw", "line"]

_STARTING = "starting: warming up the sandbox and running the initial programs"
_STOPPING = "stopping: waiting for the programs that run; press Ctrl-C again to stop at once"


def draw(glance: Glance | None) -> RenderableType:
    """Four lines: the best, who made it, the way to the end, and counts."""
    if glance is None or not glance.evaluations:
        return Text(_STARTING, style="dim")
    return Group(_best(glance), _way(glance), _counts(glance))


def line(glance: Glance) -> str:
    """The same in one line, for logs."""
    best = glance.best
    found = (
        f"{glance.metric} {value(best.value, glance.spec)} ({best.program}, {best.operator})" if best else "none yet"
    )
    left = f"  {clock(glance.left_s)} left" if glance.left_s is not None else ""
    return (
        f"{clock(glance.elapsed_s)}  best {found}  {many(glance.evaluations, 'evaluation')} ({glance.per_s:.0f}/s)  "
        f"valid {share(glance.valid, glance.evaluations)}  archive {glance.archive_size}  "
        f"cost {_cost(glance)}{left}"
    )


def _best(glance: Glance) -> Text:
    best, first = glance.best, glance.first
    if best is None or first is None:
        return Text("no valid program yet", style="yellow")
    change = ratio(first.value, best.value)
    return Text.assemble(
        ("best ", "dim"),
        (f"{glance.metric} {value(best.value, glance.spec)}", "bold green"),
        f"  {change}" if change else "",
        (f"\n     {best.program} by {best.operator}, {clock(glance.elapsed_s - best.elapsed_s)} ago", "dim"),
        overflow="ellipsis",
        no_wrap=True,
    )


def _way(glance: Glance) -> RenderableType:
    if glance.stopping:
        return Text(_STOPPING, style="yellow")
    elapsed = Text(clock(glance.elapsed_s))
    if glance.done is None or glance.left_s is None:
        return elapsed
    grid = Table.grid(padding=(0, 1))
    left = Text(f"{clock(glance.left_s)} left", style="dim")
    grid.add_row(elapsed, ProgressBar(1.0, glance.done, width=36), f"{100 * glance.done:.0f} %", left)
    return grid


def _counts(glance: Glance) -> Text:
    parts = (
        (count(glance.evaluations), "evaluations"),
        (f"{glance.per_s:.0f}/s", ""),
        (share(glance.valid, glance.evaluations), "valid"),
        (str(glance.archive_size), "in archive"),
        (_cost(glance), ""),
    )
    text = Text(overflow="ellipsis", no_wrap=True)
    for number, name in parts:
        text.append(number).append(f" {name}" if name else "", style="dim").append("   ")
    return text


def _cost(glance: Glance) -> str:
    if not glance.unknown_calls:
        return money(glance.cost_usd)
    return f"{money(glance.cost_usd)} + unknown" if glance.cost_usd else "unknown"
