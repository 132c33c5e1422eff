"""A whole run on one page."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from genesis.cli.pages import Overview
from genesis.cli.render.figures import count, duration, money, share, value
from genesis.cli.render.layout import facts, heading, table
from genesis.cli.render.summary import ended, figures
from genesis.config.run import RunConfig

__all__ = ["overview"]

_SHOWN_IMPROVEMENTS = 12


def overview(view: Overview) -> RenderableType:
    """The run's figures, its configuration, what went wrong, its operators, and how the best became better."""
    return Group(*_parts(view))


def _parts(view: Overview) -> Iterator[RenderableType]:
    summary = view.summary
    yield facts(_head(view))
    if view.reasons:
        yield heading("No valid new program")
        yield table(
            ("reason", "times"),
            ((name.replace("_", " "), count(n)) for name, n in view.reasons.items()),
            right=("times",),
        )
    if view.operators:
        yield heading("Operators")
        yield _operators(view)
    if view.models:
        yield heading("Models")
        yield _models(view)
        yield heading("Calls")
        yield _purposes(view)
    if view.improvements:
        yield heading(f"How {summary.metric} improved")
        yield _improvements(view)


def _head(view: Overview) -> list[tuple[str, str | Text]]:
    summary = view.summary
    again = f", {view.processes} processes worked on it" if view.processes > 1 else ""
    best = summary.best
    return [
        ("run", summary.run),
        ("problem", f"{summary.problem}, seed {summary.seed}"),
        ("status", ended(summary).append(again, style="default")),
        (
            f"best {summary.metric}",
            f"{value(best.value, summary.spec)}, {best.program} by {best.operator}" if best else "no valid program",
        ),
        *figures(summary),
        ("config", "  ".join(_settings(RunConfig.model_validate(view.config)))),
        ("log", summary.log),
    ]


def _settings(config: RunConfig) -> Iterator[str]:
    yield f"window={config.window}"
    yield f"ordered={str(config.ordered).lower()}"
    yield f"evaluation.workers={config.evaluation.workers}"
    yield f"archive={config.strategy.archive.kind}"
    yield f"selection={config.strategy.selection.kind}"
    yield f"mix={config.mutation.mix}"
    if config.llm.models:
        yield f"llm={config.llm.name}"
        yield f"llm.choice={config.llm.choice}"
        yield f"llm.share={config.llm.share:g}"
    yield from (f"stop.{name}={rule}" for name, rule in config.stop if rule is not None and name != "budget")


def _operators(view: Overview) -> RenderableType:
    columns = ("operator", "tries", "proposed", "improved", "archived", "improving")
    rows = (
        (
            each.name,
            count(each.tries),
            count(each.proposed),
            count(each.improved),
            count(each.archived),
            share(each.improved, each.tries),
        )
        for each in view.operators
    )
    return table(columns, rows, right=columns[1:])


def _models(view: Overview) -> RenderableType:
    columns = ("model", "tries", "proposed", "improved", "archived", "gain", "cost", "gain for a dollar")
    rows = (
        (
            each.name,
            count(each.tries),
            count(each.proposed),
            count(each.improved),
            count(each.archived),
            f"{each.gain:.4g}",
            _known(each.cost_usd),
            f"{each.gain / each.cost_usd:.4g}" if each.cost_usd else "—",
        )
        for each in view.models
    )
    return table(columns, rows, right=columns[1:])


def _purposes(view: Overview) -> RenderableType:
    columns = ("for", "calls", "tokens", "cost")
    rows = ((each.name, count(each.calls), count(each.tokens), _known(each.cost_usd)) for each in view.purposes)
    return table(columns, rows, right=columns[1:])


def _known(cost_usd: float | None) -> str:
    return "unknown" if cost_usd is None else money(cost_usd)


def _improvements(view: Overview) -> RenderableType:
    spec, found = view.summary.spec, view.improvements
    skipped = max(0, len(found) - _SHOWN_IMPROVEMENTS)
    shown = (found[0], *found[1 + skipped :])
    rows = [
        (duration(each.elapsed_s), count(each.evaluations), value(each.value, spec), each.program, each.operator)
        for each in shown
    ]
    if skipped:
        rows.insert(1, ("…", "", "", f"{skipped} more", ""))
    columns = ("after", "evaluations", view.summary.metric, "program", "operator")
    return table(columns, rows, right=columns[:3])
