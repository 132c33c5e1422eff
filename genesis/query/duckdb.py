"""DuckDB over Parquet parts and logs: needs no server, and no sidecar either.

The engine lives in this process for one query. Once its views stand, it may read the files that they name and nothing
else, and its settings are locked, so that no SQL can reach another file; statements other than SELECT are refused.
"""

import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from genesis.errors import EnvironmentFault, UsageError
from genesis.query.found import find_runs
from genesis.query.named import Value
from genesis.query.port import Answer, FileFormat, Parameters
from genesis.query.shelf import Shelf
from sidecar.source.files import EVENTS

__all__ = ["DuckDBEngine"]

_FETCH = 1000
_ATTEMPTS = 3

_T = TypeVar("_T")


class DuckDBEngine:
    """Answers from the runs in some directories, as they are when the question is asked.

    Args:
        directories: Of runs.
        warn: Told of each line that is left out.
    """

    def __init__(self, directories: Sequence[Path], *, warn: Callable[[str], None]) -> None:
        self._directories = directories
        self._warn = warn
        self._held = ExitStack()
        self._engine: duckdb.DuckDBPyConnection | None = None
        self._made = Path()
        self._damaged = 0

    @property
    def damaged(self) -> int:
        """How many lines were left out because they are damaged."""
        return self._damaged

    def __enter__(self) -> "DuckDBEngine":
        return self

    def __exit__(self, *error: object) -> None:
        self._held.close()

    def answer(self, sql: str, parameters: Parameters) -> Answer:
        """The rows."""

        def ask(engine: duckdb.DuckDBPyConnection) -> Answer:
            found = engine.execute(sql, _checked(engine, sql, parameters))
            columns = tuple(str(column[0]) for column in found.description or ())
            first: list[Any] = found.fetchmany(_FETCH)  # errors show now, while the question can be asked again
            return Answer(columns, _rest(found, first))

        return self._asked(ask)

    def explain(self, sql: str, parameters: Parameters) -> str:
        """The plan."""

        def ask(engine: duckdb.DuckDBPyConnection) -> str:
            bound = _checked(engine, sql, parameters)
            return "\n".join(str(row[1]) for row in engine.execute(f"EXPLAIN {sql}", bound).fetchall())

        return self._asked(ask)

    def write(self, sql: str, parameters: Parameters, *, form: FileFormat, path: Path) -> None:
        """The rows as a file."""

        def ask(engine: duckdb.DuckDBPyConnection) -> None:
            bound = _checked(engine, sql, parameters)
            if form == "arrow":
                _write_arrow(engine.sql(sql, params=bound), path)
                return
            engine.execute(f"COPY ({sql}\n) TO '{self._made}' (FORMAT parquet, COMPRESSION zstd)", bound)
            path.write_bytes(self._made.read_bytes())

        self._asked(ask)

    def latest(self) -> str | None:
        """The run whose log was last written to."""
        runs = find_runs(self._directories)
        newest = max(runs, key=lambda run: (run.directory / EVENTS).stat().st_mtime_ns, default=None)
        return newest.run_id if newest else None

    def check(self, run_id: str) -> None:
        """Nothing: the run's directory was found before this engine was made."""

    def _asked(self, ask: Callable[[duckdb.DuckDBPyConnection], _T]) -> _T:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with _translated():
                    return ask(_reading(self._connection()))
            except duckdb.IOException as error:
                # a part was merged into a larger one after it had been listed
                self._held.close()
                self._engine = None
                if attempt == _ATTEMPTS:
                    raise EnvironmentFault(f"DuckDB cannot read a file: {error}") from None
        raise AssertionError("the last attempt returns or raises")

    def _connection(self) -> duckdb.DuckDBPyConnection:
        if self._engine is not None:
            return self._engine
        folder = Path(self._held.enter_context(tempfile.TemporaryDirectory(prefix="genesis-query-")))
        config: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,  # or a table's name could be a variable's of this process
            "temp_directory": str(folder / "spill"),
        }
        engine = self._engine = self._held.enter_context(duckdb.connect(config=config))
        engine.execute("SET enable_progress_bar = false")  # a notebook and `python -c` have one, on stdout
        shelf = Shelf(engine, folder, self._warn)
        shelf.fill(self._directories)
        self._damaged = shelf.damaged
        self._made = folder / "answer.parquet"
        listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in (*shelf.readable, self._made))
        engine.execute(f"SET allowed_paths = [{listed}]")
        engine.execute("SET enable_external_access = false")
        engine.execute("SET lock_configuration = true")
        return engine


def _reading(engine: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The engine in a transaction that only reads: a SELECT may write too, by INSERT … RETURNING in its WITH."""
    with suppress(duckdb.TransactionException):  # none is open when the first question is asked
        engine.execute("ROLLBACK")
    return engine.execute("BEGIN TRANSACTION READ ONLY")


def _checked(engine: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters) -> dict[str, Value]:
    """The values that a statement asks for, once it is seen to be one that only reads."""
    found = engine.extract_statements(sql)
    if len(found) != 1:
        raise UsageError(f"{len(found)} statements: a query is one SELECT")
    statement = found[0]
    if statement.type != duckdb.StatementType.SELECT:
        raise UsageError(f"a statement of type {statement.type.name}: queries are read-only, so SELECT alone is run")
    asked = set(statement.named_parameters)
    missing = sorted(asked - set(parameters))
    if missing:
        raise UsageError(f"the query asks for ${missing[0]}: give it as {missing[0]}=VALUE")
    return {name: parameters[name] for name in asked}


@contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except duckdb.IOException:
        raise
    except duckdb.TransactionException:
        raise UsageError("the statement writes: queries are read-only") from None
    except duckdb.PermissionException as error:
        raise UsageError(f"queries read the tables and no other files: {_first(error)}") from None
    except (duckdb.OutOfMemoryException, duckdb.FatalException, duckdb.InternalException) as error:
        raise EnvironmentFault(f"DuckDB: {_first(error)}") from None
    except duckdb.Error as error:
        raise UsageError(f"DuckDB does not understand the query: {error}") from None


def _first(error: Exception) -> str:
    return str(error).splitlines()[0]


def _rest(found: duckdb.DuckDBPyConnection, rows: list[Any]) -> Iterator[Sequence[Any]]:
    while rows:
        yield from rows
        rows = found.fetchmany(_FETCH)


def _write_arrow(found: duckdb.DuckDBPyRelation, path: Path) -> None:
    try:
        ipc: Any = import_module("pyarrow.ipc")  # Any: pyarrow has no types
    except ImportError:
        raise EnvironmentFault("Arrow files need the package pyarrow: pip install 'genesis-evolve[arrow]'") from None
    table = found.to_arrow_table()
    with ipc.new_file(str(path), table.schema) as out:
        out.write_table(table)
