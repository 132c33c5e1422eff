"""JSON Schema of the catalogue, for readers in any language. Made by ``python -m events.schema``."""

from pathlib import Path

import orjson
from pydantic import TypeAdapter

from events.codec import adapter
from events.types import CATALOGUE, Json

__all__ = ["FILE", "render"]

FILE = Path(__file__).with_name("events.schema.json")

_ENVELOPE: dict[str, Json] = {
    "specversion": {"const": "1.0"},
    "id": {"type": "string", "description": "<run_id>:<sequence>"},
    "source": {"type": "string", "description": "/runs/<run_id>"},
    "subject": {"type": "string", "description": "the program that the event is about"},
    "time": {"type": "string", "format": "date-time"},
    "sequence": {"type": "integer", "minimum": 1},
    "causationid": {"type": "string"},
    "correlationid": {"type": "string"},
    "generation": {"type": "integer", "minimum": 0},
    "island": {"type": "integer", "minimum": 0},
    "hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
}
_REQUIRED: list[Json] = [
    *(
        "specversion",
        "id",
        "source",
        "type",
        "time",
        "sequence",
        "generation",
        "island",
        "schemaversion",
        "data",
        "hash",
    )
]


def render() -> bytes:
    """The schema document (draft 2020-12): one alternative an event type, in the catalogue's order."""
    references, definitions = TypeAdapter.json_schemas(
        [(kind, "validation", adapter(payload)) for kind, payload in CATALOGUE.items()], ref_template="#/$defs/{model}"
    )
    alternatives = [
        {
            "type": "object",
            "title": kind,
            "properties": {
                **_ENVELOPE,
                "type": {"const": kind},
                "schemaversion": {"const": payload.VERSION},
                "data": references[kind, "validation"],
            },
            "required": _REQUIRED,
            "additionalProperties": False,
        }
        for kind, payload in CATALOGUE.items()
    ]
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "One line of evolution_events.jsonl",
        "oneOf": alternatives,
        "$defs": definitions["$defs"],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
