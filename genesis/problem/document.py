"""YAML that remembers the line of every value, and closed models read from it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, TypeVar, cast, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from genesis.problem.errors import ProblemError
from genesis.problem.files import read_text

__all__ = ["Document", "Location", "read_yaml"]

Location: TypeAlias = tuple[int | str, ...]
Model = TypeVar("Model", bound=BaseModel)

MAX_VALUES = 10_000
REMEDIES = {"model_type": "write a map of keys", "tuple_type": "write a list", "bool_type": "write true or false"}


class _Loader(yaml.SafeLoader):
    """YAML 1.1 as PyYAML reads it, but ``1e-3`` is a number, as YAML 1.2 and everyone's eyes have it."""


_Loader.add_implicit_resolver(  # pyright: ignore[reportUnknownMemberType] untyped in PyYAML
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?(\d+(\.\d*)?|\.\d+)[eE][-+]?\d+$"), list("-+0123456789.")
)


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file: its value as plain data, and the line of each part."""

    path: Path
    value: object
    lines: Mapping[Location, int]

    def line(self, location: Location) -> int:
        """The line of a part, or of the nearest part around it that is there."""
        while location not in self.lines:
            location = location[:-1]
        return self.lines[location]

    def error(self, location: Location, message: str) -> ProblemError:
        """An error at that part."""
        return ProblemError.at(self.path, self.line(location), message)

    def mapping(self, location: Location, what: str) -> Mapping[str, object]:
        """The part as a map with text keys.

        Raises:
            ProblemError: It is something else; ``what`` says what the map would hold.
        """
        value = self.value
        for part in location:
            value = cast("Mapping[int | str, object]", value)[part]
        if isinstance(value, Mapping) and value:
            return cast("Mapping[str, object]", value)
        raise self.error(
            location, f"{_dotted(location) or 'the file'} holds {_shown(cast('object', value))}: write {what}"
        )

    def read(self, model: type[Model], location: Location, **extra: object) -> Model:
        """The part as a model; ``extra`` are fields that the file does not hold.

        Raises:
            ProblemError: A field is unknown, missing, of the wrong type or out of range; the first is named.
        """
        part = self.mapping(location, f"a map of {_keys(model)}")
        reserved = sorted(extra.keys() & part.keys())
        if reserved:
            raise self.error(
                (*location, reserved[0]), f"{_dotted((*location, reserved[0]))} is not a key here: remove it"
            )
        try:
            return model.model_validate({**part, **extra})
        except ValidationError as error:
            places = [((*location, *details["loc"]), details) for details in error.errors()]
            where, details = min(places, key=lambda place: self.line(place[0]))
            raise self.error(where, _explained(where, details, model)) from error


def read_yaml(path: Path) -> Document:
    """A YAML file of one document, without executing anything.

    Raises:
        ProblemError: It is missing, not UTF-8, not YAML, has a key twice, a key that is no text, or too many values.
    """
    text = read_text(path)
    lines: dict[Location, int] = {(): 1}
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        value = None if node is None else _Plain(path, loader, lines).value(node, (), ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ProblemError.at(path, mark.line + 1 if mark else None, _yaml_message(error)) from error
    except yaml.YAMLError as error:
        raise ProblemError.at(path, None, f"not YAML: {error}") from error
    except RecursionError as error:
        raise ProblemError.at(path, None, "nested too deeply: keep to a map of maps") from error
    return Document(path, value, lines)


@dataclass(frozen=True, slots=True)
class _Plain:
    """Turns nodes into plain data while it notes their lines."""

    path: Path
    loader: _Loader
    lines: dict[Location, int]

    def value(self, node: yaml.Node, location: Location, around: tuple[yaml.Node, ...]) -> object:
        line: int = node.start_mark.line + 1
        self.lines.setdefault(location, line)
        if any(node is outer for outer in around):
            raise ProblemError.at(self.path, line, "an alias stands for what it is part of: write the values out")
        if len(self.lines) > MAX_VALUES:
            raise ProblemError.at(self.path, line, f"more than {MAX_VALUES} values: aliases may multiply them")
        inside = (*around, node)
        match node:
            case yaml.MappingNode():
                return self._map(node, location, inside)
            case yaml.SequenceNode():
                children = cast("list[yaml.Node]", node.value)
                return [self.value(child, (*location, index), inside) for index, child in enumerate(children)]
            case _:
                return self._scalar(node)

    def _map(self, node: yaml.MappingNode, location: Location, around: tuple[yaml.Node, ...]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key_node, child in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
            line: int = key_node.start_mark.line + 1
            key = self._scalar(key_node) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                raise ProblemError.at(self.path, line, f"key {_written(key_node)} is not text: put it in quotes")
            if key in found:
                raise ProblemError.at(self.path, line, f"key {key!r} is there twice: remove one")
            self.lines[*location, key] = line
            found[key] = self.value(child, (*location, key), around)
        return found

    def _scalar(self, node: yaml.Node) -> object:
        try:
            # PyYAML is untyped; a scalar gives text, number, bool, None, date or bytes; models refuse the last two
            return cast("object", self.loader.construct_object(node))  # pyright: ignore[reportUnknownMemberType]
        except ValueError as error:
            line: int = node.start_mark.line + 1
            raise ProblemError.at(self.path, line, f"{_written(node)} cannot be read: {error}") from error


def _explained(location: Location, details: ErrorDetails, model: type[BaseModel]) -> str:
    name = _dotted(location)
    match details["type"]:
        case "value_error":
            return f"{_dotted(location)}: {details.get('ctx', {}).get('error', details['msg'])}".removeprefix(": ")
        case "missing":
            return f"{name} is missing: add it"
        case "extra_forbidden":
            return f"{name} is not a key here: use {_keys(_inner(model, details['loc'][:-1]))}"
        case kind:
            rule = REMEDIES.get(kind) or details["msg"].replace("Input should be", "it should be", 1)
            return f"{name} is {_shown(details['input'])}: {rule}"


def _keys(model: type[BaseModel]) -> str:
    return ", ".join(key for key in model.model_fields if key != "name")


def _inner(model: type[BaseModel], location: Location) -> type[BaseModel]:
    """The model of the part at that place inside a model: of a field, or of the elements of a list of models."""
    for part in location:
        annotation = model.model_fields[part].annotation if isinstance(part, str) else model
        candidates = (annotation, *get_args(annotation))
        model = next((each for each in candidates if isinstance(each, type) and issubclass(each, BaseModel)), model)
    return model


def _yaml_message(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "not YAML"
    if "\\t" in problem:
        return "a tab begins a line or a value: YAML takes spaces only, so replace it"
    context = f" {error.context}" if error.context else ""
    return f"not YAML{context}: {problem}; check indentation, colons and quotes near here"


def _written(node: yaml.Node) -> str:
    return _shown(node.value) if isinstance(node, yaml.ScalarNode) else "that is a map or a list"


def _dotted(location: Location) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return "".join(parts).removeprefix(".")


def _shown(value: object) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
