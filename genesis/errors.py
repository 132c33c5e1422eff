"""The error tree of the machine that makes facts.

::

    GenesisError            something the user can act on; the message gives value, rule and remedy
    ├── UsageError          what was asked for cannot be done as said (exit 2)
    └── EnvironmentFault    the machine, a server or a disk is in the way (exit 3)

Expected failures of candidates and models are events with a closed reason, never exceptions.
"""

__all__ = ["EnvironmentFault", "GenesisError", "UsageError"]


class GenesisError(Exception):
    """Root of what the user can act on."""


class UsageError(GenesisError):
    """What was asked for cannot be done as said."""


class EnvironmentFault(GenesisError):
    """The machine, a server or a disk is in the way."""
