"""What is said of a ClickHouse that breaks a connection, whatever its client makes of that."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from sidecar.clickhouse import connect
from sidecar.errors import SinkAway
from sidecar.settings import ClickHouseSettings

RESET = struct.pack("ii", 1, 0)


@contextmanager
def answering(with_bytes: bytes, *, reset: bool) -> Iterator[int]:
    """A server that answers so, and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    connection.recv(65536)
                    connection.sendall(with_bytes)
                    if reset:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        listener.close()


@pytest.mark.parametrize(
    ("scheme", "answer", "reset", "said"),
    [
        ("http", b"", False, "it hung up"),
        ("http", b"", True, "it hung up"),
        ("http", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", False, "it hung up in the middle of an answer"),
        ("http", b"220 mail.example ESMTP\r\n\r\n", False, "what answers there speaks no HTTP"),
        ("https", b"220 mail.example ESMTP\r\n\r\n", False, "what answers there speaks no TLS"),
    ],
)
def test_what_became_of_a_connection_is_said_in_a_few_words(scheme: str, answer: bytes, reset: bool, said: str) -> None:
    with answering(answer, reset=reset) as port:
        url = f"{scheme}://127.0.0.1:{port}"
        with pytest.raises(SinkAway) as caught:
            connect(ClickHouseSettings(url=url), database=None)
    assert str(caught.value) == f"ClickHouse at {url} cannot be reached: {said}"


def test_a_name_that_nobody_has_is_said() -> None:
    with pytest.raises(SinkAway, match=r"no-such-host\.invalid:8123 cannot be reached: [a-z ]+$"):
        connect(ClickHouseSettings(url="http://no-such-host.invalid:8123"), database=None)
