"""Tables and columns of the analytics stores, from the schema itself and one table of meanings."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import duckdb

from docs.generate.markdown import code, document, plain, table
from sidecar.migrate import migrations

__all__ = ["page"]

_INTRODUCTION = """\
ClickHouse and DuckDB have the same tables and views, with the same names, values and NULLs; `genesis query` asks
either. A text that does not apply to a row is empty, a number is NULL, a list or a map is empty. Times are UTC. The
types are DuckDB's; ClickHouse has the corresponding ones."""

_TABLES = ("genesis_logs", "programs", "lineage", "llm_calls", "runs", "stages", "generations", "migrations", "events",
           "diagnostics", "dead_letters")  # fmt: skip

_MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "cause": "sequence of the event that this one follows from",
        "cell": "cell of the archive",
        "code": "text of the entry file; other files follow, each under a line `==> path <==`",
        "cost_usd": "what the reply cost; NULL when the price is not known",
        "data": "the event's whole data as JSON",
        "displaced": "program that lost its place",
        "feedback": "what the validator says",
        "fitness": "primary metric, negated when lower is better",
        "hash": "first 16 digits of the line's hash",
        "latency_s": "seconds until the model had answered",
        "duration_s": "seconds of wall time that an evaluation or a build took",
        "line": "number of the line in its file, from 1",
        "message": "what went wrong, or what a build, an insight or a prompt says",
        "metrics": "name of each metric to its value",
        "operator": "how the program was made",
        "parent_ids": "programs that it was made from",
        "payload": "`data` without the texts that have columns of their own",
        "prompt": "the messages to the model, one behind the other",
        "rationale": "why the model made the change, in its own words",
        "reason": "why something failed, was kept or declined, or why a run stopped",
        "reasoning": "what the model thought",
        "response": "what the model said",
        "run_started": "when the run began, to the second",
        "sequence": "the event's place in the run, from 1 without gaps",
        "time": "when the event was appended",
    }
)


def page() -> str:
    """The page."""
    return document("Tables and columns", "`sql/`", _INTRODUCTION, *_sections())


def _sections() -> Iterator[str]:
    with duckdb.connect() as engine:
        said: dict[str, str] = {}
        for migration in migrations("duckdb"):
            if migration.name.startswith("0004"):
                for name in ("events", "diagnostics", "dead_letters"):
                    engine.execute(f"CREATE VIEW found_{name} AS SELECT * FROM stored_{name}")  # noqa: S608  names of ours
            engine.execute(migration.text)
            said[migration.name.partition("_")[2].removesuffix(".sql")] = _comment(migration.text)
        said["events"] = "Every event with all its columns, some of which `genesis_logs` leaves out."
        said["genesis_logs"] = "One row an event: what people ask."
        for name in _TABLES:
            yield f"## {name}"
            yield said[name]
            columns = engine.execute(f"DESCRIBE {name}").fetchall()
            rows = ((code(each[0]), code(each[1]), plain(_MEANINGS.get(each[0], ""))) for each in columns)
            yield table(("column", "type", "says"), rows)


def _comment(text: str) -> str:
    """The comment at a file's top."""
    lines: list[str] = []
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return " ".join(lines)
