"""Modules that are imported when they are first used: help, completion and ``doctor`` cost no more than they need."""

from importlib import import_module

__all__ = ["Deferred"]


class Deferred:
    """Stands for a module until one of its names is asked for.

    Type checkers are shown the module itself, by an import under ``TYPE_CHECKING``.

    Args:
        name: The module's full name.
    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> object:
        """A name of the module, which is imported now if it has not been."""
        return getattr(import_module(self._name), attribute)
