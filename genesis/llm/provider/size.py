"""How much of a reply is taken in: a server that is broken or hostile may send without end.

A reply has at most ``max_tokens`` tokens, so what is far beyond that is none. The bounds are generous: an event of a
stream can hold a token with its alternatives and their probabilities, and a token of blanks is long.
"""

from collections.abc import AsyncIterator

import httpx2

from genesis.llm.port import Sent

__all__ = ["keep_errors_short", "most_characters", "most_wire_bytes"]

_SPARE = 1 << 20
_WIRE_BYTES_A_TOKEN = 4096
_CHARACTERS_A_TOKEN = 64
_ERROR_BYTES = 1 << 16


def most_wire_bytes(request: Sent) -> int:
    """The most bytes that a reply may take on the wire, decompressed; an embedding is all spare."""
    return _SPARE + _WIRE_BYTES_A_TOKEN * request.max_tokens


def most_characters(request: Sent) -> int:
    """The most characters that a reply may say and think."""
    return _SPARE + _CHARACTERS_A_TOKEN * request.max_tokens


async def keep_errors_short(response: httpx2.Response) -> None:
    """A hook for clients: of an error the SDKs read all of the body, and its beginning is enough."""
    if not response.is_success and isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Beginning(response.stream)


class _Beginning(httpx2.AsyncByteStream):
    """The beginning of a body; closing it closes the connection of the rest."""

    def __init__(self, body: httpx2.AsyncByteStream) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = _ERROR_BYTES
        async for chunk in self._body:
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                return

    async def aclose(self) -> None:
        await self._body.aclose()
