"""The names of all configuration keys, read off the model, and the nearest ones to a name that is none."""

import difflib
from collections.abc import Iterator, Mapping
from types import MappingProxyType, UnionType
from typing import get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from genesis.config.run import RunConfig

__all__ = ["KEYS", "SECTIONS", "TEXT_KEYS", "nearest"]

SUGGESTIONS = 3


def _fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        yield f"{prefix}{name}", field
        if (section := _section(field)) is not None:
            yield from _fields(section, f"{prefix}{name}.")


def _section(field: FieldInfo) -> type[BaseModel] | None:
    annotation = field.annotation
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


_ALL = dict(_fields(RunConfig))

KEYS: Mapping[str, FieldInfo] = MappingProxyType({key: field for key, field in _ALL.items() if _section(field) is None})
"""Dotted key to its field, for every key that holds a value."""

SECTIONS = frozenset(_ALL) - frozenset(KEYS)
"""Dotted names that hold keys and no value of their own."""


def _holds_text(annotation: object) -> bool:
    alternatives = get_args(annotation) if isinstance(annotation, UnionType) else ()
    return str in (annotation, *alternatives)


TEXT_KEYS = frozenset(key for key, field in KEYS.items() if _holds_text(field.annotation))
"""Keys whose value on the command line is taken letter by letter: ``run_id=007`` is a name, not a number."""


def nearest(key: str) -> tuple[str, ...]:
    """The keys that were most likely meant, best first, three at most; empty when nothing is near.

    A key is near when its dotted name is, or when its last part is: ``workers`` finds ``evaluation.workers``.
    """
    by_last: dict[str, list[str]] = {}
    for known in KEYS:
        by_last.setdefault(known.rpartition(".")[2], []).append(known)
    whole = difflib.get_close_matches(key, KEYS, SUGGESTIONS, cutoff=0.75)
    last = difflib.get_close_matches(key.rpartition(".")[2], by_last, SUGGESTIONS, cutoff=0.75)
    found = [*whole, *(known for part in last for known in by_last[part])]
    return tuple(dict.fromkeys(found))[:SUGGESTIONS]
