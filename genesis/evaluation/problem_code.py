"""Loads the problem author's own code, which is trusted, into a warm process."""

import importlib
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["ProblemCodeError", "build_context", "load_function", "load_helper", "preload"]


class ProblemCodeError(Exception):
    """A problem's module cannot be imported or its function fails; the message says where."""


def preload(modules: Sequence[str]) -> None:
    """Import modules, so that forked children have them for nothing."""
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception as error:  # a module may raise anything as it is imported, and so may the author's code below
            raise ProblemCodeError(f"cannot import {name!r}, which the problem preloads: {_first(error)}") from error
    if "numpy" in sys.modules:
        importlib.import_module("numpy.random")  # NumPy loads it when it is first used, and then unseeded


def load_helper(text: str, directory: str) -> None:
    """Make ``helper.py``'s text importable as ``helper``."""
    _load("helper", text, f"{directory}/helper.py")


def load_function(directory: str, module: str, name: str) -> Callable[..., Any]:
    """One function of a module in the problem's directory."""
    path = f"{directory}/{module}.py"
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProblemCodeError(f"cannot read {path}: {error}") from error
    function: object = getattr(_load(module, text, path), name, None)
    if not callable(function):
        raise ProblemCodeError(f"{path} defines no {name}(): define it at the top level")
    return function


def build_context(directory: str) -> object:
    """What ``context.py``'s ``build_context()`` returns."""
    function = load_function(directory, "context", "build_context")
    try:
        return function()
    except Exception as error:
        raise ProblemCodeError(f"{directory}/context.py: build_context() failed: {_first(error)}") from error


def _load(name: str, text: str, path: str) -> ModuleType:
    module = ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module
    try:
        exec(compile(text, path, "exec", dont_inherit=True), module.__dict__)  # noqa: S102  the problem's own code
    except Exception as error:
        raise ProblemCodeError(f"{path} fails when it is imported: {_first(error)}") from error
    return module


def _first(error: BaseException) -> str:
    lines = traceback.extract_tb(error.__traceback__)
    where = f" ({lines[-1].filename}:{lines[-1].lineno})" if lines else ""
    return f"{type(error).__name__}: {error}{where}"
