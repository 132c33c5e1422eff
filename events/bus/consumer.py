"""Reads events from JetStream: durably, with a place that the broker keeps, or as an ordered replay."""

import re
import secrets
from collections.abc import AsyncIterator, Sequence

from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from events.bus.connection import Connection
from events.bus.port import Delivery
from events.bus.pull import Pull
from events.bus.settings import STREAM, NatsSettings
from events.bus.stream import prepare
from events.bus.subject import filter_of, matches, run_and_type
from events.codec import head_of
from events.errors import BusRefused, LineUnreadable, StreamMismatch

__all__ = ["MESSAGE_ID", "NatsConsumer", "Replay"]

MESSAGE_ID = "Nats-Msg-Id"

REDELIVER_S = 30.0
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_REPLAY_BATCH = 256
_REPLAY_WAIT_S = 1.0
_FORGOTTEN_S = 60.0  # after which the broker drops a replay that nobody reads
_V1_TOKENS = 9  # of an acknowledgement's subject; a later form has the domain and the account before the stream


class NatsConsumer:
    """See `events.bus.port.Consumer`. Made by `open`."""

    def __init__(self, connection: Connection, pull: Pull, types: str) -> None:
        self._connection = connection
        self._pull = pull
        self._types = types

    @classmethod
    async def open(
        cls,
        settings: NatsSettings,
        name: str,
        *,
        run_id: str | None,
        types: str,
        unacknowledged: int,
        redeliver_s: float = REDELIVER_S,
    ) -> "NatsConsumer":
        """The consumer of that name, on a connection of its own, made if it is not there.

        Args:
            settings: Where the broker is.
            name: Letters, digits, ``_`` and ``-``.
            run_id: Only this run's events.
            types: Only types that match this pattern.
            unacknowledged: How many may be given out and not yet acknowledged.
            redeliver_s: What is not acknowledged within this time is given out again.
        """
        if not _NAME.fullmatch(name):
            raise BusRefused(f"consumer {name!r}: a name has letters, digits, '_' and '-'")
        connection = await Connection.open(settings, name=f"genesis consumer {name}")
        try:
            await prepare(connection, settings.stream)
            subject = filter_of(run_id, types)
            with connection.translating():
                await _agree(connection, name, subject)
                config = ConsumerConfig(
                    name=name,
                    durable_name=name,
                    filter_subject=subject,
                    ack_policy=AckPolicy.EXPLICIT,
                    deliver_policy=DeliverPolicy.ALL,
                    ack_wait=redeliver_s,
                    max_ack_pending=unacknowledged,
                    max_deliver=-1,
                )
                await connection.jetstream.add_consumer(  # pyright: ignore[reportUnknownMemberType]  untyped keywords
                    STREAM, config
                )
            pull = await Pull.open(connection, name)
        except BaseException:
            await connection.aclose()
            raise
        return cls(connection, pull, types)

    async def fetch(self, most: int, *, wait_s: float) -> Sequence[Delivery]:
        """The next events; empty when none came."""
        deliveries = [_delivery(message) for message in await self._pull.fetch(most, wait_s)]
        wanted = [each for each in deliveries if matches(each.type, self._types)]
        if len(wanted) < len(deliveries):
            await self.acknowledge([each for each in deliveries if not matches(each.type, self._types)])
        return wanted

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Says that these need never be given out again."""
        with self._connection.translating():
            for delivery in deliveries:
                await self._connection.client.publish(delivery.receipt, b"+ACK")
            await self._connection.client.flush()

    async def backlog(self) -> int:
        """How many events are not acknowledged."""
        return await self._pull.pending()

    async def aclose(self) -> None:
        """Lets go of the connection."""
        await self._connection.aclose()


async def _agree(connection: Connection, name: str, subject: str) -> None:
    """Makes sure that a consumer of that name, if there is one, reads what is asked for."""
    try:
        found = (await connection.jetstream.consumer_info(STREAM, name)).config
    except NotFoundError:
        return
    if found.filter_subject != subject or found.ack_policy != AckPolicy.EXPLICIT:
        raise StreamMismatch(
            f"consumer {name} at {connection.where} reads {found.filter_subject or 'everything'}, not {subject}: "
            f"choose another name, or delete it with 'nats consumer rm {STREAM} {name}'"
        )


class Replay:
    """The stream's events in order, each once.

    Args:
        connection: Stays the caller's.
        subject: What is read.
        headers_only: Leave the lines at the broker.
    """

    def __init__(self, connection: Connection, subject: str, *, headers_only: bool = False) -> None:
        self._connection = connection
        self._subject = subject
        self._headers_only = headers_only

    async def read(self, *, after: int, follow: bool) -> AsyncIterator[Delivery]:
        """The events behind a position of the stream; up to its present end, or for ever.

        The broker counts what it sends to a reader; where that count jumps, something got lost on the way, and reading
        begins again behind the last that came.
        """
        with self._connection.translating():
            end = (await self._connection.jetstream.stream_info(STREAM)).state.last_seq
        counted, pull = 0, await self._open(after)
        while follow or after < end:
            fetched = await pull.fetch(_REPLAY_BATCH, _REPLAY_WAIT_S)
            if not fetched and not follow and not await pull.pending():
                return
            for message in fetched:
                position, count = _counts(message)
                if count != counted + 1:
                    counted, pull = 0, await self._open(after)
                    break
                after, counted = position, count
                yield _delivery(message)

    async def _open(self, after: int) -> Pull:
        name = secrets.token_hex(8)
        config = ConsumerConfig(
            name=name,
            filter_subject=self._subject,
            ack_policy=AckPolicy.NONE,
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=after + 1,
            inactive_threshold=_FORGOTTEN_S,
            headers_only=self._headers_only or None,
            mem_storage=True,
            num_replicas=1,
        )
        with self._connection.translating():
            await self._connection.jetstream.add_consumer(  # pyright: ignore[reportUnknownMemberType]  untyped keywords
                STREAM, config
            )
        return await Pull.open(self._connection, name)


def _delivery(message: Msg) -> Delivery:
    """What a message of the stream is; whatever others have put there has sequence 0."""
    run_id, kind = run_and_type(message.subject)
    named = (message.headers or {}).get(MESSAGE_ID, "").rpartition(":")[2]
    sequence = int(named) if named.isdecimal() else _read_sequence(message.data)
    return Delivery(run_id, sequence, kind, message.data, _counts(message)[0], message.reply)


def _read_sequence(line: bytes) -> int:
    try:
        return head_of(line)[1]
    except LineUnreadable:
        return 0


def _counts(message: Msg) -> tuple[int, int]:
    """A message's position in the stream, and how many this reader was sent with it."""
    tokens = message.reply.split(".")
    at = 5 if len(tokens) == _V1_TOKENS else 7
    return int(tokens[at]), int(tokens[at + 1])
