"""Running a recorded run again, with its log as the model and the evaluator.

Theory of operation. The log is read twice: once for which events belong to which request, once to live through it. At
each event that the rules make, they are asked for it and must give the same. Each request is then performed, as the
engine performs it, but for what comes from outside: a model's attempts and answers, a build's and an evaluation's
outcome and the text of an initial program are those that the log has for it. Where the log is unordered it was up to
the world, too, which of two requests asked for an embedding that both needed; the other one finds it in the log, before
it judged. What performing gives (prompts, proposals,
rejections, judgements, lessons) must equal what the log has, fact by fact, where the log has it. So answers enter in
the order of the log, whether the run was ordered or not.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from events.envelope import Event
from events.types import (
    AnalysisRequested,
    AnyPayload,
    EvaluationRequested,
    LlmFailed,
    LlmRequested,
    LlmResponded,
    MutationChecked,
    MutationProposed,
    MutationRequested,
    NoveltyJudged,
    ProgramEvaluated,
    RunInterrupted,
    RunResumed,
    RunStopped,
)
from genesis.analysis.recorded import KnownFromOthers, KnownThen, RecordedEmbeddings, RecordedReplies, RecordEnds
from genesis.analysis.replay import Difference, Rederivation, difference_at, differs, is_decision
from genesis.engine.effects import Library, LocalEffects, Past, Proposer
from genesis.engine.loop import Effects, Emit
from genesis.engine.performing import Texts, with_models
from genesis.engine.requests import Pending
from genesis.engine.rules.admit import admit
from genesis.engine.scoring import before_scores, timed_as
from genesis.engine.state import State
from genesis.evaluation.job import Job, Outcome
from genesis.language import code_digest
from genesis.program import Source
from projections import Embeddings

__all__ = ["Reexecution", "Worker", "reexecute"]

_REQUESTS = (MutationRequested, EvaluationRequested, AnalysisRequested)


class Worker(Texts, Proposer, Protocol):
    """Whatever runs operators and has conversations: pure functions, in processes of their own."""


@dataclass(frozen=True, slots=True)
class Reexecution(Rederivation):
    """What came of it; ``performed`` counts the facts that were made again besides decisions."""

    performed: int = 0


async def reexecute(
    read: Callable[[], Iterable[Event]], *, past: Past, state: State, worker: Worker, to: int | None = None
) -> Reexecution:
    """Runs a log again up to the first difference.

    Args:
        read: Gives the log's events from the first; called twice.
        past: Reads the same log by sequence.
        state: Empty; holds the run up to the difference, or its end, afterwards.
        worker: Runs operators and has conversations.
        to: The last event to look at; None for all.
    """
    embeddings = Embeddings()
    again = _Again(_by_cause(_folded(read(), embeddings), to), past, state, worker, embeddings)
    try:
        for event in read():
            if to is not None and event.sequence > to:
                break
            difference = await again.take(event)
            if difference is not None:
                return again.report(difference)
    finally:
        await again.aclose()
    return again.report(None)


def _by_cause(events: Iterable[Event], to: int | None) -> Mapping[int, list[int]]:
    """Request to the events that came of performing it, in order."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    requests: set[int] = set()
    for event in events:
        if to is not None and event.sequence > to:
            break
        if isinstance(event.data, _REQUESTS):
            requests.add(event.sequence)
        elif event.cause in requests and not _is_of_the_run(event):
            found[event.cause or 0].append(event.sequence)
    return found


def _folded(events: Iterable[Event], embeddings: Embeddings) -> Iterable[Event]:
    for event in events:
        embeddings.apply(event)
        yield event


def _is_of_the_run(event: Event) -> bool:
    """Whether an event only follows a request, as decisions and the comings and goings of processes may."""
    return is_decision(event) or isinstance(event.data, RunResumed | RunInterrupted | RunStopped)


@dataclass(slots=True)
class _Performance:
    """A request that is performed again: the facts it gives, in order, and why there are no more."""

    task: "asyncio.Task[tuple[list[AnyPayload], str]]"
    compared: int = 0


