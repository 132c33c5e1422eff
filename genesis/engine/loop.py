"""Fold, decide, append, perform: the one loop, and the only supervisor.

Theory of operation. One task owns the state and the log. In each round it decides until there is nothing left to
decide, waits until all of that is durable, shows it to the observers, and starts an effect for each request that has
none. Then it waits for an answer, records it, and goes round again. Effects run concurrently: offline mutations and
evaluations each in a bounded number of slots, and conversations with models, which wait for a network and not for a
processor, as many as are asked for; how many calls are made at a time is up to each provider's limits. What they find
out reaches the log only through the owner, so a decision always sees a whole prefix of the log.

In ordered mode the owner takes the answers in the order that `awaited` gives, and holds back what comes early; so the
same seed gives the same log on any number of workers. Otherwise it takes them as they come.

An interruption is a fact (`run.interrupted`): from there `decide` gives nothing, effects that have not begun are
dropped, those that have are awaited, and the run stops. A conversation is awaited up to its next question, which is
never sent, and not at all while it waits for its turn or for another attempt: what was said is recorded, so it can go
on from there (in ordered mode, where it is not recorded before the answer is, it is awaited to its end once something
was said). Dropped requests stay unanswered in the log and are performed when the run is taken up again, which is all
that resuming means.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from itertools import takewhile
from typing import Protocol

import structlog

from events.envelope import Event, Fact
from events.errors import LogError
from events.log import Log
from events.types import (
    AnyPayload,
    EvaluationRequested,
    LlmFailed,
    LlmRequested,
    LlmResponded,
    MutationRequested,
    RunInterrupted,
)
from genesis.engine.decide import awaited, decide
from genesis.engine.requests import Pending
from genesis.engine.rules.admit import admit
from genesis.engine.rules.stop import Ending, stopped
from genesis.engine.state import State

_LAST_WORD_S = 5.0  # what comes of a reply is made ready in moments, unless another turn is waited for

__all__ = ["Effects", "Emit", "Loop", "Observer", "Slots"]

Emit = Callable[[AnyPayload], Awaitable[None]]
"""Records a fact on the way to an answer; in unordered mode it returns once that is durable."""

Observer = Callable[[Event], None]
"""Is shown every event once it is durable."""


class Effects(Protocol):
    """Performs requests."""

    async def perform(self, request: Pending, emit: Emit) -> AnyPayload:
        """The answer to a request.

        Facts on the way that ``request.facts`` already has are not emitted again. Cancelling it leaves nothing behind.
        An expected failure is an answer; an exception ends the run.
        """
        ...


@dataclass(frozen=True, slots=True)
class Slots:
    """How many effects of each kind run at a time: offline mutations, and evaluations without a model."""

    mutations: int
    evaluations: int


@dataclass(frozen=True, slots=True)
class _Word:
    """What an effect has to say: facts to record, and who waits for them to be durable."""

    request: Pending
    facts: Sequence[AnyPayload]
    final: bool
    recorded: "asyncio.Future[None] | None" = None


@dataclass(slots=True)
class _Talk:
    """A conversation that is under way.

    Attributes:
        task: Where it is had.
        is_heard: Whether a call is under way, or something was said that is not recorded before the answer is.
        drops: Whether it was told to go no further.
    """

    task: "asyncio.Task[None]"
    is_heard: bool
    drops: bool = False


class _Dropped(Exception):
    """A conversation that goes no further since the run was interrupted; it goes on when the run is taken up again."""


class Loop:
    """Drives one run until it stops.

    Args:
        log: Where facts go; open, and folded into ``state`` up to its end.
        state: The run so far.
        effects: Performs requests.
        slots: How many effects of each kind run at a time.
        observe: Is shown every event from here on.
    """

    def __init__(self, *, log: Log, state: State, effects: Effects, slots: Slots, observe: Observer) -> None:
        self._log = log
        self._state = state
        self._effects = effects
        self._observe = observe
        self._mutating = asyncio.Semaphore(slots.mutations)
        self._evaluating = asyncio.Semaphore(slots.evaluations)
        self._running: dict[int, asyncio.Task[None]] = {}
        self._words: asyncio.Queue[_Word] = asyncio.Queue()
        self._talking: dict[int, _Talk] = {}
        self._early: dict[int, _Word] = {}
        self._unshown: list[Event] = []
        self._interrupted_by = ""
        self._interrupted = asyncio.Event()

    def interrupt(self, by: str) -> None:
        """Asks the run to stop: what runs is awaited, nothing new begins. Idempotent."""
        self._interrupted_by = by
        if not self._interrupted.is_set():
            self._interrupted.set()
            self._drop_silent()

    async def run(self, first: Fact) -> None:
        """Records how this process took the run up, and drives the run until it stops.

        Raises:
            LogError: The log could not be written; what it holds can be resumed.
            Exception: What an effect raised, a bug or a broken environment, after it was recorded.
        """
        try:
            async with asyncio.TaskGroup() as group:
                try:
                    await self._drive(first, group)
                finally:
                    for task in self._running.values():
                        task.cancel()
        except ExceptionGroup as errors:
            error = _first(errors)
            if not isinstance(error, LogError):
                await self._fail(error)
            raise error from None

    async def _drive(self, first: Fact, group: asyncio.TaskGroup) -> None:
        self._record(first)
        while True:
            self._settle()
            await self._commit()
            if self._state.run.status == "stopped":
                return
            self._begin(group)
            if self._state.run.status == "interrupted" and not self._running:
                self._record(stopped(self._state, Ending("interrupted", f"interrupted by {self._interrupted_by}")))
                continue
            await self._hear()

    def _record(self, fact: Fact) -> Event:
        event = self._log.write(fact)
        self._state.apply(event)
        self._unshown.append(event)
        return event

    def _settle(self) -> None:
        while (fact := decide(self._state)) is not None:
            self._record(fact)

    async def _commit(self) -> None:
        await self._log.flush()
        shown, self._unshown = self._unshown, []
        for event in shown:
            self._observe(event)

    def _begin(self, group: asyncio.TaskGroup) -> None:
        if self._state.run.status == "interrupted":
            return
        requests = self._state.requests
        for opened in (requests.mutations, requests.evaluations, requests.analyses):
            for request in reversed(list(takewhile(self._is_new, reversed(opened.values())))):
                perform = self._converse if request.asks_a_model else self._perform
                self._running[request.sequence] = group.create_task(perform(request))

    def _is_new(self, request: Pending) -> bool:
        """Whether a request waits to be performed; those behind one that does not were asked for before it."""
        return request.sequence not in self._running and request.sequence not in self._early

    async def _perform(self, request: Pending) -> None:
        held: list[AnyPayload] = []

        async def emit(fact: AnyPayload) -> None:
            if self._interrupted.is_set() and _asks((fact,)) and not held:
                raise _Dropped
            self._hears(request, fact)
            if self._state.config.ordered:
                held.append(fact)
                return
            recorded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._words.put_nowait(_Word(request, (fact,), final=False, recorded=recorded))
            await recorded

        async with self._slot(request):
            if self._interrupted.is_set():
                self._words.put_nowait(_Word(request, (), final=True))
                return
            try:
                answer = await self._effects.perform(request, emit)
            except _Dropped:
                self._words.put_nowait(_Word(request, (), final=True))
                return
        self._words.put_nowait(_Word(request, (*held, answer), final=True))

    async def _converse(self, request: Pending) -> None:
        """Performs a request that asks a model; unlike others, it may be told to go no further at any time."""
        task = asyncio.current_task()
        assert task is not None, "it runs in a task of its own"
        is_evaluation = isinstance(request.data, EvaluationRequested)  # it measures first
        talk = self._talking[request.sequence] = _Talk(task, is_heard=is_evaluation)
        try:
            await self._perform(request)
        except asyncio.CancelledError:
            if not talk.drops:
                raise
            self._words.put_nowait(_Word(request, (), final=True))
        finally:
            del self._talking[request.sequence]

    def _hears(self, request: Pending, fact: AnyPayload) -> None:
        talk = self._talking.get(request.sequence)
        if talk is None or not isinstance(fact, LlmRequested | LlmFailed | LlmResponded):
            return
        talk.is_heard = isinstance(fact, LlmRequested) or self._state.config.ordered
        if self._interrupted.is_set() and not talk.is_heard:
            asyncio.get_running_loop().call_later(_LAST_WORD_S, self._drop_silent)

    def _drop_silent(self) -> None:
        """Drops conversations in which no call is under way: they wait for their turn, or for another attempt."""
        for talk in self._talking.values():
            if not (talk.is_heard or talk.drops):
                talk.drops = talk.task.cancel()

    def _slot(self, request: Pending) -> AbstractAsyncContextManager[None]:
        if request.asks_a_model:
            return nullcontext()
        return self._mutating if isinstance(request.data, MutationRequested) else self._evaluating

    async def _hear(self) -> None:
        """Waits until there is something to record, and records it: one word at least, or the interruption."""
        waiting: list[asyncio.Future[None]] = []
        self._take(await self._next_word(), waiting)
        while not self._words.empty():
            self._take(self._words.get_nowait(), waiting)
        if self._state.config.ordered:
            self._take_in_order()
        if waiting:
            await self._commit()
            for recorded in waiting:
                if not recorded.done():  # whoever waited may have been cancelled
                    recorded.set_result(None)

    async def _next_word(self) -> _Word | None:
        if self._state.run.status == "interrupted":
            return await self._words.get()
        word = asyncio.ensure_future(self._words.get())
        interruption = asyncio.ensure_future(self._interrupted.wait())
        try:
            await asyncio.wait((word, interruption), return_when=asyncio.FIRST_COMPLETED)
            if interruption.done():
                self._record(Fact(RunInterrupted(by=self._interrupted_by), self._state.run.sequence))
            return word.result() if word.done() else None
        finally:
            word.cancel()
            interruption.cancel()

    def _take(self, word: _Word | None, waiting: "list[asyncio.Future[None]]") -> None:
        if word is None:
            return
        if word.recorded is not None and self._interrupted.is_set() and _asks(word.facts):
            if not word.recorded.done():
                word.recorded.set_exception(_Dropped())
            return
        if word.final:
            del self._running[word.request.sequence]
        if self._state.config.ordered and word.facts:
            self._early[word.request.sequence] = word
            return
        self._enter(word)
        if word.recorded is not None:
            waiting.append(word.recorded)

    def _take_in_order(self) -> None:
        while (request := awaited(self._state)) is not None and request.sequence in self._early:
            self._enter(self._early.pop(request.sequence))

    def _enter(self, word: _Word) -> None:
        request = word.request
        for data in word.facts:
            answer = admit(self._state, data)
            self._record(Fact(answer, request.sequence, request.key, request.generation, request.island))
            self._settle()

    async def _fail(self, error: Exception) -> None:
        """The supervisor's last word: what went wrong is recorded before it is raised again."""
        structlog.get_logger().error("run failed", error=repr(error), exc_info=error)
        if self._state.run.status == "stopped":
            return
        self._record(stopped(self._state, Ending("failed", f"{type(error).__name__}: {error}")))
        await self._commit()


def _asks(facts: Sequence[AnyPayload]) -> bool:
    return any(isinstance(fact, LlmRequested) for fact in facts)


def _first(error: Exception) -> Exception:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  of Exceptions
    return error  # pyright: ignore[reportUnknownVariableType]  the same
