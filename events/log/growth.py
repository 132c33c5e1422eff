"""Notices when a log grows, or goes."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from watchfiles import awatch  # pyright: ignore[reportUnknownVariableType]  its signature names types of trio, which is not installed

from events.errors import LogNotFound

__all__ = ["Growth", "first_of", "watching"]


class Growth:
    """What is known of a log that is watched. Made by `watching`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed = asyncio.Event()

    async def grown(self) -> None:
        """Returns once the log may have grown since this was called last, or is gone."""
        await self._changed.wait()
        self._changed.clear()

    def check(self) -> None:
        """Makes sure that the log is there.

        Raises:
            LogNotFound: It is gone.
        """
        if not self._path.is_file():
            raise LogNotFound(f"the log at {self._path} is gone: it was deleted or moved")

    async def watch(self) -> None:
        """Notices changes until it is cancelled or the log is gone; and once a second, that there may have been some.

        The second is for file systems that do not tell, and for what changed before the watch began.
        """
        with suppress(FileNotFoundError):
            async for _ in awatch(
                self._path, debounce=50, step=20, rust_timeout=1000, yield_on_timeout=True, recursive=False
            ):
                self._changed.set()
        self._changed.set()


@asynccontextmanager
async def watching(path: Path) -> AsyncGenerator[Growth]:
    """Watches a log until the context is left.

    Raises:
        LogNotFound: There is none.
    """
    growth = Growth(path)
    growth.check()
    task = asyncio.create_task(growth.watch())
    try:
        yield growth
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def first_of(waits: Iterable[Coroutine[Any, Any, object]]) -> None:  # Any: nothing is sent to them
    """Returns once one of them has returned; the others are cancelled."""
    tasks = [asyncio.ensure_future(each) for each in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
