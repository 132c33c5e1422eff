"""An event loop whose clock jumps to the next timer as soon as nothing else is to be done: waits cost nothing."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

__all__ = ["run_in_virtual_time"]

Result = TypeVar("Result")


class _Jumping(selectors.DefaultSelector):
    """Does not wait: what it would have waited has passed."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if not ready and timeout:
            self.passed += timeout
        return ready


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return 1000.0 + self._jumping.passed


def run_in_virtual_time(main: Coroutine[Any, Any, Result]) -> Result:
    """Runs to the end; ``asyncio.sleep`` and all deadlines take the loop's time, and none of ours."""
    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        return runner.run(main)
