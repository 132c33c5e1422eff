"""Prompt templates: those of the package, the user's before them, and the check that finds a mistake before a run.

Templates are rendered in Jinja's immutable sandbox: they see plain values, and a name that does not exist is an error,
never an empty text.
"""

import difflib
import re
import traceback
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Final

from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError, nodes
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment

from genesis.errors import UsageError
from genesis.mutation.models.variables import ATTRIBUTES, PARTS, VARIABLES

__all__ = ["ABOUT", "PACKAGED", "PromptTemplateError", "check_names", "render", "unknown_name"]

_SUFFIX: Final = ".jinja"
_MOST_ENVIRONMENTS: Final = 16
_MISSING = re.compile(r"\.(?P<kind>\w+) object' has no attribute '(?P<attribute>\w+)'")


class PromptTemplateError(UsageError):
    """A template that cannot be rendered; the message names it, the line, and what is known."""


def _packaged() -> Mapping[str, tuple[str, str]]:
    folder = resources.files("genesis.mutation.models") / "templates"
    found = sorted((each for each in folder.iterdir() if each.name.endswith(_SUFFIX)), key=lambda each: each.name)
    return {each.name.removesuffix(_SUFFIX): _parts(each.read_text("utf-8")) for each in found}


def _parts(text: str) -> tuple[str, str]:
    """What the comment at the head of a packaged template says, and the rest."""
    comment, _, rest = text.removeprefix("{# ").partition(" #}\n")
    return comment, rest


_PACKAGED: Final = _packaged()

PACKAGED: Final[Mapping[str, str]] = MappingProxyType({name: text for name, (_, text) in _PACKAGED.items()})
"""Name to text of every template that comes with Genesis."""

ABOUT: Final[Mapping[str, str]] = MappingProxyType({name: about for name, (about, _) in _PACKAGED.items()})
"""Name to what the template is, in a sentence or two."""


def render(name: str, values: Mapping[str, object], overrides: Mapping[str, str]) -> str:
    """A template's text with the values put in, without white space around it.

    Raises:
        PromptTemplateError: It does not parse, names something that is not there, or fails while it is rendered.
    """
    try:
        environment = _environment(tuple(sorted(overrides.items())))
        return environment.get_template(name).render(values).strip() + "\n"
    except TemplateError as error:
        raise _told(error, name, overrides) from error
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise _told(error, name, overrides) from error


@lru_cache(maxsize=_MOST_ENVIRONMENTS)
def _environment(overrides: tuple[tuple[str, str], ...]) -> ImmutableSandboxedEnvironment:
    texts = {**PACKAGED, **dict(overrides)}

    def found(name: str) -> tuple[str, str, None] | None:
        return (texts[name], name, None) if name in texts else None  # the name stands for a file's in tracebacks

    return ImmutableSandboxedEnvironment(
        loader=FunctionLoader(found),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )


def check_names(overrides: Mapping[str, str]) -> None:
    """Every override is a template that is used, parses, and uses known names alone.

    Raises:
        PromptTemplateError: The first that does not, with its line.
    """
    environment = _environment(())
    trees: dict[str, nodes.Template] = {}
    for name, text in overrides.items():
        try:
            trees[name] = environment.parse(text, name=name)
        except TemplateSyntaxError as error:
            raise _told(error, name, overrides) from error
    included = {
        node.value
        for tree in trees.values()
        for include in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends))
        for node in include.find_all(nodes.Const)
    }
    for name, tree in trees.items():
        if name not in PACKAGED and name not in included:
            raise PromptTemplateError(unknown_name(name))
        _check_tree(name, tree)


def unknown_name(name: str) -> str:
    """Says that there is no such template, and which there are."""
    near = difflib.get_close_matches(name, PACKAGED, 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{name!r} is no template that Genesis has or another includes: use one of {', '.join(PACKAGED)}{hint}"


def _check_tree(name: str, tree: nodes.Template) -> None:
    unknown = find_undeclared_variables(tree) - VARIABLES.keys()
    for node in tree.find_all(nodes.Name):
        if node.name in unknown:
            near = difflib.get_close_matches(node.name, VARIABLES, 1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise PromptTemplateError(
                f"template {name!r}, line {node.lineno}: variable {node.name!r} is not known{hint}: use "
                f"{', '.join(VARIABLES)}"
            )
    for node in tree.find_all(nodes.Getattr):
        base = node.node
        known = ATTRIBUTES.get(base.name) if isinstance(base, nodes.Name) else None
        if known is not None and isinstance(base, nodes.Name) and node.attr not in known:
            raise PromptTemplateError(
                f"template {name!r}, line {node.lineno}: {base.name} has no {node.attr!r}: use {', '.join(known)}"
            )


def _told(error: Exception, name: str, overrides: Mapping[str, str]) -> PromptTemplateError:
    """The error with the template and line where it happened, which Jinja puts into the traceback."""
    where, line = name, None
    if isinstance(error, TemplateSyntaxError):
        where, line = error.name or name, error.lineno
    else:
        for frame in traceback.extract_tb(error.__traceback__):
            if frame.filename in PACKAGED or frame.filename in overrides:
                where, line = frame.filename, frame.lineno
    place = f"template {where!r}" + (f", line {line}" if line else "")
    return PromptTemplateError(f"{place}: {_in_words(error)}")


def _in_words(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return unknown_name(str(error.name))
    said = str(error) or type(error).__name__
    if said.startswith("'None' has no attribute"):
        return f"{said}: what it belongs to may be missing, so put it between {{% if … %}} and {{% endif %}}"
    missing = _MISSING.search(said)
    if missing is not None and missing["kind"] in PARTS:
        kind, attribute = missing["kind"], missing["attribute"]
        return f"a {kind.removeprefix('Shown').lower()} has no {attribute!r}: use {', '.join(PARTS[kind])}"
    return f"{said}; known variables are {', '.join(VARIABLES)}" if "is undefined" in said else said
