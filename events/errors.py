"""The floor's error tree.

::

    EventError                root; the message gives the value, the rule and the remedy
    ├── BusError              a bus cannot be used as it stands
    │   ├── BusUnavailable    it is away or slow; trying again later may help
    │   ├── BusRefused        it answered and will not: credentials, rights, version, JetStream, size
    │   ├── StreamLost        the stream or the consumer was deleted while it was in use
    │   ├── StreamMismatch    the stream or the consumer is not as it is declared
    │   └── RunDiverged       the stream holds other events under this run's id
    ├── LogError              a log cannot be used as it stands
    │   ├── LogCorrupt        a line breaks a rule; carries the path and the line number
    │   │   ├── LineUnreadable      not JSON, not UTF-8, or members missing
    │   │   ├── LineChanged         the hash does not match the line
    │   │   ├── LineMissing         the sequence jumps ahead
    │   │   ├── LineOutOfOrder      lines were moved or doubled
    │   │   ├── LineTorn            the last line has no newline
    │   │   ├── TypeUnknown         an event type that this version does not know
    │   │   ├── SchemaTooNew        an event written by a newer version
    │   │   └── DataInvalid         data that does not fit its type's schema
    │   ├── LogLocked         another process writes this log
    │   ├── LogNotFound       there is no log there
    │   ├── LogExists         there is one already
    │   ├── LogDiverged       the file is not what this writer left behind
    │   └── LogWriteFailed    the disk refused; nothing half-written was kept
"""

from pathlib import Path

__all__ = [
    "BusError",
    "BusRefused",
    "BusUnavailable",
    "DataInvalid",
    "EventError",
    "LineChanged",
    "LineMissing",
    "LineOutOfOrder",
    "LineTorn",
    "LineUnreadable",
    "LogCorrupt",
    "LogDiverged",
    "LogError",
    "LogExists",
    "LogLocked",
    "LogNotFound",
    "LogWriteFailed",
    "RunDiverged",
    "SchemaTooNew",
    "StreamLost",
    "StreamMismatch",
    "TypeUnknown",
]


class EventError(Exception):
    """Root of this floor's errors."""


class BusError(EventError):
    """A bus cannot be used as it stands."""


class BusUnavailable(BusError):
    """The bus is away, or did not answer in time: trying again later may help."""


class BusRefused(BusError):
    """The bus answered and will not: trying again does not help, the message says what does."""


class StreamLost(BusError):
    """The stream, or the consumer, was deleted while it was in use."""


class StreamMismatch(BusError):
    """The stream, or the consumer, is not as it is declared."""


class RunDiverged(BusError):
    """The stream holds other events under this run's id."""


class LogError(EventError):
    """A log cannot be used as it stands."""


class LogCorrupt(LogError):
    """A line breaks a rule.

    Args:
        problem: What is wrong, and what to do.
        line: One-based line number, 0 while not known.
        path: The log's file, None while not known.
    """

    def __init__(self, problem: str, *, line: int = 0, path: Path | None = None) -> None:
        self.problem = problem
        self.line = line
        self.path = path
        where = f"{path}, line {line}: " if path else f"line {line}: " if line else ""
        super().__init__(where + problem)

    def at(self, line: int, path: Path | None) -> "LogCorrupt":
        """The same error, placed."""
        return type(self)(self.problem, line=line, path=path)


class LineUnreadable(LogCorrupt):
    """The line is not an event: not JSON, not UTF-8, or members are missing."""


class LineChanged(LogCorrupt):
    """The line's hash does not match its bytes and the line before it."""


class LineMissing(LogCorrupt):
    """The sequence jumps ahead: lines were deleted."""


class LineOutOfOrder(LogCorrupt):
    """The sequence goes back or lines changed places."""


class LineTorn(LogCorrupt):
    """The last line has no newline: it was cut while being written."""


class TypeUnknown(LogCorrupt):
    """The event's type is not in this version's catalogue."""


class SchemaTooNew(LogCorrupt):
    """The event's schema version is newer than this program's."""


class DataInvalid(LogCorrupt):
    """The event's data does not fit its type's schema."""


class LogLocked(LogError):
    """Another process writes this log."""


class LogNotFound(LogError):
    """There is no log there."""


class LogExists(LogError):
    """There is a log there already, and a new one was asked for."""


class LogDiverged(LogError):
    """The file is not what this writer left behind: somebody else wrote to it."""


class LogWriteFailed(LogError):
    """The disk refused an append; what was half-written has been taken back."""
