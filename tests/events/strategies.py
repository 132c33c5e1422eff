"""Any event that the catalogue allows."""

import dataclasses
from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from events.envelope import Fact
from events.types import CATALOGUE, Json

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
JSON = st.recursive(
    st.none() | st.booleans() | INTEGERS | FLOATS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
PROGRAMS = st.integers(1, 999_999).map(lambda number: f"p{number:06d}")
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  zone given


def _of(annotation: Any) -> st.SearchStrategy[Any]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    plain = {str: TEXT, int: INTEGERS, float: FLOATS, bool: st.booleans(), NoneType: st.none()}
    if annotation in plain:
        return plain[annotation]
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in {Union, UnionType}:
        return st.one_of([_of(each) for each in arguments])
    if origin is dict:
        return st.dictionaries(_of(arguments[0]), _of(arguments[1]), max_size=3)
    if origin is tuple:
        return st.lists(_of(arguments[0]), max_size=3).map(tuple)
    if isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
        return records(annotation)
    assert annotation is Json
    return JSON


def records(model: type[Any]) -> st.SearchStrategy[Any]:
    """Any value of a record."""
    hints = get_type_hints(model)
    fields = {field.name: _of(hints[field.name]) for field in dataclasses.fields(model)}
    if "program" in fields:
        optional = hints["program"] is not str
        fields["program"] = st.none() | PROGRAMS if optional else PROGRAMS
    return st.builds(model, **fields)


def facts() -> st.SearchStrategy[Fact]:
    """Any fact."""
    return st.builds(
        Fact,
        data=st.one_of([records(payload) for payload in CATALOGUE.values()]),
        cause=st.none() | st.integers(1, 10**9),
        correlation=st.none() | PROGRAMS,
        generation=st.integers(0, 10**6),
        island=st.integers(0, 1000),
    )
