"""A port that stays a server's own while it is away."""

import socket
from collections.abc import Generator
from contextlib import contextmanager

__all__ = ["reserved_port"]


@contextmanager
def reserved_port() -> Generator[int]:
    """A port of the loopback that nobody is given by chance, for servers that begin, or come and go, there.

    It is bound and not listened at: who connects is refused, and a server may listen, since all set SO_REUSEADDR.
    """
    with socket.socket() as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind(("127.0.0.1", 0))
        yield place.getsockname()[1]
