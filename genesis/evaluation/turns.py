"""Taking turns: what is asked for twice at the same time is done once, and the second finds what the first kept."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Hashable
from dataclasses import dataclass, field

__all__ = ["Turns"]


@dataclass(slots=True)
class _Turn:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


class Turns:
    """One turn at a time for each key."""

    def __init__(self) -> None:
        self._turns: dict[Hashable, _Turn] = {}

    @contextlib.asynccontextmanager
    async def at(self, key: Hashable) -> AsyncGenerator[None]:
        """Wait until nobody else is inside a block of this key."""
        turn = self._turns.setdefault(key, _Turn())
        turn.waiting += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.waiting -= 1
            if turn.waiting == 0:
                del self._turns[key]
