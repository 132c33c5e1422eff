"""The Python interface, from its docstrings."""

import inspect
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import genesis
from docs.generate.markdown import code, document, documented, plain, table

__all__ = ["page"]

_INTRODUCTION = """\
`import genesis` gives these names; the command line is made of the same. Expected failures raise
`genesis.errors.GenesisError`: `UsageError` when what was asked for cannot be done as said, `EnvironmentFault` when
the machine is in the way. A damaged log raises `events.errors.LogError`."""


def page() -> str:
    """The page."""
    return document(
        "Python",
        "`genesis/__init__.py`",
        _INTRODUCTION,
        *(part for name in genesis.__all__ for part in _public(name, getattr(genesis, name))),
    )


def _public(name: str, thing: Any) -> Iterator[str]:  # Any: a class, a function or a text
    if not callable(thing):
        return
    yield f"## genesis.{name}"
    if inspect.isclass(thing):
        yield from _class(thing)
    else:
        yield from _described(thing, f"{name}{_signature(thing)}")


def _class(thing: type) -> Iterator[str]:
    said = documented(thing)
    yield said.text
    if said.entries:
        yield table(("attribute", "is"), ((code(name), plain(text)) for name, text in said.entries.items()))
    for name, member in vars(thing).items():
        if name.startswith("_"):
            continue
        match member:
            case property(fget=function) | cached_property(func=function):
                yield from _described(
                    function, f"{name} -> {_return(function)}", heading=f"### {thing.__name__}.{name}"
                )
            case classmethod():
                function = getattr(thing, name)
                yield from _described(function, f"{name}{_signature(function)}", heading=f"### {thing.__name__}.{name}")
            case _ if inspect.isfunction(member):
                yield from _described(member, f"{name}{_signature(member)}", heading=f"### {thing.__name__}.{name}")
            case _:
                pass


def _described(function: Any, usage: str, heading: str = "") -> Iterator[str]:  # Any: a function
    said = documented(function)
    yield from filter(None, [heading])
    yield f"```text\n{usage}\n```"
    yield said.text
    rows = [(code(name), plain(text)) for name, text in said.entries.items()]
    rows += [(f"raises {code(name)}", plain(text)) for name, text in said.errors.items()]
    if rows:
        yield table(("name", "says"), rows)


def _signature(function: Any) -> str:  # Any: as above
    signature = inspect.signature(function)
    shown = [each for name, each in signature.parameters.items() if name not in {"self", "cls"}]
    return _short(str(signature.replace(parameters=shown)))


def _return(function: Any) -> str:  # Any: as above
    return _short(inspect.formatannotation(inspect.signature(function).return_annotation))


def _short(text: str) -> str:
    """Names without the modules that they come from."""
    return re.sub(r"\b(?:[a-z_]\w*\.)+(?=[A-Za-z_])", "", text).replace("'", "")
