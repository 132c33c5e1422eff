"""The event catalogue, from the event types."""

import ast
import dataclasses
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args, get_type_hints

import genesis
from docs.generate.annotations import spell
from docs.generate.markdown import code, document, documented, plain, table
from events.chain import GENESIS
from events.codec import encode
from events.envelope import Fact
from events.types import CATALOGUE, AnyPayload, ProgramArchived

__all__ = ["page"]

_INTRODUCTION = """\
A run is one file, `evolution_events.jsonl`: one event a line, oldest first. A line is a [CloudEvents
1.0](https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md) object in JSON and UTF-8, with its members
in a fixed order. `events/schema/events.schema.json` is a JSON Schema of it for readers in any language."""

_CHAIN = """\
`hash` is SHA-256, in lower-case hexadecimal, over the hash of the line before (64 zeros before the first line)
followed by the bytes of this line up to, not including, `,"hash":`. So a log can be checked on its raw bytes,
without parsing. [Reading a log](../how-to/read-a-run.md) has a checker of a few lines."""

_VERSIONS = """\
`schemaversion` belongs to the type. Fields may be added without a new version when they have a default; a changed
meaning raises it, and `events/upcast.py` then turns old data into new, so old logs stay readable. A log that was
written by a newer version is refused with the line's number."""

_MEMBERS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "specversion": ("always", "`1.0`"),
        "id": ("always", "`<run_id>:<sequence>`; the same wherever the event is delivered"),
        "source": ("always", "`/runs/<run_id>`"),
        "type": ("always", "one of the types below"),
        "subject": ("about a program", "the program's id, such as `p000042`"),
        "time": ("always", "when it was appended: UTC, six decimals, `Z`"),
        "sequence": ("always", "its place in the log, from 1, without gaps"),
        "causationid": ("where there is a cause", "id of the event that it follows from; an answer names its request"),
        "correlationid": ("about a program", "what ties a series of events together: the program's id"),
        "generation": ("always", "which generation it belongs to; initial programs are generation 0"),
        "island": ("always", "which island it happened on; this version has island 0 alone"),
        "schemaversion": ("always", "version of the meaning of `data`"),
        "data": ("always", "what happened; its fields depend on the type"),
        "hash": ("always", "ties the line to all lines before it"),
    }
)


def page() -> str:
    """The page."""
    groups = groupby(CATALOGUE.values(), key=lambda payload: payload.__module__)
    records = {record.__name__: record for payload in CATALOGUE.values() for record in _records(payload)}
    return document(
        "Events",
        "`events/types/`",
        _INTRODUCTION,
        "## A line",
        table(("member", "there", "says"), ((code(name), *said) for name, said in _MEMBERS.items())),
        "An example:",
        f"```json\n{_example()}\n```",
        _CHAIN,
        _VERSIONS,
        "## The types",
        _overview(),
        *(part for module, payloads in groups for part in _group(module, list(payloads))),
        "## Records",
        "Values that the fields above are made of.",
        *(part for name in sorted(records) for part in (f"### {name}", *_body(records[name]))),
    )


def _example() -> str:
    fact = Fact(
        ProgramArchived(program="p000005", island=0, cell="3/5", displaced="p000002", why="better"),
        cause=16,
        correlation="p000005",
        generation=1,
    )
    time = datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)
    line, _ = encode(fact, run_id="demo", sequence=17, time=time, previous=GENESIS)
    return line.decode().rstrip()


def _overview() -> str:
    written = _written()
    rows = (
        (
            f"[`{kind}`](#{_anchor(kind)})",
            plain(documented(payload).text.split("\n\n")[0].split(". ")[0].rstrip(".")),
            "yes" if payload.__name__ in written else "not yet",
        )
        for kind, payload in CATALOGUE.items()
    )
    note = (
        "The last column says whether this version records the type. The others are part of the catalogue so that "
        "logs keep their form when language models, islands and prompts come."
    )
    return f"{table(('type', 'says', 'recorded'), rows)}\n\n{note}"


def _written() -> set[str]:
    """Names of the event classes that the engine makes: those that some module calls."""
    names = {payload.__name__ for payload in CATALOGUE.values()}
    called: set[str] = set()
    for path in Path(genesis.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                called.add(node.func.id)
    return names & called


def _group(module: str, payloads: list[type[AnyPayload]]) -> Iterator[str]:
    yield f"## {module.rpartition('.')[2].capitalize()}"
    yield documented(sys.modules[module]).text
    for payload in payloads:
        yield f"### {payload.TYPE}"
        yield from _body(payload)
        yield f"Schema version {payload.VERSION}."


def _body(record: type[Any]) -> Iterator[str]:  # Any: records have no common base
    yield documented(record).text
    hints = get_type_hints(record)
    rows = ((code(each.name), _linked(hints[each.name]), _default(each)) for each in dataclasses.fields(record))
    yield table(("field", "type", "default"), rows)


def _default(field: "dataclasses.Field[Any]") -> str:  # Any: fields of any type
    value = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
    if value is dataclasses.MISSING:
        return ""
    return code("null" if value is None else "[]" if value == () else json.dumps(value))


def _linked(annotation: Any) -> str:  # Any: annotations have no common type
    text = spell(annotation)
    for record in _records_in(annotation):
        text = text.replace(record.__name__, f"[{record.__name__}](#{_anchor(record.__name__)})")
    return text


def _records(record: type[Any]) -> Iterator[type[Any]]:  # Any: as above
    """The records that a record is made of, directly or not."""
    hints = get_type_hints(record)
    for field in dataclasses.fields(record):
        for inner in _records_in(hints[field.name]):
            yield inner
            yield from _records(inner)


def _records_in(annotation: Any) -> Iterator[type[Any]]:  # Any: annotations have no common type
    if isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
        yield annotation
    for part in get_args(annotation):
        yield from _records_in(part)


def _anchor(heading: str) -> str:
    return heading.lower().replace(".", "")
