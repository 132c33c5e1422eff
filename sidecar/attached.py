"""A sidecar that belongs to the process that started it.

It writes what becomes of it to stdout, a JSON object a line: ``{"away": WHY}`` when the store takes nothing, empty when
it does again, ``{"failed": WHY}`` for what it ends with or gives up, and at last ``{"loaded": {RUN_ID: SEQUENCE}}``.
When its stdin ends, because whoever started it closed it or died, it loads what is there and ends.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress

import orjson

__all__ = ["at_end_of_stdin", "report"]


def report(name: str, what: str | Mapping[str, int]) -> None:
    """Writes a line, if anybody still reads it."""
    with suppress(BrokenPipeError):
        os.write(sys.stdout.fileno(), orjson.dumps({name: what}, option=orjson.OPT_APPEND_NEWLINE))


@contextmanager
def at_end_of_stdin(drain: Callable[[], None]) -> Generator[None]:
    """Asks for the end when stdin ends."""
    loop, descriptor = asyncio.get_running_loop(), sys.stdin.fileno()

    def read() -> None:
        if not os.read(descriptor, 4096):
            loop.remove_reader(descriptor)
            drain()

    loop.add_reader(descriptor, read)
    try:
        yield
    finally:
        loop.remove_reader(descriptor)
