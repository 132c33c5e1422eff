"""JSON of a server that may send anything: what is not there, or not of its type, reads as nothing. Pure."""

from collections.abc import Mapping
from typing import TypeAlias, cast

__all__ = ["Fields", "count", "fields", "items", "text"]

Fields: TypeAlias = Mapping[str, object]
"""A JSON object."""

_NOTHING: Fields = {}


def fields(data: Fields, name: str) -> Fields:
    """A member that is an object."""
    value = data.get(name)
    return cast("Fields", value) if isinstance(value, dict) else _NOTHING


def items(data: Fields, name: str) -> list[Fields]:
    """The objects of a member that is a list."""
    value = data.get(name)
    listed = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("Fields", each) for each in listed if isinstance(each, dict)]


def text(data: Fields, name: str) -> str:
    """A member that is text."""
    value = data.get(name)
    return value if isinstance(value, str) else ""


def count(data: Fields, *names: str) -> int | None:
    """The first of some members that is a number, as a count; None when there is none."""
    for name in names:
        value = data.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**53:
            return int(value)
    return None
