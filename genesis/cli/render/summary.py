"""What a run came to."""

from rich.console import Group, RenderableType
from rich.text import Text

from genesis.cli.render.figures import count, duration, money, ratio, share, value
from genesis.cli.render.layout import facts, heading, status_style
from genesis.cli.summary import Summary

__all__ = ["ending", "figures"]


def ending(summary: Summary) -> RenderableType:
    """The end of a run: its figures, where everything is, and what to type next."""
    return Group(facts(_outcome(summary)), heading("Next"), facts(_next(summary)))


def figures(summary: Summary) -> list[tuple[str, str | Text]]:
    """A run's figures by name."""
    return [
        (
            "evaluated",
            f"{count(summary.evaluations)} programs, {share(summary.valid, summary.evaluations)} valid, "
            f"{summary.evaluations_per_s:.1f} per second",
        ),
        ("archive", f"{count(summary.archive_size)} programs after {count(summary.generations)} generations"),
        ("time", duration(summary.wall_s)),
        ("cost", money(summary.cost_usd) if summary.cost_usd else ""),
    ]


def _outcome(summary: Summary) -> list[tuple[str, str | Text]]:
    why = f"{summary.reason.replace('_', ' ')}: {summary.message}" if summary.message else summary.reason
    return [
        ("problem", summary.problem),
        (summary.metric, _change(summary)),
        *figures(summary),
        ("stopped", Text(why, style=status_style(summary.status))),
        ("log", summary.log),
        ("best", summary.best_directory or ""),
    ]


def _change(summary: Summary) -> Text:
    first, best = summary.first, summary.best
    if first is None or best is None:
        return Text("no valid program", style="red")
    change = ratio(first.value, best.value)
    return Text.assemble(
        f"{value(first.value, summary.spec)} → ",
        (value(best.value, summary.spec), "bold green"),
        f"  {change}" if change else "",
        (f"  ({best.program} by {best.operator})", "dim"),
    )


def _next(summary: Summary) -> list[tuple[str, str | Text]]:
    run = summary.run
    rows: list[tuple[str, str | Text]] = []
    if summary.status == "interrupted":
        rows.append((f"genesis resume {run}", "goes on where it stopped"))
    if summary.best is not None:
        rows.append((f"genesis best {run}", "the best program's code"))
        rows.append((f"genesis show {run} {summary.best.program}", "how it came about"))
    rows.append((f"genesis show {run}", "what the run tried, and what came of it"))
    rows.append((f"genesis verify {run}", "checks every line of the log"))
    rows.append((f"genesis replay {run} --verify", "makes every decision again"))
    return rows
