"""``genesis show`` and ``genesis best``."""

from genesis.cli.exits import Unsuccessful, say
from genesis.cli.output import emit_json, emit_text, show, styled
from genesis.cli.pages import overview_of, page_of
from genesis.cli.render.code import highlighted
from genesis.cli.render.program import metric_lines, program_page
from genesis.cli.render.run import overview
from genesis.cli.runs import find_run

__all__ = ["show_best", "show_program", "show_run"]


def show_run(text: str, *, as_json: bool) -> None:
    """An overview of a run."""
    run = find_run(text)
    view = overview_of(run)
    if as_json:
        emit_json(view)
    else:
        show(overview(view))


def show_program(text: str, program: str, *, as_json: bool) -> None:
    """All on one program of a run."""
    run = find_run(text)
    view = page_of(run, run.program(program))
    if as_json:
        emit_json(view)
    else:
        show(program_page(view, coloured=styled()))


def show_best(text: str, *, as_json: bool) -> None:
    """The best program's code on stdout, what it scores on stderr."""
    run = find_run(text)
    best = run.best
    if best is None or best.source is None:
        raise Unsuccessful(f"{run.directory} has no valid program: 'genesis show {run.directory}' says why")
    if as_json:
        emit_json(page_of(run, best))
        return
    say(f"{best.id} of {run.directory}, made by {best.operator}")
    for line in metric_lines(best.metrics, run.started.problem.metrics):
        say(line)
    if styled():
        show(highlighted(best.source))
    else:
        emit_text(best.source.text)
