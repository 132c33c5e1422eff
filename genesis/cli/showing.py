"""``genesis show`` and ``genesis best``."""

from pathlib import Path

from genesis.cli.exits import Unsuccessful, say
from genesis.cli.output import emit_json, emit_text, show, styled
from genesis.cli.pages import overview_of, page_of
from genesis.cli.render.code import highlighted
from genesis.cli.render.program import metric_lines, program_page
from genesis.cli.render.run import overview
from genesis.cli.runs import find_run
from genesis.errors import UsageError
from genesis.program import Source

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


def show_best(text: str, *, as_json: bool, out: Path | None = None) -> None:
    """The best program's code on stdout, or its files in a directory; what it scores on stderr."""
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
    if out is not None:
        _write(best.source, out)
    elif styled():
        show(highlighted(best.source))
    else:
        emit_text(best.source.text)
        if len(best.source.files) > 1:
            others = len(best.source.files) - 1
            say(f"this is {best.source.entry}; {others} more with --out DIR, which writes the files of the program")


def _write(source: Source, directory: Path) -> None:
    """Writes a program's files; nothing that is there is overwritten."""
    there = sorted(path for path in source.files if (directory / path).exists())
    if there:
        raise UsageError(f"{directory / there[0]} exists: choose another directory with --out")
    for path, text in source.files.items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    say(f"{len(source.files)} files in {directory}, entry file {source.entry}")
