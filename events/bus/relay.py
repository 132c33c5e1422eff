"""Carries a run's log to a bus: every line exactly once, in order, whatever breaks on the way.

Theory of operation. The relay reads lines that are verified and on disk, and hands them to a publisher, which has many
in flight. What is acknowledged moves the cursor, a file beside the log that is never ahead of the bus. Nobody waits for
the relay: it has the log's file to read and no tie to whoever writes it.

A publisher that fails is dropped with all that it had in flight. The relay backs off, opens another, asks the stream
what it holds of the run, and begins behind that; what it sends a second time, the broker drops by the event's id. A
stream that was deleted is made again and filled from the log. `events.bus.start` decides where to begin.

Only one relay works on a run at a time: a lock beside the cursor holds off a second.
"""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import structlog
from watchfiles import awatch  # pyright: ignore[reportUnknownVariableType]  its signature names types of trio, which is not installed

from events.bus.cursor import CURSOR_NAME, Cursor
from events.bus.port import Bus, Held, Message, Publisher
from events.bus.start import Start, start_of
from events.bus.subject import filter_of
from events.errors import BusUnavailable, LogNotFound, RunDiverged, StreamLost
from events.log.lines import Line, LineReader, Place
from events.log.lock import hold

__all__ = ["Notice", "Relay"]

Notice = Callable[[str], None]
"""Is told what people should know: that the bus is away, that it is back, that the stream is filled again."""

READ_LINES = 256
READ_BYTES = 1 << 20
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 20.0
_SAVE_S = 0.5  # between two writes of the cursor: a lost one costs a look at the stream
_LOOK_S = 10.0  # between two looks at a stream that nothing is sent to: it may have been deleted


