"""ClickHouse's engine in this process (chDB): one statement for many batches, whose lines come through a pipe.

How a line is loaded once. The engine locks its directory, so whoever else loads is in this process, and waits its turn:
nobody moves a place between asking for it and loading what continues it, and no token is needed. A statement that fails
or dies may have written some of its blocks and not one between them: what the tables hold afterwards counts, as with a
server, and the gap is closed first.

Why a pipe. One processor writes a block. With a statement a batch the others would wait for it; in one statement they
write another block, or parse what comes next. Nothing is copied to a file first, and what is held is on its way.
"""

import fcntl
import os
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Lock

from sidecar.feed import Batch, Place
from sidecar.settings import ClickHouseSettings
from sidecar.sink.clickhouse import READING, ClickHouseSink, Told, structure_of
from sidecar.sink.port import Following

__all__ = ["ChdbSink", "clickhouse_sink"]

_MANY_BLOCKS = {
    **READING,
    "min_insert_block_size_bytes": 160 << 20,
    "insert_deduplicate": 0,
    "deduplicate_insert_select": "disable",
}
"""A block is written whenever so much is parsed. Smaller ones are merged soon, which takes longer than writing them;
larger ones take memory, and the last ones are written alone."""

_PIPE_BYTES = 1 << 20

_TURNS: defaultdict[Path, Lock] = defaultdict(Lock)
"""Whose turn it is to load into the engine of a directory."""


def clickhouse_sink(settings: ClickHouseSettings) -> ClickHouseSink:
    """The sink for a store: a server, or the engine in this process.

    Raises:
        SettingsInvalid: The settings cannot be used.
    """
    return ChdbSink(settings) if settings.chdb else ClickHouseSink(settings)


class ChdbSink(ClickHouseSink):
    """Tables of an engine in this process.

    Args:
        settings: Where it is.

    Raises:
        SettingsInvalid: The settings cannot be used.
    """

    def __init__(self, settings: ClickHouseSettings) -> None:
        super().__init__(settings)
        self._turn = _TURNS[Path(settings.chdb).resolve()]

    async def load(self, batch: Batch) -> Place:
        """Loads a batch."""
        return await self.stream(batch, lambda: None)

    async def stream(self, first: Batch, following: Following) -> Place:
        """Loads a batch and those that follow it."""
        return await self._do(partial(self._stream, first, following))

    def _stream(self, first: Batch, following: Following) -> Place:
        with self._turn:
            held = self._held(first.key)
            if held.line != first.after:
                return Place(held.line)
            last = first

            def bodies() -> Iterator[bytes]:
                nonlocal last
                yield first.body
                while (batch := following()) is not None:
                    yield batch.body
                    last = batch

            if first.letters:
                self._send_letters(first, held)
            if first.rows:
                self._pour(first.key.kind, self._statement(first.key, held), bodies(), self._shared(first))
            held = self._held(first.key)
        if held.line == first.after:
            raise self._nothing_kept(first, last.last)
        return held.place(last)

    def _insert(self, table: str, statement: str, body: bytes, told: Told, token: str) -> None:
        del token
        self._pour(table, statement, iter((body,)), told)

    def _pour(self, table: str, statement: str, bodies: Iterator[bytes], told: Told) -> None:
        """Inserts lines of JSON as they come."""
        reading, writing = os.pipe()
        source = f"file('/dev/fd/{reading}', JSONEachRow, '{structure_of(table)}')"
        with ThreadPoolExecutor(1, "lines") as threads:
            writer = threads.submit(_write, writing, bodies)
            try:
                self._connection().command(
                    statement.replace("@source@", source), parameters=told, settings=_MANY_BLOCKS
                )
            finally:
                os.close(reading)  # a writer whose lines nobody reads any more ends
        writer.result()


def _write(pipe: int, bodies: Iterator[bytes]) -> None:
    with suppress(BrokenPipeError), open(pipe, "wb") as file:
        if hasattr(fcntl, "F_SETPIPE_SZ"):  # Linux has it, macOS does not
            fcntl.fcntl(file, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        file.writelines(bodies)
