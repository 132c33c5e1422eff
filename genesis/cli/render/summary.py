"""What a run came to."""

from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from genesis.cli.places import RUNS_DIR
from genesis.cli.render.figures import count, duration, many, money, ratio, share, value
from genesis.cli.render.layout import facts, heading, status_style
from genesis.cli.summary import Summary

__all__ = ["ended", "ending", "figures"]


def ending(summary: Summary) -> RenderableType:
    """The end of a run: its figures, where everything is, and what to type next."""
    return Group(facts(_outcome(summary)), heading("Next"), facts(_next(summary)))


def figures(summary: Summary) -> list[tuple[str, str | Text]]:
    """A run's figures by name."""
    return [
        (
            "evaluated",
            f"{many(summary.evaluations, 'program')}, {share(summary.valid, summary.evaluations)} valid, "
            f"{summary.evaluations_per_s:.1f} per second",
        ),
        ("archive", f"{many(summary.archive_size, 'program')} after {many(summary.generations, 'generation')}"),
        ("time", duration(summary.wall_s)),
        ("models", _calls(summary)),
        ("cost", _cost(summary)),
    ]


def _calls(summary: Summary) -> str:
    if not summary.calls:
        return ""
    failed = f", {count(summary.failed_calls)} failed" if summary.failed_calls else ""
    return f"{many(summary.calls, 'call')}{failed}, {many(summary.tokens, 'token')}"


def _cost(summary: Summary) -> str:
    """What is known of the cost; what is not known is said to be so, and never counted as nothing."""
    if not (summary.calls or summary.cap_usd is not None):
        return ""
    cap = "" if summary.cap_usd is None else f" of {money(summary.cap_usd)} allowed"
    if not summary.unknown_calls:
        return f"{money(summary.cost_usd)}{cap}"
    unknown = f"unknown for {many(summary.unknown_calls, 'call')}"
    return f"{money(summary.cost_usd)}{cap}, and {unknown}" if summary.cost_usd else f"{unknown}{cap}"


def ended(summary: Summary) -> Text:
    """A run's status, and why it stopped."""
    repeated = summary.reason == summary.status or summary.message.startswith(summary.reason)
    said = [] if repeated else [summary.reason.replace("_", " ")]
    text = Text(summary.status, style=status_style(summary.status))
    return text.append(": ".join(["", *said, *([summary.message] if summary.message else [])]), style="default")


def _outcome(summary: Summary) -> list[tuple[str, str | Text]]:
    return [
        ("problem", summary.problem),
        (summary.metric, _change(summary)),
        *figures(summary),
        ("stopped", ended(summary)),
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
    run = _typed(summary.run)
    rows: list[tuple[str, str | Text]] = []
    if summary.status == "interrupted":
        rows.append((f"genesis resume {run}", "goes on from there"))
    if summary.best is not None:
        rows.append((f"genesis best {run}", "the best program"))
        rows.append((f"genesis show {run} {summary.best.program}", "its history"))
    rows.append((f"genesis show {run}", "the whole run"))
    rows.append((f"genesis verify {run}", "checks the log"))
    rows.append((f"genesis replay {run} --verify", "checks the decisions"))
    return rows


def _typed(run: str) -> str:
    """The shortest text that names the run on the command line."""
    directory = Path(run)
    return directory.name if directory.parent == RUNS_DIR else run
