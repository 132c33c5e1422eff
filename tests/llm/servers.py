"""Real HTTP servers that speak the providers' wire formats, with scripted replies and every fault.

`LlmServer` answers Chat Completions (``/v1/chat/completions``), Responses (``/v1/responses``), Messages
(``/v1/messages``) and embeddings (``/v1/embeddings``) on one port of the loopback, from a thread of its own, so that it
serves this process and others:

    with LlmServer("first reply", Say(text="second"), Status(429, retry_after="1")) as server:
        ...  # base_url of OpenAI's formats: server.openai; of Anthropic's: server.anthropic

A script is a list of replies, the last one repeated, or a function of what was asked. Embeddings have a script of their
own; without one, they count words. Below HTTP it is our own code: a
server from a package can neither reset a connection in mid-stream nor stall.
"""

import asyncio
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.llm.wire_formats import FORMATS, Say, Vector, anthropic_error, embedding_whole, openai_error, words_of

__all__ = ["Asked", "LlmServer", "Raw", "Say", "Script", "ScriptedReply", "Status", "Vector"]

_EMBEDDINGS = "/embeddings"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came: the path, the headers in lower case, the body, and its number among its like, from 0."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    number: int

    @property
    def text(self) -> str:
        """All the text of the conversation."""
        return json.dumps(self.body.get("messages", self.body.get("input", "")))

    @property
    def is_for_embedding(self) -> bool:
        """Whether an embedding is asked for."""
        return self.path.partition("?")[0].endswith(_EMBEDDINGS)


@dataclass(frozen=True, slots=True)
class Status:
    """An error, in the format of the provider that was asked."""

    code: int
    message: str = "no"
    kind: str = ""
    error_code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Raw:
    """A body as it stands."""

    body: bytes
    content_type: str = "application/json"
    code: int = 200


ScriptedReply = str | Say | Status | Raw | Vector
Script = Callable[[Asked], ScriptedReply]