class Relay:
    """One run's way to a bus.

    Args:
        log: The run's log file; it has to be there.
        run_id: The run.
        bus: Where to.
        notice: Is told what people should know.
        jitter: Spreads the tries of many relays whose broker comes back.
        longest_pause_s: Between two tries.

    Attributes:
        sent: How many events this relay has sent, what was sent again included.
    """

    def __init__(
        self,
        log: Path,
        *,
        run_id: str,
        bus: Bus,
        notice: Notice,
        jitter: Random,
        longest_pause_s: float = LONGEST_PAUSE_S,
    ) -> None:
        self.sent = 0
        self._log = log
        self._run_id = run_id
        self._bus = bus
        self._notice = notice
        self._jitter = jitter
        self._longest_pause_s = longest_pause_s
        self._cursor_path = log.with_name(CURSOR_NAME)
        self._cursor = Cursor()
        self._saved = Cursor()
        self._saved_at = 0.0
        self._last_type = ""
        self._grown = asyncio.Event()
        self._finish = asyncio.Event()
        self._quiet = True
        self._logger = structlog.get_logger().bind(relayed_run=run_id)

    @property
    def place(self) -> Place:
        """The log's lines up to here are on the stream."""
        return self._cursor.place

    def finish(self) -> None:
        """Asks `follow` to end once everything that is in the log now is on the stream, or cannot be sent now."""
        self._finish.set()
        self._grown.set()

    async def once(self) -> None:
        """Returns once everything that the log holds is on the stream; waits for the bus as long as that takes.

        Raises:
            BusError: The bus will not have it; trying again does not help.
            LogError: The log is gone or damaged, or another relay works on it.
        """
        self._finish.set()
        await self._held_against_others(patient=True)

    async def follow(self, *, to_the_end: bool = False) -> None:
        """Relays what the log holds and what comes, until `finish`.

        Args:
            to_the_end: Return by itself once the last line says that the run stopped.

        Raises:
            BusError: The bus will not have it. After `finish`, also that it is away.
            LogError: As for `once`.
        """
        watching = asyncio.create_task(self._watch())
        try:
            await self._held_against_others(patient=False, to_the_end=to_the_end, watching=watching)
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    async def _held_against_others(
        self, *, patient: bool, to_the_end: bool = False, watching: "asyncio.Task[None] | None" = None
    ) -> None:
        busy = f"{self._log} is being relayed by {{owner}}: one relay a run is enough; stop that one first"
        lock = hold(self._cursor_path.with_name(f"{CURSOR_NAME}.lock"), busy=busy)
        try:
            self._cursor = self._saved = Cursor.load(self._cursor_path)
            await self._persist(patient=patient, to_the_end=to_the_end, watching=watching)
        finally:
            self._save()
            os.close(lock)

    async def _persist(self, *, patient: bool, to_the_end: bool, watching: "asyncio.Task[None] | None") -> None:
        """Carries, and begins again when the bus fails, after longer and longer pauses."""
        failures = 0
        while True:
            before = self._cursor.place.sequence
            try:
                async with await self._bus.publisher(self._run_id) as publisher:
                    await self._carry(publisher, to_the_end=to_the_end, watching=watching)
                return
            except (BusUnavailable, StreamLost) as error:
                failures = 1 if self._cursor.place.sequence > before else failures + 1
                if isinstance(error, BusUnavailable) and self._finish.is_set() and not patient:
                    raise
                await self._pause(error, failures)

    async def _pause(self, error: Exception, failures: int) -> None:
        longest = min(self._longest_pause_s, FIRST_PAUSE_S * 2 ** min(failures - 1, 20))
        pause_s = longest * (0.5 + self._jitter.random() / 2)
        self._logger.warning("relay waits", error=str(error), failures=failures, pause_s=round(pause_s, 3))
        if self._quiet:
            self._notice(f"{error}; the run goes on, its log keeps the events, and the relay tries again until it gets through")
            self._quiet = False
        finishing = asyncio.ensure_future(self._finish.wait())
        # asked to finish, it tries once more at once; one that was asked before it began keeps its pauses
        waits = (finishing,) if not finishing.done() and not self._finish.is_set() else ()
        await asyncio.wait((*waits, asyncio.ensure_future(asyncio.sleep(pause_s))), return_when=asyncio.FIRST_COMPLETED)
        finishing.cancel()

    async def _carry(
        self, publisher: Publisher, *, to_the_end: bool, watching: "asyncio.Task[None] | None"
    ) -> None:
        """Sends what the stream lacks, and what comes; raises as the publisher fails."""
        held = await publisher.held()
        reader, skip = await self._begin(publisher, held)
        if not self._quiet:
            self._notice(f"the bus takes events again: relaying {self._run_id} from event {reader.place.sequence + 1}")
            self._quiet = True
        marks: deque[tuple[int, Place]] = deque()
        while True:
            self._grown.clear()
            lines = await asyncio.to_thread(reader.take, READ_LINES, READ_BYTES)
            for line in lines:
                if line.sequence not in skip:
                    await publisher.send(Message(self._run_id, line.sequence, line.type, line.text))
                    self.sent += 1
            if lines:
                self._last_type = lines[-1].type
                marks.append((lines[-1].sequence, reader.place))
                self._move(publisher, held.stream, marks)
                continue
            await publisher.settle()
            self._reach(Cursor(held.stream, max(publisher.position, self._cursor.position), reader.place))
            self._save()
            if self._finish.is_set() or (to_the_end and self._last_type == "run.stopped"):
                await self._look(publisher)
                return
            await self._wait(publisher, watching)

    async def _begin(self, publisher: Publisher, held: Held) -> tuple[LineReader, frozenset[int]]:
        """A reader behind what the stream holds, and which later lines it holds too."""
        start = start_of(self._cursor, held)
        if start.why:
            self._notice(f"the stream {start.why} since {self._run_id} was relayed last: filling it from the log")
            self._cursor = Cursor()
        reader = LineReader(self._log, run_id=self._run_id, place=start.place)
        skip = await publisher.sequences(start.after) if start.mend else frozenset[int]()
        await self._advance(reader, start, held)
        return reader, skip

    async def _advance(self, reader: LineReader, start: Start, held: Held) -> None:
        """Reads on to where sending begins, and makes sure that the stream's last line of the run is the log's."""
        if held.last == reader.place.sequence and held.count:
            self._same(held, reader.place.hash)
        while reader.place.sequence < start.after:
            most = min(READ_LINES, start.after - reader.place.sequence)
            lines: list[Line] = await asyncio.to_thread(reader.take, most, READ_BYTES)
            if not lines:
                raise self._diverged(f"the log ends at event {reader.place.sequence}, the stream at {held.last}")
            self._last_type = lines[-1].type
            if lines[-1].sequence == held.last:
                self._same(held, lines[-1].hash)

    def _same(self, held: Held, link: str) -> None:
        if f'"hash":"{link}"'.encode() not in held.last_line[-80:]:
            raise self._diverged(f"event {held.last} of the stream is not event {held.last} of the log")

    def _diverged(self, how: str) -> RunDiverged:
        return RunDiverged(
            f"the stream holds another run of the id {self._run_id}: {how}; relay this one under another run_id, or drop "
            f"the other's with \"nats stream purge GENESIS_EVENTS --subject '{filter_of(self._run_id, '')}'\""
        )

    def _move(self, publisher: Publisher, stream: str, marks: "deque[tuple[int, Place]]") -> None:
        """Moves the cursor to the last line that is read and acknowledged."""
        place = None
        while marks and marks[0][0] <= publisher.acknowledged:
            place = marks.popleft()[1]
        if place is not None:
            self._reach(Cursor(stream, publisher.position, place))
            if asyncio.get_running_loop().time() - self._saved_at > _SAVE_S:
                self._save()

    def _reach(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def _save(self) -> None:
        if self._cursor == self._saved or not self._log.parent.is_dir():
            return
        self._cursor.save(self._cursor_path)
        self._saved = self._cursor
        self._saved_at = asyncio.get_running_loop().time()

    async def _look(self, publisher: Publisher) -> None:
        """Makes sure that the stream is still the one that the cursor is of."""
        held = await publisher.held()
        if held.stream != self._cursor.stream or held.position < self._cursor.position:
            raise StreamLost("the stream was deleted and made again")

    async def _wait(self, publisher: Publisher, watching: "asyncio.Task[None] | None") -> None:
        """Waits for the log to grow; looks at the stream now and then; raises what goes wrong meanwhile."""
        growing, failing = asyncio.ensure_future(self._grown.wait()), asyncio.ensure_future(publisher.failed())
        waits = {growing, failing} | ({watching} if watching else set[asyncio.Task[None]]())
        try:
            done, _ = await asyncio.wait(waits, timeout=_LOOK_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            growing.cancel()
            failing.cancel()
        if watching in done:
            watching.result()
        if not done:
            await self._look(publisher)
        await publisher.settle()  # raises if it has failed

    async def _watch(self) -> None:
        """Says when the log grows, and ends with an error when it is gone."""
        async for _ in _changes(self._log):
            if not self._log.is_file():
                raise LogNotFound(f"the log at {self._log} is gone: it was deleted or moved")
            self._grown.set()


def _changes(path: Path) -> "AsyncIterator[object]":
    return awatch(path, debounce=50, step=20, rust_timeout=1000, yield_on_timeout=True, recursive=False)