@dataclass(slots=True)
class _Again:
    """One run that is lived through again."""

    by_cause: Mapping[int, list[int]]
    past: Past
    state: State
    worker: Worker
    embeddings: Embeddings
    events: int = 0
    decisions: int = 0
    performed: int = 0
    running: dict[int, _Performance] = field(default_factory=dict[int, _Performance])

    async def take(self, event: Event) -> Difference | None:
        """Looks at the next event, and folds it in unless it differs."""
        difference = difference_at(self.state, event) or await self._compare(event)
        if difference is not None:
            return difference
        self.state.apply(event)
        self.events += 1
        self.decisions += is_decision(event)
        if isinstance(event.data, _REQUESTS) and event.sequence in self.by_cause:
            self.running[event.sequence] = _Performance(asyncio.create_task(self._perform(event)))
        return None

    def report(self, difference: Difference | None) -> Reexecution:
        """What has come of it."""
        return Reexecution(self.events, self.decisions, difference, self.performed)

    async def aclose(self) -> None:
        """Ends what is under way."""
        for performance in self.running.values():
            performance.task.cancel()
        await asyncio.gather(*(each.task for each in self.running.values()), return_exceptions=True)

    async def _compare(self, event: Event) -> Difference | None:
        performance = self.running.get(event.cause or 0)
        if performance is None or _is_of_the_run(event) or isinstance(event.data, MutationChecked):
            return None
        facts, ended = await performance.task
        if performance.compared == len(facts):
            return differs(event, ended)
        expected = admit(self.state, facts[performance.compared])
        performance.compared += 1
        if event.sequence == self.by_cause[event.cause or 0][-1]:
            del self.running[event.cause or 0]
        if event.data != expected:
            return differs(event, expected)
        self.performed += 1
        return None

    async def _perform(self, event: Event) -> tuple[list[AnyPayload], str]:
        sequences = self.by_cause[event.sequence]
        recorded = [self.past.read_at(each).data for each in sequences]
        trail = tuple(each for each, fact in zip(sequences, recorded, strict=True) if isinstance(fact, MutationChecked))
        data = event.data
        if not isinstance(data, _REQUESTS):
            raise TypeError(f"{event.type} is no request")
        request = Pending(data, event.sequence, event.generation, event.island, trail=trail)
        facts: list[AnyPayload] = []

        async def emit(fact: AnyPayload) -> None:
            facts.append(fact)

        try:
            known = self._known(event.sequence, dict(zip(sequences, recorded, strict=True)))
            answer = await self._effects(recorded, known).perform(request, emit)
            facts.append(timed_as(answer, recorded[-1], self.state))
        except RecordEnds as end:
            return facts, str(end)
        return facts, "nothing more: the request is answered"

    def _known(self, request: int, recorded: Mapping[int, AnyPayload]) -> KnownThen:
        judged = next((at for at, fact in recorded.items() if isinstance(fact, NoveltyJudged)), None)
        return KnownThen(self.past, self.embeddings, before=request if self.state.config.ordered else judged)

    def _effects(self, recorded: list[AnyPayload], known: KnownThen) -> Effects:
        """The engine's own effects, with what the log has for one request in the place of the world."""
        local = LocalEffects(
            state=self.state,
            library=Library(self.past, self.state),
            seeds={},
            proposer=self.worker,
            evaluator=_Nobody(),
        )
        return with_models(
            _FromTheLog(local, recorded, self.state),
            state=self.state,
            past=self.past,
            model=RecordedReplies(recorded),
            texts=self.worker,
            embedder=RecordedEmbeddings(recorded, known),
            known=KnownFromOthers(recorded, known),
            builder=None,
        )


class _Nobody:
    """Stands where candidates would run."""

    async def evaluate(self, job: Job) -> Outcome:
        """Nothing is evaluated again."""
        raise AssertionError(f"{job.program} would be evaluated again")


class _FromTheLog:
    """Performs offline mutations; evaluations and initial programs are what the log has, what follows made again."""

    def __init__(self, local: Effects, recorded: list[AnyPayload], state: State) -> None:
        self._local = local
        self._recorded = recorded
        self._state = state

    async def perform(self, request: Pending, emit: Emit) -> AnyPayload:
        """See `genesis.engine.loop.Effects`."""
        match request.data:
            case EvaluationRequested():
                return await self._give(request, emit)
            case MutationRequested(operator="seed"):
                return await self._give(request, emit)
            case _:
                return await self._local.perform(request, emit)

    async def _give(self, request: Pending, emit: Emit) -> AnyPayload:
        is_scored = any(_is_scored(before_scores(fact, self._state)) for fact in self._recorded)
        for fact in self._recorded:
            match fact:
                case ProgramEvaluated():
                    return before_scores(replace(fact, fitness=self._fitness(fact)), self._state)
                case MutationProposed():
                    digest = code_digest(Source(fact.files, fact.entry), fact.language)
                    return replace(fact, code_digest=digest)
                case LlmRequested() | LlmResponded() | LlmFailed():
                    if not is_scored:  # else asked for again, and answered from the log
                        await emit(fact)
                case _ if fact is self._recorded[-1]:
                    return before_scores(fact, self._state)
                case _:
                    await emit(fact)
        raise RecordEnds(f"{request.data.TYPE} of {request.key} has no answer in the log")

    def _fitness(self, fact: ProgramEvaluated) -> float | None:
        if not fact.is_valid:
            return None
        name, spec = next((name, spec) for name, spec in self._state.problem.metrics.items() if spec.is_primary)
        return fact.metrics[name] if spec.higher_is_better else -fact.metrics[name]


def _is_scored(fact: AnyPayload) -> bool:
    """Whether models are asked about what came of an evaluation; not where it went otherwise in another process."""
    return isinstance(fact, ProgramEvaluated) and fact.is_valid
