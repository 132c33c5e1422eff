"""How long something that is away is waited for."""

import asyncio
from contextlib import suppress
from time import monotonic

from sidecar.errors import SidecarError

__all__ = ["Patience"]

_FIRST_S, _LONGEST_S = 0.1, 30.0


class Patience:
    """Waits between tries: longer each time in a row, up to half a minute; whoever is asked to end tries once more.

    Args:
        most_s: Seconds in a row that it may be away before that is an error; None: it is waited for.
        ending: Set once to ask for the end: nothing is waited for from then on.
    """

    def __init__(self, most_s: float | None, ending: asyncio.Event) -> None:
        self._most_s = most_s
        self._ending = ending
        self._failures = 0
        self._since = 0.0
        self._last_try = False

    def back(self) -> None:
        """A try went well."""
        self._failures, self._last_try = 0, False

    def failed(self, error: SidecarError) -> float:
        """Seconds to rest after a try that failed.

        Raises:
            SidecarError: Of the error's own class: it was waited for long enough, or until the end was asked for.
        """
        now = monotonic()
        self._since = self._since if self._failures else now
        if self._last_try:
            raise type(error)(f"{error}; asked to end, and what waits is loaded by the next start")
        wait_s = min(_FIRST_S * 2 ** min(self._failures, 20), _LONGEST_S)
        self._failures += 1
        if self._most_s is None:
            return wait_s
        left_s = self._most_s - (now - self._since)
        if left_s <= 0:
            raise type(error)(
                f"{error}; it was waited for {self._most_s:g} s: what is loaded stays, and the next start goes on from "
                "there"
            )
        return min(wait_s, left_s)

    async def rest(self, wait_s: float) -> None:
        """Waits before the next try, which is the last one when the end is asked for meanwhile."""
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._ending.wait()
        self._last_try = self._ending.is_set()
