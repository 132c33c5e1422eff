"""Pulls messages from one consumer of the stream: at once what is there, or the next that comes.

nats-py's own ``fetch`` keeps a caller waiting for a whole batch, or the whole time, where a few messages are there. So
the request is made here: first without waiting; when that gives nothing, one that waits for a single message, and then
again one without waiting for what came with it.

A server that may give out no more, because too much is not acknowledged, keeps quiet even to a request without waiting.
What it sends later, when it may, is taken by the next fetch.
"""

import asyncio
from collections import deque

import orjson
from nats.aio.msg import Msg
from nats.js.api import Header

from events.bus.connection import ANSWER_S, Connection
from events.bus.settings import STREAM
from events.errors import BusUnavailable, StreamLost

__all__ = ["Pull"]

_PENDING_MESSAGES, _PENDING_BYTES = 1 << 20, 1 << 30  # nats-py drops what is beyond; a batch is bounded by its caller
_HEARTBEAT, _NOTHING, _EXPIRED, _CONFLICT = "100", "404", "408", "409"
_STALL_S = 0.5
_NS = 1_000_000_000


class Pull:
    """Made by `open`; ends with its connection.

    Args:
        connection: Stays the caller's.
        consumer: The consumer's name.
    """

    def __init__(self, connection: Connection, consumer: str) -> None:
        self._connection = connection
        self._consumer = consumer
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{consumer}"
        self._inbox = connection.client.new_inbox()
        self._asked = 0
        self._came: deque[Msg] = deque()
        self._coming = asyncio.Event()

    @classmethod
    async def open(cls, connection: Connection, consumer: str) -> "Pull":
        """A pull of a consumer that is there."""
        pull = cls(connection, consumer)
        with connection.translating():
            await connection.client.subscribe(  # pyright: ignore[reportUnknownMemberType]  a future without its type
                f"{pull._inbox}.*",
                cb=pull._hear,
                pending_msgs_limit=_PENDING_MESSAGES,
                pending_bytes_limit=_PENDING_BYTES,
            )
        return pull

    async def fetch(self, most: int, wait_s: float) -> list[Msg]:
        """The next messages, as soon as there are any; none when none came in time.

        Raises:
            BusUnavailable: The connection broke, or the server does not answer.
            StreamLost: The consumer or the stream was deleted.
        """
        early = min(most, len(self._came))
        messages = [message for _ in range(early) if not _status(message := self._came.popleft())]
        messages = messages or await self._ask(most, 0)
        if not messages:
            messages = await self._ask(1, wait_s)
            if messages and most > 1:
                messages += await self._ask(most - 1, 0)
        return messages

    async def pending(self) -> int:
        """How many messages were not given out yet, or were and are not acknowledged."""
        with self._connection.translating():
            found = await self._connection.jetstream.consumer_info(STREAM, self._consumer)
        return (found.num_pending or 0) + (found.num_ack_pending or 0)

    async def _ask(self, most: int, wait_s: float) -> list[Msg]:
        request: dict[str, int | bool] = {"batch": most}
        request |= {"expires": int(wait_s * _NS)} if wait_s else {"no_wait": True}
        self._asked += 1
        reply = f"{self._inbox}.{self._asked}"
        with self._connection.translating():
            await self._connection.client.publish(self._next, orjson.dumps(request), reply=reply)
        messages: list[Msg] = []
        try:
            async with asyncio.timeout(wait_s + (ANSWER_S if wait_s else _STALL_S)):
                while len(messages) < most:
                    message = await self._take()
                    status = _status(message)
                    if not status:
                        messages.append(message)
                    elif message.subject == reply and self._is_over(status, message):
                        break
        except TimeoutError:
            if wait_s:
                raise BusUnavailable(f"{self._connection.where} did not answer within {ANSWER_S:g} s") from None
        return messages

    async def _take(self) -> Msg:
        while not self._came:
            self._coming.clear()
            if self._connection.broken.is_set():
                raise self._connection.failure()
            await self._connection.unless_broken(self._coming.wait())
        return self._came.popleft()

    async def _hear(self, message: Msg) -> None:
        self._came.append(message)
        self._coming.set()

    def _is_over(self, status: str, message: Msg) -> bool:
        """Whether a status says that the request has had its answer."""
        said = (message.headers or {}).get(Header.DESCRIPTION, "")
        if status == _HEARTBEAT:
            return False
        if status == _CONFLICT and "deleted" in said.lower():
            raise StreamLost(
                f"{self._connection.where}: {said.lower()}: what the consumer {self._consumer} read is gone"
            )
        if status not in {_NOTHING, _EXPIRED, _CONFLICT}:
            raise BusUnavailable(f"{self._connection.where}: {said.lower() or 'no answer'} (status {status})")
        return True


def _status(message: Msg) -> str:
    return (message.headers or {}).get(Header.STATUS, "") if message.headers else ""
