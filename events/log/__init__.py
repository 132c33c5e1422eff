"""Where events are kept."""

from events.log.file import FileLog
from events.log.lines import BEGINNING, Line, LineReader, Place
from events.log.memory import MemoryLog
from events.log.port import Log
from events.log.reader import LogReader, follow, read_event, verify

__all__ = [
    "BEGINNING",
    "FileLog",
    "Line",
    "LineReader",
    "Log",
    "LogReader",
    "MemoryLog",
    "Place",
    "follow",
    "read_event",
    "verify",
]
