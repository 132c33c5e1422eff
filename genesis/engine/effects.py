"""Requests to answers, through ports: the only room where the engine touches the world."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Protocol, assert_never

from events.envelope import Event
from events.types import (
    AnalysisRequested,
    AnyPayload,
    EvaluationFailed,
    EvaluationRequested,
    MutationProposed,
    MutationRejected,
    MutationRequested,
    ProgramCompiled,
    ProgramEvaluated,
    StageRecord,
    UsageRecord,
)
from genesis import rng
from genesis.engine.loop import Emit
from genesis.engine.requests import Pending
from genesis.engine.rules.operators import CMA_ES, SEED
from genesis.engine.state import State
from genesis.evaluation.job import Compiled, Evaluated, Failed, Job, Outcome, Stage, Usage
from genesis.language import code_digest
from genesis.mutation.operators.port import Breeding, Parameter, Proposed, Rejection
from genesis.program import Source

__all__ = ["Evaluator", "Library", "LocalEffects", "Past", "Proposer", "answer_to", "clean"]

_KEPT_SOURCES = 512


class Proposer(Protocol):
    """Runs a mutation operator."""

    async def propose(self, operator: str, breeding: Breeding) -> Proposed | Rejection:
        """A new program, or why there is none."""
        ...


class Evaluator(Protocol):
    """Evaluates a program somewhere."""

    async def evaluate(self, job: Job) -> Outcome:
        """What came of it; every failure of the candidate is an outcome."""
        ...


class Past(Protocol):
    """Reads committed events one at a time."""

    def read_at(self, sequence: int) -> Event:
        """The event at a place of the log."""
        ...


class Library:
    """Programs' texts, read from the log by sequence and kept while they are in use."""

    def __init__(self, log: Past, state: State) -> None:
        self._log = log
        self._state = state
        self._kept: OrderedDict[str, Source] = OrderedDict()

    def __getitem__(self, program: str) -> Source:
        """A program's text.

        Raises:
            KeyError: There is no such program, or it has no text.
        """
        if program in self._kept:
            self._kept.move_to_end(program)
            return self._kept[program]
        data = self._log.read_at(self._state.population[program].proposed_at).data
        if not isinstance(data, MutationProposed):
            raise KeyError(f"{program} has no text")
        source = Source(data.files, data.entry)
        self.keep(program, source)
        return source

    def keep(self, program: str, source: Source) -> None:
        """Keeps a text at hand that is about to be recorded."""
        self._kept[program] = source
        if len(self._kept) > _KEPT_SOURCES:
            self._kept.popitem(last=False)


