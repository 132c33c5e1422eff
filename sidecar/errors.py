"""The sidecar's error tree.

::

    SidecarError              root; the message gives the value, the rule and the remedy, and no secret
    ├── SettingsInvalid       what was asked for cannot be done as said
    ├── SinkError
    │   ├── SinkAway          it cannot be reached now: the loader waits and tries again
    │   ├── SinkShort         it kept fewer rows than it was sent: the batch is sent again
    │   ├── DataRefused       its engine cannot read the lines: the loader finds out which
    │   └── SinkRefused       it answered and will not: credentials, rights, version, schema
    │       └── StatementRefused   because of the statement that it was sent
    └── SourceError
        ├── SourceAway        the broker cannot be reached now: the loader waits and tries again
        ├── SourceGone        a log vanished while it was being read
        └── SourceDiverged    a log is not the one that was loaded under its run's id
"""

__all__ = [
    "DataRefused",
    "SettingsInvalid",
    "SidecarError",
    "SinkAway",
    "SinkError",
    "SinkRefused",
    "SinkShort",
    "SourceAway",
    "SourceDiverged",
    "SourceError",
    "SourceGone",
    "StatementRefused",
]


class SidecarError(Exception):
    """Root of this room's errors."""


class SettingsInvalid(SidecarError):
    """What was asked for cannot be done as said."""


class SinkError(SidecarError):
    """The analytics store is in the way."""


class SinkAway(SinkError):
    """The store cannot be reached now."""


class SinkShort(SinkError):
    """The store kept fewer rows than it was sent."""


class DataRefused(SinkError):
    """The store's engine cannot read the lines."""


class SinkRefused(SinkError):
    """The store answered and will not do it."""


class StatementRefused(SinkRefused):
    """The store does not understand a statement, or may not perform it."""


class SourceError(SidecarError):
    """What is read from is in the way."""


class SourceAway(SourceError):
    """The broker cannot be reached now."""


class SourceGone(SourceError):
    """A log vanished while it was being read."""


class SourceDiverged(SourceError):
    """A log is not the one that was loaded under its run's id."""
