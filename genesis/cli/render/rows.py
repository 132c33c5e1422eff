"""Answers to queries, for people and for programs."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import orjson
from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from genesis.query.named import NamedQuery
from genesis.query.port import Answer

__all__ = ["plain", "rows_of_answer", "rows_of_queries", "spelled"]

_WIDEST = 400  # characters of one value in a table; CSV and JSON have it whole


def rows_of_answer(answer: Answer) -> Iterator[RenderableType]:
    """A table, and how many rows it has."""
    rows = [[_seen(value) for value in row] for row in answer.rows]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for number, column in enumerate(answer.columns):
        numeric = bool(rows) and all(_is_number(row[number]) for row in rows if row[number])
        table.add_column(Text(column), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_short(value)) for value in row))
    yield table
    yield Text(f"({len(rows):,} row{'' if len(rows) == 1 else 's'})")


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


def _short(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}…"
