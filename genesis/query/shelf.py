"""Lays what was found of runs into an engine, as the views that the tables of ``sql/duckdb`` read from."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import duckdb

from genesis.query.found import FoundRun, Tail, find_runs, letters_as_json, parts, parts_of_letters, tail
from sidecar.feed import Kind, Place
from sidecar.migrate import load_statement, migrations

__all__ = ["Shelf"]

Table = Literal["events", "diagnostics", "dead_letters"]

_STORED = 3  # migrations that make the tables which give the columns; the views follow
_SMALL_BYTES = 8 << 20
_KINDS: tuple[Kind, ...] = ("events", "diagnostics")
_DAMAGED = frozenset({"bad_json", "not_an_event", "wrong_place"})


class Shelf:
    """The tables of some runs, in an engine of their own.

    Args:
        engine: Nothing is in it yet.
        folder: Where copies of tails are put; whoever made it removes it.
        warn: Told of each line that is left out.

    Attributes:
        readable: The files that the views read.
        damaged: How many lines were left out because they are damaged.
    """

    def __init__(self, engine: duckdb.DuckDBPyConnection, folder: Path, warn: Callable[[str], None]) -> None:
        self._engine = engine
        self._folder = folder
        self._warn = warn
        self._sources: dict[Table, list[str]] = {"events": [], "diagnostics": [], "dead_letters": []}
        self._parts: dict[Table, list[Path]] = {"events": [], "diagnostics": [], "dead_letters": []}
        self.readable: list[Path] = []
        self.damaged = 0

    def fill(self, directories: Sequence[Path]) -> None:
        """Makes the tables and views.

        Raises:
            EnvironmentFault: A log is not the one that its parts were made of, or cannot be read.
        """
        schema = migrations("duckdb")
        for migration in schema[:_STORED]:
            self._engine.execute(migration.text)
        for number, run in enumerate(find_runs(directories)):
            for kind in _KINDS:
                self._take(run, kind, self._folder / f"{number}-{kind}.jsonl")
        for table in self._sources:
            self._view(table)
        for migration in schema[_STORED:]:
            self._engine.execute(migration.text)

    def _take(self, run: FoundRun, kind: Kind, copy: Path) -> None:
        stored = parts(run, kind)
        self._parts[kind] += [part.path for part in stored]
        until = stored[-1].last if stored else 0
        self._parts["dead_letters"] += [part.path for part in parts_of_letters(run, kind, until=until)]
        place = self._place(until, stored[-1].path) if stored else Place(0)
        live = tail(run, kind, place=place, copy=copy)
        if live is None:
            return
        self._lay(run, kind, live)
        for letter in live.letters:
            self._warn(f"{letter.source}, line {letter.line}: {letter.message}; the answer leaves it out")
        self.damaged += sum(letter.reason in _DAMAGED for letter in live.letters)
        if live.letters:
            letters = copy.with_suffix(".dead.jsonl")
            size = letters.write_bytes(letters_as_json(kind, live.letters))
            self._lay(run, "dead_letters", Tail(letters, 2 * live.longest, size, ()))

    def _place(self, line: int, part: Path) -> Place:
        asked = "SELECT key, value FROM parquet_kv_metadata(?)"
        notes = {key.decode(): value.decode() for key, value in self._engine.execute(asked, [str(part)]).fetchall()}
        return Place(line, notes["hash"], int(notes["next_byte"]) or None)

    def _lay(self, run: FoundRun, table: Table, live: Tail) -> None:
        """Makes a tail part of a table: a short one is read now, a long one as far as a query needs it."""
        if not live.bytes:
            return
        statement = load_statement("duckdb", table)
        told: dict[str, str | int] = {
            "run_id": run.run_id,
            "run_started": run.header.started.replace(tzinfo=None).isoformat(" ", "seconds"),
            "problem": run.header.problem,
            "path": str(live.path),
            "longest": live.longest,
        }
        used = {name: value for name, value in told.items() if f"${name}" in statement}
        if live.bytes <= _SMALL_BYTES:
            self._engine.execute(f"INSERT INTO stored_{table} BY NAME {statement}", used)
            return
        for name in sorted(used, key=len, reverse=True):  # no view can have parameters
            statement = statement.replace(f"${name}", _literal(used[name]))
        self._sources[table].append(f"({statement})")
        self.readable.append(live.path)

    def _view(self, table: Table) -> None:
        sources = [f"SELECT * FROM stored_{table} WHERE false", *self._sources[table]]  # noqa: S608  ours
        if self._parts[table]:
            files = ", ".join(_literal(str(path)) for path in self._parts[table])
            sources.append(f"SELECT * FROM read_parquet([{files}], union_by_name = true)")  # noqa: S608  ours
            self.readable += self._parts[table]
        self._engine.execute(f"CREATE VIEW found_{table} AS {' UNION ALL BY NAME '.join(sources)}")


def _literal(value: str | int) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"
