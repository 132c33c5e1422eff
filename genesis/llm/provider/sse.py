"""Server-sent events from bytes, as they come: the part of the format that models' servers use.

A whole body is never copied twice: complete events are cut off the buffer, the rest waits. The SDKs build a Pydantic
object for each piece of text; here a piece costs one JSON decode.
"""

from collections.abc import Iterator

__all__ = ["EventStream"]


class EventStream:
    """Cuts a stream of bytes into the data of its events. Comments, event names and ids are passed over."""

    __slots__ = ("_begun", "_data")

    def __init__(self) -> None:
        self._begun: list[bytes] = []  # pieces of a line that is not complete, joined once it is
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The data of each event that is complete with this chunk, lines joined by newlines."""
        if b"\n" not in chunk:
            self._begun.append(chunk)
            return
        *lines, rest = b"".join((*self._begun, chunk)).split(b"\n")
        self._begun = [rest]
        for line in lines:
            yield from self._line(line.removesuffix(b"\r"))

    def end(self) -> Iterator[bytes]:
        """What was left without the empty line that ends an event: some servers leave it out at the very end."""
        yield from self._line(b"".join(self._begun))
        yield from self._line(b"")

    def _line(self, line: bytes) -> Iterator[bytes]:
        if not line:
            if self._data:
                data, self._data = b"\n".join(self._data), []
                yield data
        elif line.startswith(b"data:"):
            self._data.append(line[5:].removeprefix(b" "))
