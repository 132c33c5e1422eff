"""``/metrics``, ``/healthz`` and ``/readyz`` over HTTP, for Prometheus and whoever restarts containers."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sidecar.errors import SettingsInvalid
from sidecar.metrics import Metrics

__all__ = ["serving"]

_WAIT_S = 5.0


@asynccontextmanager
async def serving(metrics: Metrics, host: str, port: int) -> AsyncGenerator[int]:
    """Answers until the context is left; gives the port, which the kernel chooses when ``port`` is 0.

    Raises:
        SettingsInvalid: The address cannot be listened on.
    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_WAIT_S):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(_response(metrics, head.split(b" ", 2)[1].decode("ascii", "replace")))
                await writer.drain()
        except (TimeoutError, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, IndexError):
            pass  # whoever asked is gone, or speaks no HTTP
        finally:
            writer.close()

    try:
        server = await asyncio.start_server(answer, host, port)
    except (OSError, OverflowError) as error:
        raise SettingsInvalid(f"cannot serve metrics at {host}:{port}: {error}: choose another port") from None
    async with server:
        yield int(server.sockets[0].getsockname()[1])


def _response(metrics: Metrics, path: str) -> bytes:
    match path.partition("?")[0]:
        case "/metrics":
            status, kind, body = "200 OK", "text/plain; version=0.0.4; charset=utf-8", metrics.text()
        case "/healthz":
            status, kind, body = "200 OK", "text/plain", b"ok\n"
        case "/readyz" if not metrics.ready:
            status, kind, body = "200 OK", "text/plain", b"ready\n"
        case "/readyz":
            status, kind, body = "503 Service Unavailable", "text/plain", f"{metrics.ready}\n".encode()
        case _:
            status, kind, body = "404 Not Found", "text/plain", b"there are /metrics, /healthz and /readyz\n"
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body
