"""Types of fields as people read them."""

import types
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic.fields import FieldInfo

__all__ = ["bounds", "spell"]

_MOST = 2**63 - 1
_NAMES = {float: "number", int: "integer", str: "text", bool: "true or false", type(None): "null"}


def spell(annotation: Any) -> str:  # Any: annotations have no common type
    """A type in words: ``text``, ``number or null``, ``list of integer``, ``one of a, b``; a class by its name."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if annotation is Any:
        return "any JSON"
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in parts)
    inner = [spell(part) for part in parts if part is not ... and not isinstance(part, FieldInfo)]
    if origin in {Union, types.UnionType, Annotated}:
        return " or ".join(inner)
    if origin in {tuple, list, Sequence}:
        return f"list of {inner[0]}"
    if origin in {dict, Mapping}:
        return f"map of {inner[0]} to {inner[1]}"
    return _NAMES.get(annotation) or str(getattr(annotation, "__name__", annotation))


def bounds(field: FieldInfo) -> str:
    """The range or length that a field demands, in words; empty when it demands none."""
    return ", ".join(dict.fromkeys(_bounds([field, *_inner(field.annotation)])))


def _inner(annotation: Any) -> list[FieldInfo]:  # Any: as above
    """Fields that are part of an annotation, as in ``Count | None``."""
    parts = get_args(annotation)
    nested = [found for part in parts if get_origin(part) is Annotated for found in _inner(part)]
    return [*(part for part in parts if isinstance(part, FieldInfo)), *nested]


def _bounds(fields: list[FieldInfo]) -> list[str]:
    said: list[str] = []
    for rule in (rule for field in fields for rule in field.metadata):
        match rule:
            case Ge(ge=least):
                said.append(f"at least {least}")
            case Gt(gt=least):
                said.append(f"more than {least}")
            case Le(le=most) if most != _MOST:
                said.append(f"at most {most}")
            case Lt(lt=most):
                said.append(f"less than {most}")
            case MinLen(min_length=least) if least > 0:
                said.append("not empty")
            case _:
                pass
    return said
