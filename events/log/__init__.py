"""Where events are kept."""

from events.log.file import FileLog
from events.log.memory import MemoryLog
from events.log.port import Log
from events.log.reader import LogReader, follow, read_event, verify

__all__ = ["FileLog", "Log", "LogReader", "MemoryLog", "follow", "read_event", "verify"]
