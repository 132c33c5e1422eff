"""One program on one page."""

from collections.abc import Iterator, Mapping

from rich.console import Group, RenderableType
from rich.text import Text

from events.types import MetricSpec
from genesis.cli.pages import Call, Page
from genesis.cli.render.code import coloured_diff, highlighted, plain
from genesis.cli.render.figures import count, duration, many, money, value
from genesis.cli.render.layout import facts, heading, status_style, table
from genesis.cli.story import primary_metric

__all__ = ["metric_lines", "program_page"]

_EXCERPT_CHARACTERS = 600


def metric_lines(metrics: Mapping[str, float], specs: Mapping[str, MetricSpec]) -> list[str]:
    """The declared metrics, the primary one first: name, value and direction."""
    named = [(name, specs[name]) for name in _ordered(specs) if name in metrics]
    width = max((len(name) for name, _ in named), default=0)
    values = [value(metrics[name], spec) for name, spec in named]
    wide = max(map(len, values), default=0)
    return [
        f"  {name:<{width}}  {shown:>{wide}}  ({_direction(spec)})"
        for (name, spec), shown in zip(named, values, strict=True)
    ]


def program_page(page: Page, *, coloured: bool) -> RenderableType:
    """Where a program came from, what it scores, what was said of it, what changed, and its code."""
    return Group(*_parts(page, coloured=coloured))


def _parts(page: Page, *, coloured: bool) -> Iterator[RenderableType]:
    program = page.program
    yield facts(_head(page))
    if program.metrics:
        yield heading("Metrics")
        yield _metrics(program.metrics, page.specs)
    for title, text in (
        ("Feedback", program.feedback),
        (program.reason.replace("_", " ").capitalize(), program.message),
    ):
        if text:
            yield heading(title)
            yield Text(text.strip())
    for call in page.calls:
        yield heading(f"Asked for {call.purpose} ({call.call}, attempt {call.attempt}): {call.outcome}")
        yield from _said(call)
    yield heading("Descent")
    yield _descent(page)
    if program.diff:
        yield heading(f"Changed from {program.parents[0]}" if program.parents else "Changed")
        yield coloured_diff(program.diff)
    if program.source is not None:
        yield heading(f"Code ({program.source.entry})")
        yield highlighted(program.source) if coloured else plain(program.source)


def _head(page: Page) -> list[tuple[str, str | Text]]:
    program = page.program
    children = page.children
    return [
        ("program", f"{program.id} of {page.run}"),
        (
            "status",
            Text.assemble(
                (program.status, status_style(program.status)), ", in the archive" if program.archived else ""
            ),
        ),
        ("made by", f"{program.operator} in generation {program.generation}, island {program.island}"),
        ("model", program.model or ""),
        ("calls", _spent(page)),
        ("parents", ", ".join(program.parents)),
        ("inspired by", ", ".join(program.inspirations)),
        ("asked with", "  ".join(f"{name}={what}" for name, what in program.parameters.items())),
        ("rationale", program.rationale),
        (
            "children",
            f"{count(len(children))}: {', '.join(children[:8])}{' …' * (len(children) > 8)}" if children else "",
        ),
    ]


def _spent(page: Page) -> str:
    if not page.calls:
        return ""
    costs = [call.cost_usd for call in page.calls]
    known = [cost for cost in costs if cost is not None]
    cost = money(sum(known)) if len(known) == len(costs) else "cost unknown"
    tokens = sum(call.tokens_in + call.tokens_out for call in page.calls)
    return (
        f"{many(len(costs), 'call')}, {many(tokens, 'token')}, {cost}, {duration(sum(c.latency_s for c in page.calls))}"
    )


def _said(call: Call) -> Iterator[RenderableType]:
    """An excerpt of what the model thought and said; ``genesis prompt`` has all of it."""
    if call.reasoning:
        yield Text(_excerpt(call.reasoning), style="italic")
    yield Text(_excerpt(call.text))


def _excerpt(text: str) -> str:
    said = text.strip()
    return said if len(said) <= _EXCERPT_CHARACTERS else f"{said[:_EXCERPT_CHARACTERS].rstrip()} …"


def _metrics(metrics: Mapping[str, float], specs: Mapping[str, MetricSpec]) -> RenderableType:
    declared = [
        (
            Text(name, style="bold" if specs[name].is_primary else ""),
            value(metrics[name], specs[name]),
            _direction(specs[name]),
        )
        for name in _ordered(specs)
        if name in metrics
    ]
    auxiliary = [(name, f"{metrics[name]:.6g}", "") for name in sorted(metrics) if name not in specs]
    return table(("metric", "value", ""), [*declared, *auxiliary], right=("value",))


def _ordered(specs: Mapping[str, MetricSpec]) -> list[str]:
    return sorted(specs, key=lambda name: not specs[name].is_primary)


def _direction(spec: MetricSpec) -> str:
    return "higher is better" if spec.higher_is_better else "lower is better"


def _descent(page: Page) -> RenderableType:
    metric, spec = primary_metric(page.specs)
    sign = 1 if spec.higher_is_better else -1
    rows = (
        (each.id, each.operator, value(None if each.fitness is None else sign * each.fitness, spec))
        for each in page.descent
    )
    return table(("program", "operator", metric), rows, right=(metric,))
