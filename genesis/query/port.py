"""What an engine that answers queries is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from genesis.query.named import Value

__all__ = ["Answer", "Engine", "FileFormat", "Parameters"]

Parameters = Mapping[str, Value]
FileFormat = Literal["parquet", "arrow"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave.

    Attributes:
        columns: Names, in order.
        rows: As Python values; times are naive UTC.
    """

    columns: tuple[str, ...]
    rows: Iterator[Sequence[Any]]  # Any: values of any type


class Engine(Protocol):
    """Answers SELECTs over the tables of ``sql/``, and refuses everything else.

    Parameters are written ``$name`` and bound. Usable as a context manager.
    """

    @property
    def damaged(self) -> int:
        """How many lines answers left out so far because they are damaged."""
        ...

    def answer(self, sql: str, parameters: Parameters) -> Answer:
        """The rows.

        Raises:
            UsageError: The statement is wrong, writes, or a parameter has no value.
            EnvironmentFault: The store is in the way.
        """
        ...

    def explain(self, sql: str, parameters: Parameters) -> str:
        """How the engine would go about it."""
        ...

    def write(self, sql: str, parameters: Parameters, *, form: FileFormat, path: Path) -> None:
        """The rows as a file."""
        ...

    def latest(self) -> str | None:
        """The id of the run last written to, None when there is none."""
        ...

    def check(self, run_id: str) -> None:
        """Makes sure that a run is there.

        Raises:
            UsageError: It is not.
        """
        ...

    def __enter__(self) -> "Engine": ...
    def __exit__(self, *error: object) -> None: ...
