"""Genesis evolves programs and keeps every step as an immutable event.

Names are loaded when they are first used, so that ``import genesis`` costs next to nothing in the processes that it
keeps warm.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from genesis.version import __version__

if TYPE_CHECKING:
    from genesis.api import evolve, resume
    from genesis.run import Program, Run

__all__ = ["Program", "Run", "__version__", "evolve", "resume"]

_HOMES = {"evolve": "genesis.api", "resume": "genesis.api", "Program": "genesis.run", "Run": "genesis.run"}


def __getattr__(name: str) -> object:
    """A public name, from the module that defines it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'genesis' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
