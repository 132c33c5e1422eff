"""A server that streams one reply as slowly as asked, for `benchmarks.models`: a process of its own.

It reads no more of a request than its length, and sends chunks that were made beforehand, so that it can serve many
streams on little of a core. It says its port on its first line of output, and ends with its standard input.
"""

import argparse
import asyncio
import json
import os
import sys

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nx-request-id: r\r\n\r\n"


def chunked(data: object) -> bytes:
    """One event as a chunk of HTTP."""
    event = f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode()
    return b"%x\r\n%s\r\n" % (len(event), event)


def chat_chunks(pieces: int, piece: str) -> list[bytes]:
    """A reply in Chat Completions' format."""
    common = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    said = chunked({**common, "choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]})
    usage = {"prompt_tokens": 5000, "completion_tokens": pieces, "total_tokens": 5000 + pieces}
    ends = [
        chunked({**common, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}),
        chunked({**common, "choices": [], "usage": usage}),
        chunked("[DONE]"),
    ]
    return [*[said] * pieces, b"".join(ends) + b"0\r\n\r\n"]


async def serve(latency_s: float, pieces: int) -> None:
    """Serves until standard input ends."""
    chunks = chat_chunks(pieces, "def improved():\n    return 42  # as it is\n\n")

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
                await reader.readexactly(int(length.partition(b":")[2]))
                began = loop.time()
                writer.write(HEAD)
                for number, chunk in enumerate(chunks, 1):
                    await asyncio.sleep(began + latency_s * number / len(chunks) - loop.time())
                    if writer.is_closing():  # the measurement is over
                        return
                    writer.write(chunk)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(connection, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    os._exit(0)  # with streams in the middle, and nobody left to read them


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency-s", type=float, default=5.0)
    parser.add_argument("--pieces", type=int, default=50)
    asked = parser.parse_args()
    asyncio.run(serve(asked.latency_s, asked.pieces))
