"""Publishes a run's lines to JetStream, many in flight, each acknowledged.

Theory of operation. Every message asks for its acknowledgement at an inbox of this publisher whose last token is the
event's sequence, so one subscription hears them all and matching one costs a look at the front of a queue. The window
bounds what is in flight, in messages and in bytes. When nothing is acknowledged for too long, or the connection breaks,
or the broker says that it did not store something, the publisher fails as a whole and stays failed: its owner opens a
new one, asks the stream what it holds, and goes on from there. The broker drops what it gets twice, by ``Nats-Msg-Id``.
"""

import asyncio
from collections import deque
from datetime import datetime
from typing import Self

import msgspec
from nats.aio.msg import Msg
from nats.js.api import RawStreamMsg, StreamInfo
from nats.js.errors import APIError, NoStreamResponseError, NotFoundError

from events.bus.connection import Connection
from events.bus.consumer import MESSAGE_ID, Replay
from events.bus.port import Held, Message
from events.bus.settings import STREAM, NatsSettings
from events.bus.stream import prepare
from events.bus.subject import filter_of, subject_of
from events.errors import BusError, BusRefused, BusUnavailable, StreamLost

__all__ = ["NatsPublisher"]

WINDOW_MESSAGES = 512
WINDOW_BYTES = 16 << 20
ACKNOWLEDGE_S = 5.0
_REFILL_AT = 0.75  # of the window: woken for each acknowledgement, the sender would do little else


class _Refusal(msgspec.Struct):
    code: int = 500
    err_code: int = 0
    description: str = ""


class _Acknowledgement(msgspec.Struct):
    """What JetStream answers to a message."""

    seq: int = 0
    duplicate: bool = False
    error: _Refusal | None = None


_ACKNOWLEDGEMENT = msgspec.json.Decoder(_Acknowledgement)


