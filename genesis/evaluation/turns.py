"""Taking turns: what is asked for twice at the same time is done once, and the second finds what the first kept."""

import asyncio
from collections.abc import Hashable
from contextlib import AbstractAsyncContextManager

__all__ = ["Turns"]


class _Turn:
    """The block of one key, entered by one at a time; the last to leave it forgets the key."""

    __slots__ = ("_key", "_lock", "_turns", "waiting")

    def __init__(self, turns: "dict[Hashable, _Turn]", key: Hashable) -> None:
        self._turns = turns
        self._key = key
        self._lock = asyncio.Lock()
        self.waiting = 0

    async def __aenter__(self) -> None:
        self.waiting += 1
        try:
            await self._lock.acquire()
        except BaseException:
            self._leave()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()
        self._leave()

    def _leave(self) -> None:
        self.waiting -= 1
        if self.waiting == 0:
            del self._turns[self._key]


class Turns:
    """One turn at a time for each key."""

    def __init__(self) -> None:
        self._turns: dict[Hashable, _Turn] = {}

    def at(self, key: Hashable) -> AbstractAsyncContextManager[None]:
        """Wait until nobody else is inside a block of this key; the block is entered at once, and once."""
        turn = self._turns.get(key)
        if turn is None:
            turn = self._turns[key] = _Turn(self._turns, key)
        return turn
