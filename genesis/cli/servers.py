"""Whether the servers that a run can use answer, within half a second; other machines only where a variable says so."""

import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

__all__ = ["Server", "find_clickhouse", "find_nats"]

_SERVER_WAIT_S = 0.5


@dataclass(frozen=True, slots=True)
class Server:
    """A server: where it was looked for, whether it answered, and what it said of itself."""

    name: str
    address: str
    reachable: bool
    detail: str


def _address(environment: Mapping[str, str], variable: str, port: int) -> tuple[str, int]:
    """Host and port alone: a URL may hold a password. Without the variable, this machine; a port that is none is 0."""
    try:
        parts = urlsplit(environment.get(variable) or f"//127.0.0.1:{port}")
    except ValueError:  # half an IPv6 address
        return variable, 0
    try:
        return parts.hostname or "127.0.0.1", parts.port or port
    except ValueError:
        return parts.hostname or "127.0.0.1", 0


def find_nats(environment: Mapping[str, str]) -> Server:
    """The broker at NATS_URL, or on this machine."""

    def hello(host: str, port: int) -> str:
        with socket.create_connection((host, port), _SERVER_WAIT_S) as connection:
            said = connection.recv(4096).decode(errors="replace")
        version = re.search(r'"version":"([^"]*)"', said)
        if not said.startswith("INFO "):
            raise ConnectionError("something else answers there")
        return f"nats-server {version.group(1)}" if version else "answers"

    return _asked("NATS", _address(environment, "NATS_URL", 4222), hello)


def find_clickhouse(environment: Mapping[str, str]) -> Server:
    """The store at CLICKHOUSE_URL, or on this machine."""

    def hello(host: str, port: int) -> str:
        connection = HTTPConnection(host, port, timeout=_SERVER_WAIT_S)
        try:
            connection.request("GET", "/ping")
            answer = connection.getresponse()
            if answer.status != 200 or not answer.read(16).startswith(b"Ok"):
                raise ConnectionError("something else answers there")
        except HTTPException as error:
            raise ConnectionError("something else answers there") from error
        finally:
            connection.close()
        return f"ClickHouse {answer.getheader('X-ClickHouse-Server-Display-Name') or 'answers'}"

    return _asked("ClickHouse", _address(environment, "CLICKHOUSE_URL", 8123), hello)


def _asked(name: str, address: tuple[str, int], hello: Callable[[str, int], str]) -> Server:
    where = f"{address[0]}:{address[1]}"
    if not address[1]:
        return Server(name, address[0], reachable=False, detail="it is no address with a port")
    try:
        return Server(name, where, reachable=True, detail=hello(*address))
    except OSError as error:
        return Server(name, where, reachable=False, detail=(error.strerror or str(error)).lower())
