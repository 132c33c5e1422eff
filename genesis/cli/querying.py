"""``genesis query``: SQL over runs."""

import csv
import io
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

import orjson

from genesis.cli.exits import Unsuccessful, say
from genesis.cli.output import emit_json, emit_text, show
from genesis.cli.places import check_folder
from genesis.cli.render.rows import plain, rows_of_answer, rows_of_queries, spelled
from genesis.errors import UsageError
from genesis.query.ask import EngineName, Question, parse, runs_in
from genesis.query.named import named_queries
from genesis.query.port import Answer, Engine, FileFormat
from sidecar.settings import ClickHouseSettings

__all__ = ["Form", "Store", "ask", "list_queries"]

Form = Literal["table", "csv", "json", "parquet", "arrow"]
CHDB = ".chdb"


@dataclass(frozen=True, slots=True)
class Store:
    """Where the answer comes from, as it was typed."""

    engine: str | None
    runs_dir: Path
    clickhouse: str | None
    chdb: Path | None
    database: str
    user: str
    password_env: str

    def name(self) -> EngineName:
        """The engine; without a word, the one whose address is given, and DuckDB where none is."""
        names = get_args(EngineName)
        if self.engine is not None and self.engine not in names:
            raise UsageError(f"--engine {self.engine!r}: one of {', '.join(names)} is needed")
        addressed = [each for each, address in (("clickhouse", self.clickhouse), ("chdb", self.chdb)) if address]
        name = self.engine or next(iter(addressed), "duckdb")
        other = next((each for each in addressed if each != name), None)
        if other is not None:
            one = f"--engine {name}" if self.engine else f"--{name}"
            raise UsageError(f"{one} and --{other} are two stores: a question goes to one, so leave the other out")
        return cast("EngineName", name)

    def settings(self) -> ClickHouseSettings:
        """How ClickHouse is reached."""
        chdb = str(self.chdb or self.runs_dir / CHDB) if self.name() == "chdb" else ""
        if chdb and not Path(chdb).is_dir():
            raise UsageError(f"no chDB at {chdb}: load runs there first with 'genesis sidecar --once --chdb {chdb}'")
        url = self.clickhouse or os.environ.get("CLICKHOUSE_URL") or "http://127.0.0.1:8123"
        return ClickHouseSettings(
            url="" if chdb else url,
            chdb=chdb,
            database=self.database,
            user=self.user,
            password_env=self.password_env,
        )


def list_queries(*, as_json: bool) -> None:
    """The named queries."""
    found = named_queries()
    if as_json:
        emit_json(found)
    else:
        show(*rows_of_queries(found))


def ask(text: str, given: Sequence[str], store: Store, *, form: str, output: Path | None, explain: bool) -> None:
    """Answers a question.

    Raises:
        Unsuccessful: The answer leaves damaged lines out.
    """
    if form not in get_args(Form):
        raise UsageError(f"--format {form!r}: one of {', '.join(get_args(Form))} is needed")
    asked = parse(text, given)
    check_folder(store.runs_dir)
    name = store.name()
    if name == "duckdb" and asked.run is None and not runs_in(store.runs_dir):
        say(f"there are no runs in {store.runs_dir}, so the tables are empty")
    settings = store.settings() if name != "duckdb" else ClickHouseSettings()
    with asked.engine(name, runs_dir=store.runs_dir, clickhouse=settings, warn=say) as engine:
        question = asked.on(engine, runs_dir=store.runs_dir)
        if explain:
            emit_text(engine.explain(question.sql, question.parameters) + "\n")
        else:
            _answer(engine, question, cast("Form", form), output)
        damaged = engine.damaged
    if damaged:
        raise Unsuccessful(f"the answer leaves out {damaged:,} damaged lines: 'genesis verify' says more")


def _answer(engine: Engine, question: Question, form: Form, output: Path | None) -> None:
    match form:
        case "parquet" | "arrow":
            _write_file(engine, question, form, output)
        case "table":
            if output is not None:
                raise UsageError("--output takes --format csv, json, parquet or arrow: a table is for people to read")
            show(*rows_of_answer(engine.answer(question.sql, question.parameters)))
        case "csv":
            _write_text(_as_csv(engine.answer(question.sql, question.parameters)), output)
        case "json":
            _write_text(_as_json(engine.answer(question.sql, question.parameters)), output)


def _as_csv(answer: Answer) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows(["" if value is None else spelled(value) for value in row] for row in answer.rows)
    return out.getvalue()


def _as_json(answer: Answer) -> str:
    twice = [name for place, name in enumerate(answer.columns) if name in answer.columns[:place]]
    if twice:
        raise UsageError(f"two columns are named {twice[0]!r}, and a JSON object has one of a name: rename one with AS")
    rows = [dict(zip(answer.columns, map(plain, row), strict=True)) for row in answer.rows]
    return orjson.dumps(rows, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _write_text(text: str, output: Path | None) -> None:
    if output is None:
        emit_text(text)
    else:
        output.write_text(text, encoding="utf-8")


def _write_file(engine: Engine, question: Question, form: FileFormat, output: Path | None) -> None:
    if output is not None:
        engine.write(question.sql, question.parameters, form=form, path=output)
        return
    if sys.stdout.isatty():
        raise UsageError(f"--format {form} is no text: name a file with --output, or send stdout elsewhere")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answer"
        engine.write(question.sql, question.parameters, form=form, path=path)
        sys.stdout.buffer.write(path.read_bytes())