class NatsPublisher:
    """See `events.bus.port.Publisher`. Made by `open`."""

    def __init__(self, connection: Connection, run_id: str, *, stream: StreamInfo, acknowledge_s: float) -> None:
        self.acknowledged = 0
        self.position = 0
        self._connection = connection
        self._run_id = run_id
        self._made = stream.created
        self._acknowledge_s = acknowledge_s
        self._inbox = connection.client.new_inbox()
        self._subjects: dict[str, str] = {}
        self._flight: deque[tuple[int, int]] = deque()
        self._flight_bytes = 0
        self._early: set[int] = set()
        self._target = 0
        self._eased = asyncio.Event()
        self._failure: BusError | None = None
        self._failed = asyncio.Event()
        self._watch = asyncio.create_task(self._watch_connection())

    @classmethod
    async def open(
        cls, settings: NatsSettings, run_id: str, *, acknowledge_s: float = ACKNOWLEDGE_S
    ) -> "NatsPublisher":
        """A publisher of a run, on a connection of its own; the stream is made if it is not there.

        Args:
            settings: Where the broker is.
            run_id: The run.
            acknowledge_s: How long nothing may be acknowledged while something is in flight.
        """
        connection = await Connection.open(settings, name=f"genesis relay {run_id}")
        try:
            stream = await prepare(connection, settings.stream)
            publisher = cls(connection, run_id, stream=stream, acknowledge_s=acknowledge_s)
            with connection.translating():
                await connection.client.subscribe(  # pyright: ignore[reportUnknownMemberType]  a future without its type
                    f"{publisher._inbox}.*", cb=publisher._hear
                )
        except BaseException:
            await connection.aclose()
            raise
        return publisher

    async def held(self) -> Held:
        """What the stream holds of the run."""
        jetstream, subjects = self._connection.jetstream, filter_of(self._run_id, "")
        with self._connection.translating():
            info = await jetstream.stream_info(STREAM, subjects_filter=subjects)
            count = sum((info.state.subjects or {}).values())
            held = Held(_identity(info.created), info.state.last_seq, count, trimmed=info.state.first_seq > 1)
            if not count:
                return held
            try:
                last = await jetstream.get_last_msg(STREAM, subjects)
                first = await jetstream.get_msg(STREAM, seq=1, subject=subjects, next=True)
            except NotFoundError:  # dropped by the stream's limits in between
                return Held(held.stream, held.position, trimmed=True)
        return Held(
            held.stream,
            held.position,
            count,
            first=_sequence(first),
            last=_sequence(last),
            last_line=last.data or b"",
            trimmed=held.trimmed,
        )

    async def check(self) -> None:
        """Makes sure that the stream is still the one that this publisher began with."""
        with self._connection.translating():
            info = await self._connection.jetstream.stream_info(STREAM)
        if info.created != self._made or info.state.last_seq < self.position:
            raise StreamLost(f"the stream at {self._connection.where} was deleted and made again")

    async def sequences(self, after: int) -> frozenset[int]:
        """Which of the run's events behind ``after`` the stream holds."""
        found: set[int] = set()
        replay = Replay(self._connection, filter_of(self._run_id, ""), headers_only=True)
        async for delivery in replay.read(after=0, follow=False):
            found.add(delivery.sequence)
        return frozenset(sequence for sequence in found if sequence > after)

    async def send(self, message: Message) -> None:
        """Hands an event over; waits while too many are in flight."""
        if len(self._flight) >= WINDOW_MESSAGES or self._flight_bytes >= WINDOW_BYTES:
            await self._until_left(int(WINDOW_MESSAGES * _REFILL_AT))
        if self._failure is not None:
            raise self._failure
        sequence, size = message.sequence, len(message.line)
        if size > self._connection.client.max_payload:
            raise BusRefused(
                f"event {message.id} has {size:,} bytes, and {self._connection.where} takes "
                f"{self._connection.client.max_payload:,}: raise max_payload in the server's configuration"
            )
        self._flight.append((sequence, size))
        self._flight_bytes += size
        with self._connection.translating():
            await self._connection.client.publish(
                self._subject(message.type),
                message.line,
                reply=f"{self._inbox}.{sequence}",
                headers={MESSAGE_ID: message.id},
            )

    async def settle(self) -> None:
        """Returns once everything sent is acknowledged."""
        await self._until_left(0)

    async def failed(self) -> None:
        """Returns once it has failed."""
        await self._failed.wait()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        self._watch.cancel()
        await self._connection.aclose()

    def _subject(self, kind: str) -> str:
        subject = self._subjects.get(kind)
        if subject is None:
            subject = self._subjects[kind] = subject_of(self._run_id, kind)
        return subject

    async def _until_left(self, most: int) -> None:
        """Waits until no more than ``most`` are in flight, and the bytes fit; fails when nothing moves for too long."""
        self._target = most
        while self._failure is None and (len(self._flight) > most or self._flight_bytes >= WINDOW_BYTES):
            before = len(self._flight)
            self._eased.clear()
            try:
                async with asyncio.timeout(self._acknowledge_s):
                    await self._eased.wait()
            except TimeoutError:
                if len(self._flight) == before:
                    where = self._connection.where
                    self._fail(BusUnavailable(f"{where} acknowledged nothing for {self._acknowledge_s:g} s"))
        if self._failure is not None:
            raise self._failure

    async def _hear(self, answer: Msg) -> None:
        """One acknowledgement."""
        if not answer.data:  # no responders: no stream has the subject
            self._fail(self._connection.translated(NoStreamResponseError()))
            return
        told = _ACKNOWLEDGEMENT.decode(answer.data)
        if told.error is not None:
            self._fail(self._connection.translated(APIError(**msgspec.structs.asdict(told.error))))
            return
        if told.seq <= self.position and not told.duplicate:
            self._fail(StreamLost(f"the stream at {self._connection.where} was deleted and made again"))
            return
        self.position = max(self.position, told.seq)
        self._land(int(answer.subject.rpartition(".")[2]))

    def _land(self, sequence: int) -> None:
        self._early.add(sequence)
        flight = self._flight
        while flight and flight[0][0] in self._early:
            landed, size = flight.popleft()
            self._early.discard(landed)
            self._flight_bytes -= size
            self.acknowledged = landed
        if len(flight) <= self._target and self._flight_bytes < WINDOW_BYTES:
            self._eased.set()

    def _fail(self, error: BusError) -> None:
        if self._failure is None:
            self._failure = error
        self._failed.set()
        self._eased.set()

    async def _watch_connection(self) -> None:
        await self._connection.broken.wait()
        self._fail(self._connection.failure())


def _identity(made: datetime | None) -> str:
    """A stream that is made again has another birthday."""
    return "" if made is None else made.isoformat()


def _sequence(message: RawStreamMsg) -> int:
    headers: dict[str, str] = message.headers or {}  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  untyped
    return int((headers.get(MESSAGE_ID) or "0").rpartition(":")[2])
