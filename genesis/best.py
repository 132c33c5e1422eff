"""The best program of a run, laid out so that somebody can run it."""

from pathlib import Path

import orjson

from genesis.run import Program, Run

__all__ = ["BEST_DIRECTORY", "write_best"]

BEST_DIRECTORY = "best"


def write_best(run: Run) -> Path | None:
    """Writes the best program, its metrics and a README into the run's ``best/``, and returns that directory.

    None when the run has no valid program. What an earlier call left there is replaced.
    """
    best = run.best
    if best is None or best.source is None:
        return None
    directory = run.directory / BEST_DIRECTORY
    for path, text in best.source.files.items():
        target = directory / "program" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    metrics = {"program": best.id, "fitness": best.fitness, "metrics": dict(best.metrics)}
    (directory / "metrics.json").write_bytes(
        orjson.dumps(metrics, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    )
    (directory / "README.md").write_text(_readme(run, best, best.source.entry), encoding="utf-8")
    return directory


def _readme(run: Run, best: Program, entry: str) -> str:
    problem = run.started.problem
    rows = "\n".join(f"| `{name}` | {value!r} |" for name, value in sorted(best.metrics.items()))
    line = " → ".join(run.lineage.pathway(best.id))
    return f"""# {best.id}, the best program of run {run.directory.name}

Problem `{problem.name}`. Made by `{best.operator}` in generation {best.generation}. Its line of descent:
{line}

| metric | value |
|---|---|
{rows}

The program is in `program/`, its entry file is `program/{entry}`. It was written by a machine: read it before you run
it outside a sandbox. How it came about:

    genesis show {run.directory} {best.id}
"""
