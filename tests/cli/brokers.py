"""A broker beside a test that has no event loop, and what its stream holds."""

import asyncio
import threading
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from events.bus.broker import Broker
from events.bus.port import Delivery
from tests.bus.runs import bus_at, on_stream

_Result = TypeVar("_Result")


class Served:
    """A broker in a thread of its own."""

    def __init__(self, broker: Broker, loop: asyncio.AbstractEventLoop) -> None:
        self._broker = broker
        self._loop = loop

    @property
    def url(self) -> str:
        return self._broker.url

    def kill(self) -> None:
        self._do(self._broker.kill())

    def start(self) -> None:
        self._do(self._broker.start())

    def prepare(self) -> None:
        """Makes the stream."""
        self._do(bus_at(self.url).check())

    def deliveries(self, run_id: str) -> list[Delivery]:
        return self._do(on_stream(bus_at(self.url), run_id))

    def _do(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)


@contextmanager
def served(directory: Path, extra: str = "") -> Generator[Served]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    broker = Broker(directory, extra=extra)
    server = Served(broker, loop)
    server.start()
    try:
        yield server
    finally:
        server._do(broker.stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
