"""ClickHouse, a server or the engine in this process (chDB), asked in read-only mode.

What a statement may reach on a server is up to the grants of its user there. The engine in this process runs with the
rights of whoever types, so it is opened with no right to any source but its tables. Rights do not cover the function
``file`` and the clause ``INTO OUTFILE``, nor does the engine stop at the first of several statements. So a statement is
first formatted by the engine's own parser, which takes one, and is refused if it names either.
"""

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from genesis.errors import EnvironmentFault, UsageError
from genesis.query.named import Value
from genesis.query.port import Answer, FileFormat, Parameters
from sidecar.clickhouse import Client, connect, translated
from sidecar.errors import DataRefused, SettingsInvalid, SidecarError, StatementRefused
from sidecar.settings import ClickHouseSettings

__all__ = ["ClickHouseEngine", "server_side"]

_TOKEN = re.compile(
    r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|--[^\n]*|/\*.*?\*/"
    r"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|\$(?P<name>[A-Za-z_][A-Za-z0-9_]*)",
    re.DOTALL,
)
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_OTHER = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(SET|USE|CREATE)\b", re.DOTALL | re.IGNORECASE)
_FILES = re.compile(r"\bfile\b|\bINTO OUTFILE\b")
_TYPES: Mapping[type, str] = {bool: "Bool", int: "Int64", float: "Float64", str: "String"}
_TABLES = ("events", "diagnostics", "dead_letters")
_FORMATS: Mapping[FileFormat, str] = {"parquet": "Parquet", "arrow": "Arrow"}


def server_side(sql: str, parameters: Parameters) -> str:
    """A statement with each ``$name`` as ClickHouse writes it, ``{name:Type}``; texts and comments stay.

    Raises:
        UsageError: A parameter has no value.
    """

    def placed(found: re.Match[str]) -> str:
        name = found["name"]
        if name is None:
            return found[0]
        if name not in parameters:
            raise UsageError(f"the query asks for ${name}: give it as {name}=VALUE")
        return f"{{{name}:{_TYPES[type(parameters[name])]}}}"

    return _TOKEN.sub(placed, sql)


class ClickHouseEngine:
    """Answers from the tables of a database.

    Args:
        settings: How it is reached.

    Raises:
        UsageError: The settings cannot be used.
        EnvironmentFault: It cannot be reached, or will not.
    """

    def __init__(self, settings: ClickHouseSettings) -> None:
        self._settings = settings
        with self._explained():
            self._client: Client = connect(settings, database=settings.database, readonly=True)

    @property
    def damaged(self) -> int:
        """None: damaged lines are in ``dead_letters``."""
        return 0

    def __enter__(self) -> "ClickHouseEngine":
        return self

    def __exit__(self, *error: object) -> None:
        self._client.close()

    def answer(self, sql: str, parameters: Parameters) -> Answer:
        """The rows."""
        with self._explained():
            statement = self._statement(sql, parameters)
            found: Any = self._client.query(statement, parameters=_plain(parameters))  # Any: no types there
            rows = [[_naive(value) for value in row] for row in found.result_rows]
            return Answer(tuple(found.column_names) or self._columns(statement, parameters), iter(rows))

    def _columns(self, statement: str, parameters: Parameters) -> tuple[str, ...]:
        """The names that an answer without rows has: no block is sent then, and so no name; the engine knows them."""
        with suppress(StatementRefused), translated(self._settings):  # SHOW and its like have none
            found = self._client.query(f"DESCRIBE TABLE (\n{statement}\n)", parameters=_plain(parameters))
            return tuple(str(row[0]) for row in found.result_rows)
        return ()

    def explain(self, sql: str, parameters: Parameters) -> str:
        """The plan, with the indexes that are used."""
        with self._explained():
            statement = self._statement(sql, parameters)
            found = self._client.query(f"EXPLAIN indexes = 1 {statement}", parameters=_plain(parameters))
            return "\n".join(str(row[0]) for row in found.result_rows)

    def write(self, sql: str, parameters: Parameters, *, form: FileFormat, path: Path) -> None:
        """The rows as a file."""
        with self._explained():
            statement = self._statement(sql, parameters)
            path.write_bytes(self._client.raw_query(statement, parameters=_plain(parameters), fmt=_FORMATS[form]))

    def latest(self) -> str | None:
        """The run with the newest event."""
        with self._explained():
            found = self._client.query("SELECT run_id FROM events GROUP BY run_id ORDER BY max(time) DESC LIMIT 1")
            return str(found.result_rows[0][0]) if found.result_rows else None

    def check(self, run_id: str) -> None:
        """Makes sure that the tables have something of a run."""
        try:
            found = any(self._has(table, run_id) for table in _TABLES)
        except UsageError:  # there are no such tables, which the question itself is told
            return
        if not found:
            raise UsageError(
                f"no run {run_id!r} in {self._settings.shown}, database {self._settings.database}: 'genesis query "
                f"runs_overview' shows those that are there, and 'genesis sidecar --once' loads others"
            )

    def _has(self, table: str, run_id: str) -> bool:
        asked = f"SELECT 1 FROM {table} WHERE run_id = {{run:String}} LIMIT 1"  # noqa: S608  names of ours
        with self._explained():
            return bool(self._client.query(asked, parameters={"run": run_id}).result_rows)

    def _statement(self, sql: str, parameters: Parameters) -> str:
        """What the engine is sent: one statement, and on chDB one that touches no files."""
        statement = server_side(sql, parameters).strip().rstrip(";")
        if found := _OTHER.match(statement):  # read-only mode allows some of them, for the moment of a question
            raise UsageError(f"the statement begins with {found[1]}: queries are read-only, so SELECT alone is run")
        if self._settings.chdb:
            asked = "SELECT formatQuerySingleLine({statement:String})"
            formatted = str(self._client.query(asked, parameters={"statement": statement}).result_rows[0][0])
            if found := _FILES.search(_QUOTED.sub("''", formatted)):
                raise UsageError(
                    f"the statement says {found[0]}: queries are read-only, and read the tables, no other file; give "
                    "--output to write the answer, and a column of that name another one"
                )
        return statement

    @contextmanager
    def _explained(self) -> Generator[None]:
        try:
            with translated(self._settings):
                yield
        except (SettingsInvalid, DataRefused, StatementRefused) as error:
            raise UsageError(str(error)) from None
        except SidecarError as error:
            raise EnvironmentFault(str(error)) from None


def _plain(parameters: Parameters) -> dict[str, Value]:
    return dict(parameters)


def _naive(value: Any) -> Any:  # Any: a value of any type
    return value.replace(tzinfo=None) if hasattr(value, "tzinfo") and value.tzinfo is not None else value
