"""From what somebody typed to a statement, its parameters, and the engine that answers."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from genesis.errors import EnvironmentFault, UsageError
from genesis.query.clickhouse import ClickHouseEngine
from genesis.query.found import find_runs
from genesis.query.named import ALL, Value, bind, inferred, is_name, named_query
from genesis.query.port import Engine
from sidecar.settings import ClickHouseSettings
from sidecar.source.files import EVENTS

__all__ = ["EngineName", "Question", "parse", "runs_in"]

EngineName = Literal["duckdb", "clickhouse", "chdb"]
INSTALL = "pip install 'genesis-evolve[sql]'"
LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        sql: One SELECT, with parameters as ``$name``.
        parameters: Their values.
        run: The one run that it is about, as it was named; None where it may be about any.
    """

    sql: str
    parameters: Mapping[str, Value]
    run: str | None

    def engine(
        self, name: EngineName, *, runs_dir: Path, clickhouse: ClickHouseSettings, warn: Callable[[str], None]
    ) -> Engine:
        """The engine that is to answer.

        Raises:
            UsageError: A run is not there, or the settings cannot be used.
            EnvironmentFault: The store is in the way.
        """
        if name != "duckdb":
            if self.run is not None and not _asks_for("run", self.sql):
                raise UsageError("run=… alone chooses among the runs on disk: on ClickHouse, add WHERE run_id = $run")
            return ClickHouseEngine(clickhouse)
        try:
            from genesis.query.duckdb import DuckDBEngine  # noqa: PLC0415  an optional extra
        except ModuleNotFoundError:
            raise EnvironmentFault(f"without a server, SQL needs DuckDB: {INSTALL}") from None
        return DuckDBEngine(self._directories(runs_dir), warn=warn)

    def on(self, engine: Engine, *, runs_dir: Path) -> "Question":
        """The same with ``latest``, or a directory, in the place of a run's id made an id.

        Raises:
            UsageError: The engine does not have that run.
        """
        if self.run is None:
            return self
        run_id = (
            _id_of(self.run) or _id_of(runs_dir / self.run) or (engine.latest() if self.run == LATEST else self.run)
        )
        if run_id is None:
            raise UsageError("there are no runs yet: start one with 'genesis run heilbronn'")
        engine.check(run_id)
        return Question(self.sql, {**self.parameters, "run": run_id}, self.run)

    def _directories(self, runs_dir: Path) -> list[Path]:
        known = runs_in(runs_dir)
        if self.run is None:
            return known
        if self.run == LATEST:
            return sorted(known, key=lambda directory: (directory / EVENTS).stat().st_mtime_ns)[-1:]
        for directory in (Path(self.run), runs_dir / self.run):
            if (directory / EVENTS).is_file():
                return [directory]
        found = [run.directory for run in find_runs(known) if run.run_id == self.run]
        if not found:
            raise UsageError(f"no run at {self.run!r} and none of that name in {runs_dir}: 'genesis list' shows them")
        return found


def runs_in(runs_dir: Path) -> list[Path]:
    """The directories inside a folder that hold a log, by name; none when there is no such folder."""
    if not runs_dir.is_dir():
        return []
    return sorted(entry for entry in runs_dir.iterdir() if (entry / EVENTS).is_file())


def _asks_for(name: str, sql: str) -> bool:
    """Whether a statement has a place for a parameter, ours or ClickHouse's own ``{name:Type}``."""
    return re.search(rf"\${name}\b|\{{\s*{name}\s*:", sql) is not None


def _id_of(where: str | Path) -> str | None:
    directory = Path(where)
    found = next(find_runs([directory]), None) if (directory / EVENTS).is_file() else None
    return found.run_id if found else None


def parse(text: str, given: Sequence[str]) -> Question:
    """What was typed: a statement or a query's name, and ``key=value`` for its parameters.

    Raises:
        UsageError: It cannot be understood.
    """
    values: dict[str, str] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not is_name(name):
            raise UsageError(f"{each!r} is no parameter: write NAME=VALUE, such as run=latest")
        values[name] = value
    if not text.strip():
        raise UsageError("an empty query: write a SELECT, or the name of a query ('genesis query' lists them)")
    if is_name(text):
        query = named_query(text)
        bound = bind(query, values)
        run = bound.get("run")
        return Question(query.sql, bound, run if isinstance(run, str) and run != ALL else None)
    unused = [name for name in values if name != "run" and not _asks_for(name, text)]
    if unused:
        raise UsageError(f"{unused[0]}=… is given, and the query does not ask for ${unused[0]}")
    parameters = {name: value if name == "run" else inferred(value) for name, value in values.items()}
    return Question(text.strip().rstrip(";"), parameters, values.get("run") if values.get("run") != ALL else None)
