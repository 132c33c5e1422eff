"""Scores by models: what follows an evaluation that went well, before its outcome is recorded.

The question depends on the program's text and on the stage's criteria alone, never on what was measured. So a process
that takes a request up after another died asks the same, and the replies that the log has answer it.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Protocol

from events.types import (
    AnyPayload,
    BoundRecord,
    EvaluationFailed,
    EvaluationRequested,
    ProgramEvaluated,
    ScoreRecord,
    StageRecord,
)
from genesis.engine.briefs import Briefs
from genesis.engine.calls import Call, Calls, Trail
from genesis.engine.effects import Library, Past, clean
from genesis.engine.loop import Effects, Emit
from genesis.engine.requests import Pending
from genesis.engine.rules.models import CALLS_OF_A_SCORE, primary_of
from genesis.engine.state import State
from genesis.llm.port import Failure
from genesis.mutation.models.port import Rubric, View
from genesis.mutation.tasks import Finding, Study

__all__ = ["Reader", "Scoring", "before_scores", "timed_as"]


class Reader(Protocol):
    """Has one step of a study."""

    async def study(self, study: Study) -> Finding:
        """The question, or what the reply says."""
        ...


@dataclass(frozen=True, slots=True)
class _Asked:
    """An evaluation whose program is to be scored."""

    data: EvaluationRequested
    trail: Trail
    emit: Emit


class _Performed(NamedTuple):
    """How a stage went: the number, or why there is none, and how long it took."""

    status: Literal["ok", "failed", "skipped"]
    said: float | str
    duration_s: float


class Scoring:
    """Performs evaluations, and the stages of them that a model scores.

    Args:
        local: Performs all the other stages.
        state: The run so far; read, never changed.
        past: The log that it was folded from.
        briefs: Says what a model is told.
        calls: Asks models.
        reader: Makes the questions and reads the replies.
    """

    def __init__(
        self, *, local: Effects, state: State, past: Past, briefs: Briefs, calls: Calls, reader: Reader
    ) -> None:
        self._local = local
        self._state = state
        self._past = past
        self._briefs = briefs
        self._calls = calls
        self._reader = reader
        self._library = Library(past, state)

    @property
    def has_part(self) -> bool:
        """Whether the problem has stages that a model scores."""
        return bool(self._state.problem.scores)

    async def evaluate(self, request: Pending, data: EvaluationRequested, emit: Emit) -> AnyPayload:
        """The outcome, with the scores of a valid program in its metrics."""
        outcome = await self._local.perform(request, emit)
        match outcome:
            case ProgramEvaluated(is_valid=True):
                trail = Trail(self._past.read_at(each).data for each in request.trail)
                return await self._scored(_Asked(data, trail, emit), _without(outcome, self._state))
            case ProgramEvaluated():
                return replace(_without(outcome, self._state), stages=(*outcome.stages, *self._skipped(())))
            case EvaluationFailed():
                return replace(outcome, stages=(*outcome.stages, *self._skipped(())))
            case _:
                return outcome

    async def _scored(self, asked: _Asked, outcome: ProgramEvaluated) -> ProgramEvaluated | EvaluationFailed:
        """The metric that is searched for comes first: a program that fails for want of it costs no other score."""
        primary = primary_of(self._state.problem)
        metrics, records = dict(outcome.metrics), list[StageRecord]()
        for score in sorted(self._state.problem.scores, key=lambda each: each.metric != primary):
            status, said, duration_s = await self._perform(asked, score, outcome)
            records.append(StageRecord(name=score.stage, status=status, duration_s=duration_s))
            if not isinstance(said, str):
                metrics[score.metric] = said
            elif score.metric == primary:
                stages = (*outcome.stages, *records, *self._skipped(records))
                return _failed(replace(outcome, stages=stages), score, said)
        stages = (*outcome.stages, *records)
        return replace(outcome, metrics=metrics, stages=stages, fitness=self._fitness(metrics))

    async def _perform(self, asked: _Asked, score: ScoreRecord, outcome: ProgramEvaluated) -> _Performed:
        if not _is_due(score, asked.data, outcome):
            return _Performed("skipped", "it was skipped: a stage that it waits for did not end well", 0.0)
        began_s = time.monotonic()
        said = await self._score(asked, score)
        return _Performed("failed" if isinstance(said, str) else "ok", said, time.monotonic() - began_s)

    async def _score(self, asked: _Asked, score: ScoreRecord) -> float | str:
        """The number, or why there is none."""
        data, study = asked.data, self._study(asked.data.program, score)
        found = await self._reader.study(study)
        for number in range(1, CALLS_OF_A_SCORE + 1):
            if not found.messages or data.model is None:
                break
            call = Call(
                call=f"{data.program}/{score.stage}/{number}",
                model=data.model,
                messages=found.messages,
                purpose="judge",
                draw=f"{data.draw}/{score.stage}",
                program=data.program,
            )
            reply = await self._calls.ask(call, asked.trail, asked.emit)
            if isinstance(reply, Failure):
                return f"{reply.reason}: {reply.message}"
            found = await self._reader.study(replace(study, reply=reply.text))
            if found.score is not None:
                return found.score
        return f"no score was given: {found.rejection}"

    def _study(self, program: str, score: ScoreRecord) -> Study:
        view = View(id=program, source=self._library[program])
        rubric = Rubric(score.criteria, score.lowest, score.highest)
        return Study(kind="score", brief=self._briefs.about(operator="score"), views=(view,), rubric=rubric)

    def _fitness(self, metrics: Mapping[str, float]) -> float:
        name = primary_of(self._state.problem)
        return metrics[name] if self._state.problem.metrics[name].higher_is_better else -metrics[name]

    def _skipped(self, over: Sequence[StageRecord]) -> list[StageRecord]:
        names = {each.name for each in over}
        left = (each.stage for each in self._state.problem.scores if each.stage not in names)
        return [StageRecord(name=name, status="skipped", duration_s=0.0) for name in left]


def before_scores(outcome: AnyPayload, state: State) -> AnyPayload:
    """A recorded outcome as it was before models scored the program."""
    names = {each.stage for each in state.problem.scores}
    if not isinstance(outcome, ProgramEvaluated | EvaluationFailed) or not names:
        return outcome
    stages = tuple(each for each in outcome.stages if each.name not in names)
    if isinstance(outcome, ProgramEvaluated):
        return replace(_without(outcome, state), stages=stages)
    if outcome.reason != "score_failed" or outcome.usage is None:
        return replace(outcome, stages=stages)
    return ProgramEvaluated(
        program=outcome.program,
        is_valid=True,
        metrics={},
        fitness=None,
        stdout_tail=outcome.stdout_tail,
        stderr_tail=outcome.stderr_tail,
        stages=stages,
        usage=outcome.usage,
        worker=outcome.worker,
    )


def timed_as(outcome: AnyPayload, recorded: AnyPayload, state: State) -> AnyPayload:
    """An outcome whose scores were given again, with the time that they took when they were recorded."""
    if not isinstance(outcome, ProgramEvaluated | EvaluationFailed):
        return outcome
    if not isinstance(recorded, ProgramEvaluated | EvaluationFailed):
        return outcome
    names = {each.stage for each in state.problem.scores}
    took = {each.name: each.duration_s for each in recorded.stages if each.name in names}
    stages = (replace(each, duration_s=took.get(each.name, each.duration_s)) for each in outcome.stages)
    return replace(outcome, stages=tuple(stages))


def _without(outcome: ProgramEvaluated, state: State) -> ProgramEvaluated:
    """The outcome without what only a model may say, whatever the validator said of it."""
    scored = {each.metric for each in state.problem.scores}
    metrics = {name: value for name, value in outcome.metrics.items() if name not in scored}
    return replace(outcome, metrics=metrics)


def _is_due(score: ScoreRecord, data: EvaluationRequested, outcome: ProgramEvaluated) -> bool:
    well = {each.name for each in outcome.stages if each.status == "ok"}
    keeps = score.when is None or _holds(score.when, outcome.metrics)
    return score.stage in data.scores and well.issuperset(score.after) and keeps


def _holds(bound: BoundRecord, metrics: Mapping[str, float]) -> bool:
    value = metrics.get(bound.metric)
    if value is None:
        return False
    return (bound.at_least is None or value >= bound.at_least) and (bound.at_most is None or value <= bound.at_most)


def _failed(outcome: ProgramEvaluated, score: ScoreRecord, why: str) -> EvaluationFailed:
    return EvaluationFailed(
        program=outcome.program,
        reason="score_failed",
        stage=score.stage,
        message=clean(why),
        stdout_tail=outcome.stdout_tail,
        stderr_tail=outcome.stderr_tail,
        stages=outcome.stages,
        usage=outcome.usage,
        worker=outcome.worker,
    )
