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
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from math import inf
from pathlib import Path
from random import Random

from events.bus.cursor import CURSOR_NAME, Cursor, CursorKeeper
from events.bus.port import Bus, Held, Message, Publisher
from events.bus.settings import STREAM
from events.bus.start import Start, start_of
from events.bus.subject import filter_of
from events.errors import BusError, BusUnavailable, RunDiverged, StreamLost
from events.log.growth import Growth, first_of, watching
from events.log.lines import LineReader, Place

__all__ = ["Notice", "Relay"]

Notice = Callable[[str], None]
"""Is told what people should know: that the bus is away, that it is back, that the stream is filled again."""

READ_LINES = 256
READ_BYTES = 1 << 20
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 20.0
LOOK_S = 10.0  # between two looks at a stream that nothing is sent to: it may have been deleted

_WHY = {
    "another stream": "the stream is not that of the last time: it was deleted, or the broker is another one",
    "lost its end": "the stream has lost what it had acknowledged: its broker lost power, or went back to a copy",
}


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
        log: The log file.
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
        self.log = log
        self.sent = 0
        self._run_id = run_id
        self._bus = bus
        self._notice = notice
        self._jitter = jitter
        self._longest_pause_s = longest_pause_s
        self._keeper = CursorKeeper(log.with_name(CURSOR_NAME))
        self._finish = asyncio.Event()
        self._away = False
        self._last_type = ""

    @property
    def place(self) -> Place:
        """The log's lines up to here are on the stream."""
        return self._keeper.cursor.place

    def finish(self) -> None:
        """Asks `follow` to end once what the log holds now is on the stream, or one more try finds the bus away."""
        self._finish.set()

    async def once(self, *, wait_s: float | None = None) -> None:
        """Returns once everything that the log holds is on the stream.

        Args:
            wait_s: Seconds in a row that the bus may be away before that is an error; None: it is waited for.

        Raises:
            BusError: The bus will not have it, and trying again does not help; or it was away for too long.
            LogError: The log is gone or damaged, or another relay works on it.
        """
        await self._persist(None, wait_s=wait_s)

    async def follow(self, *, to_the_end: bool = False, wait_s: float | None = None) -> None:
        """Relays what the log holds and what comes, until `finish`.

        Args:
            to_the_end: Return by itself once the log's last line says that the run stopped.
            wait_s: As for `once`.

        Raises:
            BusError: As for `once`. After `finish`, also that the bus is away.
            LogError: As for `once`.
        """
        async with watching(self.log) as growth:
            await self._persist(growth, to_the_end=to_the_end, wait_s=wait_s)

    async def _persist(self, growth: Growth | None, *, to_the_end: bool = False, wait_s: float | None) -> None:
        """Carries; when the bus fails, begins again after longer and longer pauses."""
        failures, began = 0, 0.0
        clock = asyncio.get_running_loop().time
        with self._keeper:
            while True:
                before, asked_to_end = self.place.sequence, self._finish.is_set()
                try:
                    async with await self._bus.publisher(self._run_id) as publisher:
                        await self._carry(publisher, growth, to_the_end=to_the_end)
                    return
                except (BusUnavailable, StreamLost) as error:
                    if asked_to_end and isinstance(error, BusUnavailable):
                        raise  # this try began when it was asked to end, and was the last one
                    failures = 1 if self.place.sequence > before else failures + 1
                    began = clock() if failures == 1 else began
                    left_s = inf if wait_s is None else began + wait_s - clock()
                    if left_s <= 0:
                        raise type(error)(
                            f"{error}; it was waited for {wait_s:g} s: events of {self._run_id} behind "
                            f"{self.place.sequence} are in its log alone, and the next relay goes on from there"
                        ) from None
                    await self._pause(error, failures, most_s=left_s)

    async def _pause(self, error: BusError, failures: int, *, most_s: float) -> None:
        longest_s = min(self._longest_pause_s, most_s, FIRST_PAUSE_S * 2 ** min(failures - 1, 20))
        pause_s = longest_s * (0.5 + self._jitter.random() / 2)
        if not self._away:
            self._away = True
            self._notice(
                f"{error}; events of {self._run_id} wait in its log, and the relay tries again until they pass"
            )
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._finish.wait()

    async def _carry(self, publisher: Publisher, growth: Growth | None, *, to_the_end: bool) -> None:
        """Sends what the stream lacks, and what comes; raises as the publisher fails."""
        held = await publisher.held()
        reader, skip = await self._begin(publisher, held)
        if self._away:
            self._away = False
            self._notice(f"the bus takes events of {self._run_id} again, from event {reader.place.sequence + 1}")
        clock = asyncio.get_running_loop().time
        looked_at = clock()
        while True:
            finishing = growth is None or self._finish.is_set()
            await self._send_all(publisher, reader, skip, held.stream)
            if finishing or (to_the_end and self._last_type == "run.stopped"):
                await publisher.check()
                return
            if clock() - looked_at > LOOK_S:
                await publisher.check()
                looked_at = clock()
            await self._wait(publisher, growth)

    async def _send_all(self, publisher: Publisher, reader: LineReader, skip: frozenset[int], stream: str) -> None:
        """Sends all that the log holds; the cursor is at its end when everything is acknowledged."""
        marks: deque[tuple[int, Place]] = deque()
        checked = False
        while lines := await asyncio.to_thread(reader.take, READ_LINES, READ_BYTES):
            if not checked:  # a stream that others have made again must not get this run from the middle
                await publisher.check()
                checked = True
            for line in lines:
                if line.sequence not in skip:
                    await publisher.send(Message(self._run_id, line.sequence, line.type, line.text))
                    self.sent += 1
            self._last_type = lines[-1].type
            marks.append((lines[-1].sequence, reader.place))
            place = None
            while marks and marks[0][0] <= publisher.acknowledged:
                place = marks.popleft()[1]
            if place is not None:
                await self._keeper.move(Cursor(stream, publisher.position, place))
        await publisher.settle()
        position = max(publisher.position, self._keeper.cursor.position)
        await self._keeper.move(Cursor(stream, position, reader.place), at_once=True)

    async def _begin(self, publisher: Publisher, held: Held) -> tuple[LineReader, frozenset[int]]:
        """A reader behind what the stream holds, and which later lines it holds too."""
        start = start_of(self._keeper.cursor, held)
        if start.why:
            self._notice(f"{_WHY[start.why]}; filling it with {self._run_id} from its log")
            self._keeper.forget()
        reader = LineReader(self.log, run_id=self._run_id, place=start.place)
        skip = await publisher.sequences(start.after) if start.mend else frozenset[int]()
        await self._advance(reader, start, held)
        return reader, skip

    async def _advance(self, reader: LineReader, start: Start, held: Held) -> None:
        """Reads on to where sending begins, and makes sure that the stream's last line of the run is the log's."""
        if held.count and held.last == reader.place.sequence:
            self._same(held, reader.place.hash)
        while reader.place.sequence < start.after:
            most = min(READ_LINES, start.after - reader.place.sequence)
            lines = await asyncio.to_thread(reader.take, most, READ_BYTES)
            if not lines:
                raise self._diverged(f"the log ends at event {reader.place.sequence}, the stream at event {held.last}")
            self._last_type = lines[-1].type
            if lines[-1].sequence == held.last:
                self._same(held, lines[-1].hash)

    def _same(self, held: Held, link: str) -> None:
        if not held.last_line.endswith(f'"hash":"{link}"}}'.encode()):
            raise self._diverged(f"event {held.last} of the stream is not event {held.last} of the log")

    def _diverged(self, how: str) -> RunDiverged:
        subject = filter_of(self._run_id, "")
        return RunDiverged(
            f"the stream holds another run of the id {self._run_id}: {how}; give one of them another run_id, or drop "
            f"the other's events with \"nats stream purge {STREAM} --subject '{subject}'\""
        )

    async def _wait(self, publisher: Publisher, growth: Growth | None) -> None:
        """Waits until there may be something to do; raises what went wrong meanwhile."""
        assert growth is not None, "who relays once does not wait"
        await first_of((growth.grown(), publisher.failed(), self._finish.wait()))
        growth.check()
        await publisher.settle()  # raises if it has failed
