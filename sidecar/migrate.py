"""The SQL of a store: its migrations, in order, and the statements that load it. Read from the package `sql`."""

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Literal, NamedTuple

__all__ = ["Engine", "Migration", "load_statement", "migrations", "replicated", "statements"]

Engine = Literal["clickhouse", "duckdb"]
_NUMBERED = re.compile(r"(\d{4})_\w+\.sql")


class Migration(NamedTuple):
    """One file of a schema: its number, its name and its text."""

    number: int
    name: str
    text: str


def migrations(engine: Engine) -> list[Migration]:
    """All of an engine's, in order."""
    found = ((entry, _NUMBERED.fullmatch(entry.name)) for entry in (files("sql") / engine).iterdir())
    numbered = [Migration(int(match[1]), entry.name, entry.read_text()) for entry, match in found if match]
    return sorted(numbered)


def load_statement(engine: Engine, table: str) -> str:
    """The statement that lays lines into a table."""
    return (files("sql") / engine / "load" / f"{table}.sql").read_text()


def statements(text: str) -> Iterator[str]:
    """Each statement of a script; they end with a semicolon at the end of a line."""
    for statement in re.split(r";[ \t]*\n", text + "\n"):
        if re.sub(r"--[^\n]*", "", statement).strip():
            yield statement.strip()


def replicated(statement: str) -> str:
    """A statement that makes a table, for a database whose engine is ``Replicated``: the same table on every replica.

    The path in Keeper and the replica's name are left to the database. Deduplication then holds across replicas.
    """
    named = re.sub(r"\bENGINE = (\w*MergeTree)\b", r"ENGINE = Replicated\1", statement)
    return named.replace("non_replicated_deduplication_window", "replicated_deduplication_window")