class LlmServer:
    """A server for tests; a context manager.

    Args:
        replies: What it answers, in order, the last one repeated; or one function of what was asked.
        headers: Sent with every reply, such as rate limits.
        embeddings: As ``replies``, for embeddings.
    """

    def __init__(
        self,
        *replies: ScriptedReply | Script,
        headers: dict[str, str] | None = None,
        embeddings: tuple[ScriptedReply | Script, ...] = (),
    ) -> None:
        self.asked: list[Asked] = []
        self.embedded: list[Asked] = []
        self.headers = dict(headers or {})
        self.in_flight = self.most_in_flight = 0
        self._replies = replies or ("ok",)
        self._embeddings = embeddings or (_counted,)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="LlmServer", daemon=True)
        self.port = 0

    @property
    def anthropic(self) -> str:
        """The base address of Anthropic's format."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def openai(self) -> str:
        """The base address of OpenAI's formats."""
        return f"{self.anthropic}/v1"

    def script(self, *replies: ScriptedReply | Script) -> None:
        """Answers from here on."""
        self._replies = replies
        self.asked.clear()

    def embed(self, *replies: ScriptedReply | Script) -> None:
        """Embeddings from here on."""
        self._embeddings = replies
        self.embedded.clear()

    def __enter__(self) -> "LlmServer":
        self._thread.start()
        assert self._ready.wait(60), "the server did not start"
        return self

    def __exit__(self, *_: object) -> None:
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        with suppress(KeyboardInterrupt):
            self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
        server = await asyncio.start_server(self._connection, sock=listening, limit=2**24)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (asked := await self._read(reader)) is not None:
                self.in_flight += 1
                self.most_in_flight = max(self.most_in_flight, self.in_flight)
                try:
                    await self._answer(asked, writer)
                finally:
                    self.in_flight -= 1
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()  # now, since the loop may end before what is left is sent

    async def _read(self, reader: asyncio.StreamReader) -> Asked | None:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        content = await reader.readexactly(int(headers.get("content-length", "0")))
        path = first.split(" ")[1]
        like = self.embedded if path.partition("?")[0].endswith(_EMBEDDINGS) else self.asked
        asked = Asked(path, headers, json.loads(content) if content else {}, len(like))
        like.append(asked)
        return asked

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        reply = self._reply(asked)
        match reply:
            case Raw():
                await self._send(writer, reply.code, reply.content_type, reply.body)
            case Status():
                await asyncio.sleep(reply.delay_s)
                error = anthropic_error(reply.message, reply.kind or "api_error")
                if not asked.path.endswith("/messages"):
                    error = openai_error(reply.message, reply.kind, reply.error_code)
                body = json.dumps(error).encode()
                await self._send(writer, reply.code, "application/json", body, reply.headers)
            case str():
                await self._say(asked, Say(text=reply), writer)
            case Say():
                await self._say(asked, reply, writer)
            case Vector():
                await asyncio.sleep(reply.delay_s)
                body = json.dumps(embedding_whole(reply, asked.body)).encode()
                await self._send(writer, 200, "application/json", body)

    def _reply(self, asked: Asked) -> ScriptedReply:
        if asked.is_for_embedding:
            scripted = self._embeddings[min(asked.number, len(self._embeddings) - 1)]
            return scripted(asked) if callable(scripted) else scripted
        if asked.path.partition("?")[0].endswith("/models"):
            return Raw(json.dumps({"object": "list", "data": []}).encode())
        if not any(asked.path.partition("?")[0].endswith(end) for end in FORMATS):
            return Status(404, f"no route {asked.path}")
        scripted = self._replies[min(asked.number, len(self._replies) - 1)]
        return scripted(asked) if callable(scripted) else scripted

    async def _say(self, asked: Asked, say: Say, writer: asyncio.StreamWriter) -> None:
        wire = next(form for end, form in FORMATS.items() if asked.path.partition("?")[0].endswith(end))
        await asyncio.sleep(say.delay_s)
        if not asked.body.get("stream"):
            await self._send(writer, 200, "application/json", json.dumps(wire.whole(say, asked.body)).encode())
            return
        writer.write(self._head(200, "text/event-stream; charset=utf-8", {"transfer-encoding": "chunked"}))
        await self._stream(wire.stream(say, asked.body), say, writer)

    async def _stream(self, events: Iterator[bytes], say: Say, writer: asyncio.StreamWriter) -> None:
        for number, data in enumerate(events):
            if number == say.break_after:
                await writer.drain()
                _reset(writer)
                raise ConnectionResetError
            if number == say.stall_after:
                await writer.drain()
                await asyncio.sleep(3600)
            if number == say.cut_after:
                half = data[: len(data) // 2]
                writer.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(half), half))
                await writer.drain()
                return
            writer.write(b"%x\r\n%s\r\n" % (len(data), data))
            if say.piece_s:
                await writer.drain()
                await asyncio.sleep(say.piece_s)
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    async def _send(
        self,
        writer: asyncio.StreamWriter,
        code: int,
        content_type: str,
        body: bytes,
        headers: dict[str, str] | None = None,
    ) -> None:
        writer.write(self._head(code, content_type, {"content-length": str(len(body)), **(headers or {})}) + body)
        await writer.drain()

    def _head(self, code: int, content_type: str, headers: dict[str, str]) -> bytes:
        lines = {"content-type": content_type, "x-request-id": "req-1", "request-id": "req-1"} | self.headers | headers
        written = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"HTTP/1.1 {code} Told\r\n{written}\r\n".encode("latin-1")


def _counted(asked: Asked) -> Vector:
    return Vector(words_of(asked.body["input"], asked.body.get("dimensions", 64)))


def _reset(writer: asyncio.StreamWriter) -> None:
    """Ends a connection with RST, as a crashed server or a broken network does, and not with FIN."""
    held = writer.get_extra_info("socket")
    held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
