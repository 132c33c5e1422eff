"""A warm process that is set up once, and again whenever it died."""

import asyncio
from collections.abc import Sequence

from genesis.channel import Header, Message
from genesis.errors import EnvironmentFault
from genesis.evaluation.wire import SETUP, FaultKind
from genesis.process import ChildDied, ChildProcess

__all__ = ["Silent", "Warm", "WarmSetupError"]

_ATTEMPTS = 2


class Silent(EnvironmentFault):
    """A warm process did not answer in time and was killed."""


class WarmSetupError(EnvironmentFault):
    """A warm process cannot be set up; ``fault`` says whose fault that is."""

    def __init__(self, fault: FaultKind, message: str) -> None:
        super().__init__(message)
        self.fault: FaultKind = fault


class Warm:
    """One warm process, kept alive: calls start it, and start it again after a death."""

    def __init__(
        self, module: str, *, name: str, setup: bytes, descriptors: Sequence[int], setup_wall_s: float
    ) -> None:
        self._module = module
        self._name = name
        self._setup = setup
        self._descriptors = descriptors
        self._setup_wall_s = setup_wall_s
        self._process: ChildProcess | None = None
        self._starting = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The process that runs now."""
        return self._process.pid if self._process is not None and self._process.alive else None

    def remember(self, descriptors: Sequence[int]) -> None:
        """Give other descriptors to the processes that take this one's place."""
        self._descriptors = descriptors

    async def start(self) -> Message:
        """Start the process and give its answer to the set-up.

        Raises:
            WarmSetupError: The sandbox is not to be had, or the problem's own code failed, or took too long.
            ChildDied: It ended while it was set up.
        """
        process = await ChildProcess.start(self._module, name=self._name)
        try:
            answer = await process.call({"op": SETUP}, self._setup, self._descriptors, deadline_s=self._setup_wall_s)
        except TimeoutError:
            await process.aclose()
            raise WarmSetupError(
                "setup",
                f"{self._name} was not ready after {self._setup_wall_s:g} s: make the problem's imports, helper.py or "
                "build_context() faster, or raise setup_wall_s",
            ) from None
        except BaseException:
            await process.aclose()
            raise
        if answer.header["fault"] is not None:
            await process.aclose()
            raise WarmSetupError(answer.header["fault"], answer.header["message"])
        self._process = process
        return answer

    async def call(self, header: Header, descriptors: Sequence[int], *, deadline_s: float) -> Message:
        """The answer to one request, which is repeated once if the process dies of it.

        Raises:
            Silent: No answer in time; not repeated.
            ChildDied: It died twice.
            WarmSetupError: It died, and cannot be set up again.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            process = await self._alive()
            try:
                return await process.call(header, descriptors=descriptors, deadline_s=deadline_s)
            except TimeoutError:
                process.kill()
                raise Silent(f"{self._name} gave no answer in {deadline_s:g} s") from None
            except ChildDied:
                if attempt == _ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    async def _alive(self) -> ChildProcess:
        if self._process is not None and self._process.alive:
            return self._process
        async with self._starting:
            if self._process is None or not self._process.alive:
                (await self.start()).close()
        assert self._process is not None
        return self._process

    async def aclose(self) -> None:
        """End the process."""
        if self._process is not None:
            await self._process.aclose()