class LocalEffects:
    """Performs offline mutations and evaluations.

    Args:
        state: The run so far; read, never changed.
        library: Programs' texts.
        seeds: Initial programs by name.
        proposer: Runs operators.
        evaluator: Runs candidates.
    """

    def __init__(
        self,
        *,
        state: State,
        library: Library,
        seeds: Mapping[str, Source],
        proposer: Proposer,
        evaluator: Evaluator,
    ) -> None:
        self._state = state
        self._library = library
        self._seeds = seeds
        self._proposer = proposer
        self._evaluator = evaluator

    async def perform(self, request: Pending, emit: Emit) -> AnyPayload:
        """The answer to a request; see `genesis.engine.loop.Effects`."""
        match request.data:
            case MutationRequested(operator="seed"):
                return self._seed(request.data)
            case MutationRequested():
                return await self._mutate(request.data)
            case EvaluationRequested():
                return await self._evaluate(request, request.data, emit)
            case AnalysisRequested():
                raise AssertionError(f"{request.key} asks a model: genesis.engine.performing gives it to one")
            case _:
                assert_never(request.data)

    def _seed(self, data: MutationRequested) -> MutationProposed:
        name = str(data.parameters["name"])
        source, language = self._seeds[name], self._state.problem.language
        return MutationProposed(
            program=data.program,
            files=dict(source.files),
            entry=source.entry,
            code_digest=code_digest(source, language),
            language=language,
            operator=SEED,
            name=name,
            rationale=f"initial program {name}",
        )

    async def _mutate(self, data: MutationRequested) -> MutationProposed | MutationRejected:
        language = self._state.problem.language
        breeding = Breeding(
            parents=tuple(self._library[parent] for parent in data.parents),
            language=language,
            parameters=self._parameters(data),
            draw=data.draw,
        )
        answer = await self._proposer.propose(data.operator, breeding)
        if isinstance(answer, Proposed):
            self._library.keep(data.program, answer.source)
        return answer_to(data, answer, language)

    def _parameters(self, data: MutationRequested) -> dict[str, Parameter]:
        """What the request says, and for a campaign what the log has since taught it.

        The generations before the member's own were settled when it was asked for, so this does not depend on when the
        request is performed.
        """
        if data.operator != CMA_ES:
            return {name: value for name, value in data.parameters.items() if isinstance(value, int | float | str)}
        number, generation, index = (data.parameters[name] for name in ("campaign", "generation", "index"))
        if not (isinstance(number, int) and isinstance(generation, int) and isinstance(index, int)):
            raise TypeError(f"{data.program}: campaign, generation and index are whole numbers")
        campaign = self._state.campaigns.campaigns[number]
        return {
            "told": campaign.told(generation),
            "index": index,
            "population": campaign.population,
            "step": campaign.sigma,
            "campaign_draw": rng.key(self._state.seed, "campaign", number),
        }

    async def _evaluate(self, request: Pending, data: EvaluationRequested, emit: Emit) -> AnyPayload:
        source = self._library[data.program]
        outcome = await self._evaluator.evaluate(Job(data.program, source))
        if outcome.compiled is not None and not request.facts:
            await emit(_compiled(data.program, outcome.compiled))
        match outcome:
            case Evaluated():
                return self._evaluated(data.program, outcome)
            case Failed():
                return _failed(data.program, outcome)
            case _:
                assert_never(outcome)

    def _evaluated(self, program: str, outcome: Evaluated) -> ProgramEvaluated:
        name, spec = next((name, spec) for name, spec in self._state.problem.metrics.items() if spec.is_primary)
        fitness = None
        if outcome.is_valid and name in outcome.metrics:  # what a model is to give is not there yet
            fitness = outcome.metrics[name] if spec.higher_is_better else -outcome.metrics[name]
        return ProgramEvaluated(
            program=program,
            is_valid=outcome.is_valid,
            metrics={clean(key): value for key, value in outcome.metrics.items()},
            fitness=fitness,
            feedback=clean(outcome.feedback),
            stdout_tail=clean(outcome.stdout_tail),
            stderr_tail=clean(outcome.stderr_tail),
            stages=_stages(outcome.stages),
            usage=_usage(outcome.usage),
            worker=outcome.worker,
        )


def answer_to(
    data: MutationRequested, answer: Proposed | Rejection, language: str
) -> MutationProposed | MutationRejected:
    """What came of a mutation, as it is recorded."""
    if isinstance(answer, Rejection):
        return MutationRejected(program=data.program, reason=answer.reason, message=clean(answer.message))
    return MutationProposed(
        program=data.program,
        files=dict(answer.source.files),
        entry=answer.source.entry,
        code_digest=answer.code_digest,
        language=language,
        parents=data.parents,
        operator=data.operator,
        name=answer.name,
        rationale=answer.rationale,
        diff=answer.diff,
    )


def _failed(program: str, outcome: Failed) -> EvaluationFailed:
    return EvaluationFailed(
        program=program,
        reason=outcome.reason,
        stage=outcome.stage,
        message=clean(outcome.message),
        stdout_tail=clean(outcome.stdout_tail),
        stderr_tail=clean(outcome.stderr_tail),
        stages=_stages(outcome.stages),
        usage=_usage(outcome.usage),
        worker=outcome.worker,
    )


def _compiled(program: str, compiled: Compiled) -> ProgramCompiled:
    return ProgramCompiled(
        program=program,
        ok=compiled.ok,
        diagnostics=clean(compiled.diagnostics),
        artifact_digest=compiled.artifact_digest,
        artifact_bytes=compiled.artifact_bytes,
        duration_s=compiled.duration_s,
    )


def _stages(stages: tuple[Stage, ...]) -> tuple[StageRecord, ...]:
    return tuple(
        StageRecord(name=each.name, status=each.status, duration_s=each.duration_s, cached=each.cached)
        for each in stages
    )


def _usage(usage: Usage) -> UsageRecord:
    return UsageRecord(wall_s=usage.wall_s, cpu_s=usage.cpu_s, max_rss_bytes=usage.max_rss_bytes)


def clean(text: str) -> str:
    """Text that UTF-8 can hold: a candidate, or a model, may say lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
