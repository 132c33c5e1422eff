"""Answers to queries, for people and for programs."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import orjson
from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from genesis.query.named import NamedQuery
from genesis.query.port import Answer

__all__ = ["plain", "rows_of_answer", "rows_of_queries", "spelled"]

_LONGEST = 400  # characters of one value that are shown; CSV and JSON have it whole
_MOST_LINES = 12
_WHOLE = 24  # columns that a value of a table has at least, where it needs as many
_GAP = 3  # columns between two of a table


def rows_of_answer(answer: Answer) -> Iterator[RenderableType]:
    """The rows, and how many there are."""
    rows = [[_short(_seen(value)) for value in row] for row in answer.rows]
    yield _Rows(answer.columns, rows)
    yield Text(f"({len(rows):,} row{'' if len(rows) == 1 else 's'})")


class _Rows:
    """A table where it fits; else one column a line, row by row.

    It fits when nothing has to be broken but texts that are longer than `_WHOLE`.
    """

    def __init__(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self._columns = columns
        self._rows = rows

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        widths = [max((_width(row[number]) for row in self._rows), default=0) for number in range(len(self._columns))]
        least = [max(cell_len(name), min(width, _WHOLE)) for name, width in zip(self._columns, widths, strict=True)]
        if sum(least) + _GAP * (len(least) - 1) <= options.max_width:
            whole = [width <= wanted for width, wanted in zip(widths, least, strict=True)]
            yield self._table(whole)
        else:
            yield self._records()

    def _table(self, whole: Sequence[bool]) -> Table:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for number, column in enumerate(self._columns):
            numeric = bool(self._rows) and all(_is_number(row[number]) for row in self._rows if row[number])
            justify = "right" if numeric else "left"
            table.add_column(Text(column), justify=justify, overflow="fold", no_wrap=whole[number])
        for row in self._rows:
            table.add_row(*map(Text, row))
        return table

    def _records(self) -> Table:
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(overflow="fold")
        grid.add_column(overflow="fold")
        for number, row in enumerate(self._rows or [[""] * len(self._columns)], 1):
            if self._rows:
                grid.add_row(Text(f"row {number}", style="bold"), "")
            for name, value in zip(self._columns, row, strict=True):
                grid.add_row(Text(f"  {name}"), Text(value))
        return grid


def rows_of_queries(queries: Sequence[NamedQuery]) -> Iterator[RenderableType]:
    """What each named query answers, and what it takes."""
    for query in queries:
        takes = " ".join(f"{each.name}={'…' if each.default is None else each.default}" for each in query.parameters)
        yield Text(f"{query.name} {takes}".rstrip())
        yield Text(f"    {query.answers}")


def plain(value: Any) -> Any:  # Any: a value of any type, as JSON has it
    """A value as JSON can say it."""
    match value:
        case datetime():
            return f"{value.isoformat(timespec='microseconds')}Z"
        case Mapping():
            inner = cast("Mapping[Any, Any]", value)  # a map of any types
            return {str(key): plain(each) for key, each in inner.items()}
        case list() | tuple():
            return [plain(each) for each in cast("Sequence[Any]", value)]
        case None | bool() | int() | float() | str():
            return value
        case _:
            return _unusual(value)


def _unusual(value: object) -> int | float | str:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def spelled(value: Any) -> str:  # Any: a value of any type
    """A value as text; nothing for NULL."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return repr(value)
        case datetime():
            return value.isoformat(" ", "microseconds" if value.microsecond else "seconds")
        case list() | tuple() | Mapping():
            return orjson.dumps(plain(value), option=orjson.OPT_NON_STR_KEYS).decode()
        case _:
            return str(plain(value))


def _seen(value: Any) -> str:  # Any: a value of any type
    """A value as a table shows it: six digits and whole seconds, which CSV and JSON have in full."""
    match value:
        case float():
            return f"{value:.6g}"
        case datetime():
            return value.isoformat(" ", "seconds")
        case _:
            return spelled(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _width(text: str) -> int:
    return max(map(cell_len, text.splitlines()), default=0)


def _short(text: str) -> str:
    lines = text[:_LONGEST].split("\n")
    shown = "\n".join(lines[:_MOST_LINES])
    return shown if len(shown) == len(text) else f"{shown}…"
