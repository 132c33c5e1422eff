"""One exchange with a server: bytes to what is heard, and whatever goes wrong to a fault. The only I/O of an adapter.

Theory of operation. The SDK builds and sends the request, and gives the response as soon as its head is there. Its
body is read here as bytes, so that a piece of text costs one JSON decode and no object of the SDK. Two clocks run:
``timeout_s`` bounds the whole attempt, and ``idle_timeout_s`` starts again with each piece that comes. Both are ours:
the transport's own, which it starts for each read, costs a seventh of all the CPU of a stream. A reply that goes on far
beyond ``max_tokens`` is given up, see `size`. Leaving the context closes the response, and with it a connection in
mid-stream, so a cancelled call stops costing at once.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import anyio
import httpx2
import orjson

from events.masking import masked
from events.types import LlmFailureReason
from genesis.llm.port import EmbeddingRequest, Request
from genesis.llm.provider.errors import read_error
from genesis.llm.provider.faults import RETRIED, fault_of
from genesis.llm.provider.headers import wait_asked_for
from genesis.llm.provider.port import Answer, Endpoint, Fault, Headers, Usage
from genesis.llm.provider.size import most_characters, most_wire_bytes
from genesis.llm.provider.sse import EventStream
from genesis.llm.provider.wire import Fields

__all__ = ["TRANSPORT", "Decoder", "Hearing", "StreamedResponse", "exchange", "reason_for", "timeouts"]

_CONNECT_S = 10.0
_WRITE_S = 60.0
_SHOWN_BYTES = 300
_SHOWN_CAUSES = 4
_JSON = frozenset({"application/json", "text/json"})

TRANSPORT: Mapping[type[Exception], LlmFailureReason] = {
    httpx2.ConnectTimeout: "unreachable",
    httpx2.TimeoutException: "timeout",
    httpx2.DecodingError: "malformed",
    httpx2.TooManyRedirects: "unreachable",
    httpx2.UnsupportedProtocol: "bad_request",
    httpx2.LocalProtocolError: "bad_request",
    httpx2.TransportError: "unreachable",
    httpx2.RequestError: "unreachable",
    httpx2.InvalidURL: "bad_request",
    ssl.SSLError: "unreachable",
    anyio.EndOfStream: "unreachable",
}
"""Error of the transport to its reason; the nearest base class counts."""


_Request = TypeVar("_Request", Request, EmbeddingRequest)
_Asked_contra = TypeVar("_Asked_contra", Request, EmbeddingRequest, contravariant=True)
_Answer_co = TypeVar("_Answer_co", covariant=True)


class Hearing(Protocol[_Asked_contra, _Answer_co]):
    """What has been heard of a reply so far. Pure."""

    def so_far(self) -> str:
        """What was said."""
        ...

    def counted(self, request: _Asked_contra) -> Usage:
        """What the provider counted; where it did not, what was sent and heard comes to."""
        ...

    def outcome(self, request: _Asked_contra, request_id: str | None) -> _Answer_co | Fault:
        """What the reply comes to, now that nothing more follows."""
        ...


class Decoder(Protocol[_Asked_contra, _Answer_co]):
    """Hears one protocol. Pure; it is given what JSON decodes to."""

    @property
    def heard(self) -> Hearing[_Asked_contra, _Answer_co]:
        """What it has heard."""
        ...

    def event(self, data: Fields) -> None:
        """One event of a stream."""
        ...

    def whole(self, data: Fields) -> None:
        """A whole reply, from a server that does not stream."""
        ...


class StreamedResponse(Protocol):
    """A response whose head is there, as both SDKs give it."""

    @property
    def headers(self) -> httpx2.Headers:
        """Of the reply."""
        ...

    def iter_bytes(self) -> AsyncIterator[bytes]:
        """The body as it comes, decompressed."""
        ...


def timeouts(endpoint: Endpoint) -> httpx2.Timeout:
    """The transport's clocks. Reading is timed by `exchange`, and waiting for a free connection is our limiter's."""
    connect, write = min(_CONNECT_S, endpoint.timeout_s), min(_WRITE_S, endpoint.timeout_s)
    return httpx2.Timeout(connect=connect, read=None, write=write, pool=None)


async def exchange(
    sending: AbstractAsyncContextManager[StreamedResponse],
    decoder: Decoder[_Request, _Answer_co],
    request: _Request,
    *,
    endpoint: Endpoint,
    observe: Callable[[Headers], None],
    reasons: Mapping[type[Exception], LlmFailureReason | None],
) -> _Answer_co | Fault:
    """Sends, hears to the end, and says what it came to.

    Args:
        sending: The SDK's call, not yet entered.
        decoder: Of the protocol.
        request: What is asked.
        endpoint: Whom.
        observe: Is shown the headers.
        reasons: The SDK's errors to their reason; None for those whose status says it.
    """
    head: dict[str, str] = {}

    def seen(headers: httpx2.Headers) -> None:
        head.update((name.lower(), value) for name, value in headers.items())
        observe(head)

    expected: dict[type[Exception], LlmFailureReason | None] = {**TRANSPORT, **reasons}
    idle = asyncio.timeout(endpoint.idle_timeout_s)
    try:
        async with asyncio.timeout(endpoint.timeout_s), idle, sending as response:
            seen(response.headers)
            watch = _Watch(idle, endpoint.idle_timeout_s, most_wire_bytes(request))
            await _hear(response, head.get("content-type", ""), decoder, watch)
        outcome = _shortened(decoder.heard.outcome(request, _request_id(head)), most_characters(request))
    except TimeoutError:
        message = f"no whole reply within llm.timeout_s = {endpoint.timeout_s:g} s"
        if idle.expired():
            message = f"nothing came for llm.idle_timeout_s = {endpoint.idle_timeout_s:g} s"
        return _broke_off("timeout", f"{message}{_where(endpoint)}", decoder, request, head)
    except _Unreadable as error:
        return _broke_off("malformed", str(error), decoder, request, head)
    except _TooLong as error:
        return _too_long(str(error), decoder, request, head)
    except tuple(expected) as error:
        reason = reason_for(error, expected)
        if reason is None:
            refused: Any = error  # Any: both SDKs' errors that have a status, which no base class joins
            seen(refused.response.headers)
            return _turned_away(refused.body, refused.status_code, head)
        return _broke_off(reason, _told(error, endpoint), decoder, request, head)
    return outcome


class _Unreadable(Exception):
    """What came is not what was asked for."""


class _TooLong(Exception):
    """More came than a reply can be."""


def reason_for(
    error: BaseException, reasons: Mapping[type[Exception], LlmFailureReason | None]
) -> LlmFailureReason | None:
    """The reason of an error: that of the nearest of its classes that has one."""
    return next(reasons[kind] for kind in type(error).__mro__ if kind in reasons)


class _Watch:
    """Starts a time-out again with each piece that comes; to within a sixteenth, because a timer costs more to move.

    Raises:
        _TooLong: The pieces are more bytes than there may be.
    """

    __slots__ = ("_idle", "_left_bytes", "_most_bytes", "_now", "_set_again_at", "_wait_s")

    def __init__(self, idle: asyncio.Timeout, wait_s: float, most_bytes: int) -> None:
        self._idle, self._wait_s = idle, wait_s
        self._left_bytes = self._most_bytes = most_bytes
        self._now = asyncio.get_running_loop().time
        self._set_again_at = 0.0

    def heard(self, chunk: bytes) -> None:
        self._left_bytes -= len(chunk)
        if self._left_bytes < 0:
            raise _TooLong(f"{self._most_bytes:,} bytes")
        now = self._now()
        if now >= self._set_again_at:
            self._set_again_at = now + self._wait_s / 16
            self._idle.reschedule(now + self._wait_s)


async def _hear(
    response: StreamedResponse, content_type: str, decoder: Decoder[_Request, _Answer_co], watch: _Watch
) -> None:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/event-stream":
        events = EventStream()
        async for chunk in response.iter_bytes():
            watch.heard(chunk)
            for data in events.feed(chunk):
                _decode(data, decoder)
        for data in events.end():
            _decode(data, decoder)
        return
    pieces: list[bytes] = []
    async for chunk in response.iter_bytes():
        watch.heard(chunk)
        pieces.append(chunk)
    body = b"".join(pieces)
    if kind not in _JSON:
        raise _Unreadable(f"the reply is {kind or 'of no type'}, not JSON or an event stream: {_shown(body)}")
    decoder.whole(_loaded(body))


def _decode(data: bytes, decoder: Decoder[_Request, _Answer_co]) -> None:
    if data != b"[DONE]":
        decoder.event(_loaded(data))


def _loaded(data: bytes) -> Fields:
    try:
        loaded = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise _Unreadable(f"the reply is not JSON ({error}): {_shown(data)}") from None
    if not isinstance(loaded, dict):
        raise _Unreadable(f"the reply is JSON, but no object: {_shown(data)}")
    return loaded  # pyright: ignore[reportUnknownVariableType]  a JSON object


def _shown(data: bytes) -> str:
    text = " ".join(data[:_SHOWN_BYTES].decode("utf-8", "replace").split())
    return repr(text) + ("…" if len(data) > _SHOWN_BYTES else "")


def _turned_away(body: object, status: int, head: Headers) -> Fault:
    error = read_error(body, status=status)
    fault = fault_of(
        error.message, kind=error.kind, status=status, wait_s=wait_asked_for(head), request_id=_request_id(head)
    )
    return replace(fault, again=False) if head.get("x-should-retry") == "false" else fault


def _broke_off(
    reason: LlmFailureReason, message: str, decoder: Decoder[_Request, _Answer_co], request: _Request, head: Headers
) -> Fault:
    """A fault of a request that the provider may have worked on, and charge for: what went over the wire is counted."""
    heard = decoder.heard
    worked_on = bool(head) or reason == "timeout"
    return Fault(
        reason=reason,
        message=message,
        again=reason in RETRIED,
        usage=heard.counted(request) if worked_on else Usage(),
        text=heard.so_far()[: most_characters(request)],
        request_id=_request_id(head),
    )


def _shortened(outcome: _Answer_co | Fault, most: int) -> _Answer_co | Fault:
    """A fault with no more than so much of its text.

    Raises:
        _TooLong: It is an answer with more.
    """
    if isinstance(outcome, Answer) and len(outcome.text) + len(outcome.reasoning) > most:
        raise _TooLong(f"{most:,} characters")
    return replace(outcome, text=outcome.text[:most]) if isinstance(outcome, Fault) else outcome


def _too_long(most: str, decoder: Decoder[_Request, _Answer_co], request: _Request, head: Headers) -> Fault:
    """A fault that is not tried again: each attempt may be charged for at full length."""
    what, remedy = f"max_tokens = {request.max_tokens}", ", or raise llm.max_tokens"
    if isinstance(request, EmbeddingRequest):
        what, remedy = "an embedding", ""
    said = f"the reply was given up after {most}, far more than {what} can be: check the server{remedy}"
    return replace(_broke_off("malformed", said, decoder, request, head), again=False)


def _told(error: BaseException, endpoint: Endpoint) -> str:
    """An error and what caused it, in one line: the SDKs say 'Connection error.' and keep the reason as the cause."""
    said: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(said) < _SHOWN_CAUSES:
        text = str(cause).strip().rstrip(".") or type(cause).__name__
        said.extend([] if text in said else [text])
        cause = cause.__cause__ or cause.__context__
    return f"{': '.join(said)}{_where(endpoint)}"


def _where(endpoint: Endpoint) -> str:
    return f" ({masked(endpoint.base_url)})" if endpoint.base_url else ""


def _request_id(head: Headers) -> str | None:
    return head.get("x-request-id") or head.get("request-id")
