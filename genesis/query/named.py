"""Named queries: the files of ``sql/queries``, their headers, and values for their parameters.

A file begins with comment lines::

    -- title: Search in reasoning
    -- answers: Where did a model's reasoning use all of these words, in any order and case?
    -- text text: The words; each is matched as a whole.
    -- most count = 100: Rows at most, the newest first.

``title`` and ``answers`` come first; each other line is a parameter: its name, its type (`Kind`), a default if it has
one, and what it means. In the query a parameter is ``$name``, in every engine, and is bound, never pasted. A ``run`` is
an id, a directory, ``latest``, or ``all`` where the query says so.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from math import isfinite
from typing import Literal, cast, get_args

from genesis.errors import UsageError

__all__ = [
    "ALL",
    "Kind",
    "NamedQuery",
    "Parameter",
    "Value",
    "bind",
    "inferred",
    "is_name",
    "named_queries",
    "named_query",
]

ALL = "all"
"""Every run, as the value of a parameter."""

Kind = Literal["text", "integer", "count", "number", "boolean", "run"]
"""What a parameter may be; a count is a whole number of 1 or more."""
Value = str | int | float | bool

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FACT = re.compile(r"-- (title|answers): (.+)")
_PARAMETER = re.compile(r"-- ([a-z][a-z0-9_]*) ([a-z]+)(?: = ([^:]*))?: (.+)")
_WHOLE_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_BEYOND = 2**63
_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that a query asks for.

    Attributes:
        name: As in ``$name``.
        kind: What it may be.
        default: As it would be typed; None where one has to be given.
        says: What it means.
    """

    name: str
    kind: Kind
    default: str | None
    says: str


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A file of ``sql/queries``.

    Attributes:
        name: The file's, without its suffix.
        title: A heading.
        answers: The question that it answers.
        parameters: In the order in which the file has them.
        sql: The statement.
    """

    name: str
    title: str
    answers: str
    parameters: tuple[Parameter, ...]
    sql: str


def is_name(text: str) -> bool:
    """Whether a text can be the name of a query, as no statement can."""
    return _NAME.fullmatch(text) is not None


def named_queries() -> list[NamedQuery]:
    """All of them, by name."""
    folder = files("sql") / "queries"
    found = [entry for entry in folder.iterdir() if entry.name.endswith(".sql")]
    return [_parsed(entry.name[:-4], entry.read_text()) for entry in sorted(found, key=lambda entry: entry.name)]


def named_query(name: str) -> NamedQuery:
    """The one of that name.

    Raises:
        UsageError: There is none.
    """
    known = {query.name: query for query in named_queries()}
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UsageError(f"no query is named {name!r}: 'genesis query' lists those that are there{hint}")
    return known[name]


def _parsed(name: str, text: str) -> NamedQuery:
    """A file's query.

    Raises:
        ValueError: Its header does not follow the form, which a test holds for all that are shipped.
    """
    lines = text.splitlines()
    head = [line for line in lines if line.startswith("--")]
    facts = {match[1]: match[2] for line in head if (match := _FACT.fullmatch(line))}
    parameters = [
        Parameter(match[1], cast("Kind", match[2]), match[3], match[4])
        for line in head
        if not _FACT.fullmatch(line) and (match := _PARAMETER.fullmatch(line))
    ]
    wrong = [each.name for each in parameters if each.kind not in get_args(Kind)]
    if lines[: len(head)] != head or len(facts) + len(parameters) != len(head) or len(facts) != 2 or wrong:
        raise ValueError(f"sql/queries/{name}.sql: its header is not of the form that genesis.query.named describes")
    body = "\n".join(lines[len(head) :]).strip().rstrip(";")
    return NamedQuery(name, facts["title"], facts["answers"], tuple(parameters), body)


def bind(query: NamedQuery, given: Mapping[str, str]) -> dict[str, Value]:
    """A value for each parameter, given or by default.

    Raises:
        UsageError: One is missing, unknown or of the wrong type.
    """
    known = {each.name for each in query.parameters}
    unknown = sorted(set(given) - known)
    if unknown:
        raise UsageError(f"{query.name} has no parameter {unknown[0]!r}: it takes {_signature(query.parameters)}")
    values: dict[str, Value] = {}
    for each in query.parameters:
        text = given.get(each.name, each.default)
        if text is None:
            raise UsageError(f"{query.name} needs {each.name}=…: {each.says} It takes {_signature(query.parameters)}")
        if each.kind == "run" and text == ALL and not each.says.endswith("or all."):
            raise UsageError(f"{query.name} is about one run: give run=… an id, a directory, or latest")
        values[each.name] = _value(each.name, each.kind, text)
    return values


def _signature(parameters: Sequence[Parameter]) -> str:
    shown = (f"{each.name}={'…' if each.default is None else each.default}" for each in parameters)
    return " ".join(shown) or "no parameters"


def _value(name: str, kind: Kind, text: str) -> Value:
    try:
        match kind:
            case "text" | "run":
                return text
            case "integer":
                return _whole(text)
            case "count":
                return _whole(text, least=1)
            case "number":
                return float(text)
            case "boolean":
                if text.lower() not in _TRUE | _FALSE:
                    raise ValueError(text)
                return text.lower() in _TRUE
    except ValueError:
        needed = {
            "integer": "a whole number",
            "count": "a whole number of 1 or more",
            "number": "a number, such as 0.5,",
            "boolean": "true or false",
        }
        raise UsageError(f"{name}={text!r}: {needed[kind]} is needed") from None


def inferred(text: str) -> Value:
    """The value of a parameter whose type nobody declared: a whole number, a number, or else a text.

    A number is what is spelled like one and fits into one, so that ids such as ``007`` and ``nan`` stay as they are.
    """
    if _WHOLE_NUMBER.fullmatch(text):
        return int(text) if -_BEYOND <= int(text) < _BEYOND else text
    if _NUMBER.fullmatch(text) and isfinite(float(text)):
        return float(text)
    return text


def _whole(text: str, *, least: int = -_BEYOND) -> int:
    value = int(text)
    if not least <= value < _BEYOND:  # an engine would cut off what is beyond, and say nothing
        raise ValueError(text)
    return value
