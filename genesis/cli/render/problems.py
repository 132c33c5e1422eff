"""How a problem's seeds did."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from genesis.check import ProblemReport, SeedReport, StageReport
from genesis.cli.render.figures import duration, megabytes
from genesis.cli.render.layout import heading, table
from genesis.problem import ProblemSpec

__all__ = ["report_page"]

_SHOWN_METRICS = 4


def report_page(spec: ProblemSpec, report: ProblemReport) -> RenderableType:
    """A row a seed, what was said of those that failed, what the author should look at, and the verdict."""
    return Group(*_parts(spec, report))


def _parts(spec: ProblemSpec, report: ProblemReport) -> Iterator[RenderableType]:
    yield _seeds(spec, report)
    yield heading("Pipeline")
    yield _pipeline(report)
    said = [seed for seed in report.seeds if not seed.is_valid and seed.message and not _is_skipped(report, seed)]
    if said:
        yield heading("Not valid")
        yield from (Text.assemble((seed.name, "bold"), f": {seed.message.strip()}") for seed in said)
    if report.findings:
        yield heading("To look at")
        yield from (Text(f"- {finding}") for finding in report.findings)
    if report.skipped:
        built = sum(seed.compiled for seed in report.seeds)
        yield Text.assemble(
            f"\n{report.problem}: {built} of {len(report.seeds)} seeds are built ({report.worker_kind}), ",
            ("and none is run here", "bold yellow"),
            f": {report.skipped}",
        )
        return
    valid = sum(seed.is_valid for seed in report.seeds)
    verdict = ("ready to run", "bold green") if report.usable else ("cannot be run", "bold red")
    yield Text.assemble(
        f"\n{report.problem}: {valid} of {len(report.seeds)} seeds are valid ({report.worker_kind}): ", verdict
    )


def _is_skipped(report: ProblemReport, seed: SeedReport) -> bool:
    """Whether all there is to say of a seed is what is said of the problem."""
    return bool(report.skipped) and seed.compiled


def _pipeline(report: ProblemReport) -> RenderableType:
    """A row a stage: what leads to it, and what it decides; stages of one turn run at the same time."""
    shown = sorted(report.stages, key=lambda stage: stage.turn)
    first = {stage.turn: stage.name for stage in reversed(shown)}

    def row(stage: StageReport) -> list[str]:
        kind = "" if stage.kind == stage.name else f" ({stage.kind})"
        edge = f"{', '.join(stage.takes)} ─► {stage.name}{kind}"
        turn = str(stage.turn) if first[stage.turn] == stage.name else ""
        return [turn, edge, ", ".join(stage.after), "; ".join(stage.rules)]

    return table(("turn", "stage", "after", "rule"), map(row, shown), right=("turn",))


def _seeds(spec: ProblemSpec, report: ProblemReport) -> RenderableType:
    primary = [metric for metric in spec.metrics if metric.is_primary]
    others = [metric for metric in spec.metrics if not metric.is_primary and metric.name != "is_valid"]
    shown = [*primary, *others][:_SHOWN_METRICS]
    names = [metric.name for metric in shown]

    def row(seed: SeedReport) -> list[str | Text]:
        verdict = Text("yes", style="green") if seed.is_valid else Text("no", style="red")
        values = (
            f"{seed.metrics[metric.name]:.{metric.decimals}f}" if metric.name in seed.metrics else "—"
            for metric in shown
        )
        return [seed.name, verdict, *values, duration(seed.wall_s), megabytes(seed.max_rss_bytes)]

    columns = ("seed", "valid", *names, "time", "memory")
    return table(columns, map(row, report.seeds), right=(*names, "time", "memory"))
