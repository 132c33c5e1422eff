"""Proposals from the engine's side: a few warm processes, each given one breeding at a time.

Theory of operation. Idle workers wait in a queue; ``propose`` takes one, asks it, and puts it back. A worker that
hangs or dies over a breeding is replaced, and the breeding is answered with a rejection: parents are other people's
text, and no text may stop a run. A worker that dies before it ever answered was not killed by a text, so that is
raised. Since proposals are pure functions, it does not matter which worker makes one.
"""

import asyncio
from types import TracebackType
from typing import Final, Self

from genesis.channel import Header
from genesis.errors import EnvironmentFault
from genesis.mutation import tasks
from genesis.mutation.models.port import Ask, Brief, ConversationStep, Turn
from genesis.mutation.operators.port import Breeding, BreedingError, Proposed, Rejection
from genesis.mutation.tasks import TASK
from genesis.process import ChildDied, ChildProcess

__all__ = ["MutationPool"]

_READY_WITHIN_S: Final = 60.0
_MESSAGE_CHARACTERS: Final = 600


class _Worker:
    """A process that has, or will have, answered its first greeting."""

    def __init__(self, child: ChildProcess) -> None:
        self.child = child
        self.is_ready = False

    @classmethod
    async def start(cls) -> Self:
        return cls(await ChildProcess.start("genesis.mutation.worker", name="mutation worker"))

    async def ready(self) -> None:
        """Wait until the process has imported what it needs.

        Raises:
            EnvironmentFault: It ended, or took over a minute.
        """
        if self.is_ready:
            return
        try:
            async with asyncio.timeout(_READY_WITHIN_S):
                await self.child.call({})
        except TimeoutError as error:
            rule = "it should take about one; is the machine overloaded?"
            raise EnvironmentFault(
                f"the mutation worker was not ready after {_READY_WITHIN_S:.0f} s: {rule}"
            ) from error
        self.is_ready = True


class MutationPool:
    """Makes proposals in processes of their own; ``async with`` starts and closes it.

    Args:
        workers: How many processes, 1 or more; as many proposals are made at once.
        deadline_s: How long one proposal may take before its worker is replaced.
    """

    def __init__(self, workers: int, *, deadline_s: float = 30.0) -> None:
        if workers < 1:
            raise ValueError(f"workers is {workers}: a pool has 1 at least")
        self._size = workers
        self._deadline_s = deadline_s
        self._idle: asyncio.Queue[_Worker] = asyncio.Queue()
        self._all: set[_Worker] = set()
        self._is_closed = False

    async def start(self) -> None:
        """Start the processes; they get ready while the caller goes on."""
        for _ in range(self._size):
            await self._add()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def propose(self, operator: str, breeding: Breeding) -> Proposed | Rejection:
        """What the operator makes of the breeding, or why there is nothing.

        Waits for an idle worker. Cancelling leaves the worker to finish what it does.

        Raises:
            BreedingError: The breeding does not fit the operator.
            EnvironmentFault: Workers cannot start on this machine.
        """
        try:
            request = tasks.encode(tasks.Order(operator, breeding))
        except ValueError as error:
            return Rejection("not_applicable", f"a parent's text cannot be sent: {error}")
        reply = await self._ask({}, request)
        if isinstance(reply, str):
            return _lost(operator, reply)
        answer = tasks.decode(_checked(reply), tasks.Step).value
        assert not isinstance(answer, Ask), "an operator asks nobody"
        return answer

    async def converse(self, brief: Brief, turns: tuple[Turn, ...]) -> ConversationStep:
        """What comes next in a conversation with a model; a reply that no process survives ends it.

        Raises:
            BreedingError: The brief fits no conversation.
            EnvironmentFault: Workers cannot start on this machine.
        """
        try:
            request = tasks.encode(tasks.Talk(brief, turns))
        except ValueError as error:
            return Rejection("not_applicable", f"the conversation cannot be sent: {error}")
        reply = await self._ask({TASK: tasks.CONVERSE}, request)
        if isinstance(reply, str):
            return _lost(brief.operator, reply)
        return tasks.decode(_checked(reply), tasks.Step).value

    async def nearest(self, comparison: tasks.Comparison) -> tasks.Nearest:
        """The nearest of some programs to a new one; unlike all of them where no process survives to tell.

        Raises:
            EnvironmentFault: Workers cannot start on this machine.
        """
        reply = await self._ask({TASK: tasks.NEAREST}, tasks.encode(comparison))
        if isinstance(reply, str):
            return tasks.Nearest(-1, 0.0)
        return tasks.decode(_checked(reply), tasks.Nearest)

    async def plain(self, comparison: tasks.Comparison) -> tasks.Plain:
        """The texts that embeddings are made of; none where no process survives to give them.

        Raises:
            EnvironmentFault: Workers cannot start on this machine.
        """
        reply = await self._ask({TASK: tasks.PLAIN}, tasks.encode(comparison))
        return tasks.Plain() if isinstance(reply, str) else tasks.decode(_checked(reply), tasks.Plain)

    async def study(self, study: tasks.Study) -> tasks.Finding:
        """What comes next in a study of the search; nothing of use where no process survives the reply.

        Raises:
            EnvironmentFault: Workers cannot start on this machine.
        """
        try:
            request = tasks.encode(study)
        except ValueError as error:
            return tasks.Finding(rejection=f"it cannot be sent: {error}")
        reply = await self._ask({TASK: tasks.STUDY}, request)
        return tasks.Finding() if isinstance(reply, str) else tasks.decode(_checked(reply), tasks.Finding)

    async def _ask(self, header: Header, request: bytes) -> bytes | str:
        """A worker's reply, or why the worker was lost over it."""
        worker = await self._idle.get()
        try:
            await worker.ready()
            async with asyncio.timeout(self._deadline_s):
                reply = await worker.child.call(header, request)
        except ChildDied as error:
            if self._is_closed or not worker.is_ready:
                raise
            worker = await self._replace(worker)
            return str(error)
        except TimeoutError:
            worker = await self._replace(worker)
            return f"it took more than {self._deadline_s:g} s"
        finally:
            self._idle.put_nowait(worker)
        return reply.payload

    async def aclose(self) -> None:
        """End the processes; proposals that are still under way fail with ``ChildDied``. Safe to call twice."""
        self._is_closed = True
        await asyncio.gather(*(worker.child.aclose() for worker in self._all))
        self._all.clear()

    async def _add(self) -> None:
        worker = await _Worker.start()
        self._all.add(worker)
        self._idle.put_nowait(worker)

    async def _replace(self, worker: _Worker) -> _Worker:
        self._all.discard(worker)
        await worker.child.aclose()
        if self._is_closed:
            return worker
        fresh = await _Worker.start()
        self._all.add(fresh)
        return fresh


def _checked(reply: bytes) -> bytes:
    """A reply whose first byte says that it is a result; a misuse is raised where it was made."""
    if reply[:1] == tasks.MISUSED:
        raise BreedingError(reply[1:].decode())
    return reply[1:]


def _lost(operator: str, why: str) -> Rejection:
    # The end of a traceback says what happened.
    return Rejection("not_applicable", f"{operator} gave no answer for this program: {why[-_MESSAGE_CHARACTERS:]}")
