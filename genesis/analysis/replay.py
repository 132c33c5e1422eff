"""Re-deriving a run's decisions from its log: for every prefix, `decide` must give the decision that follows it."""

from collections.abc import Iterable
from dataclasses import dataclass

from events.envelope import Event, Fact
from events.types import (
    AnalysisFailed,
    AnalysisRequested,
    AnyPayload,
    EvaluationFailed,
    EvaluationRequested,
    GenerationCompleted,
    InsightRecorded,
    MutationProposed,
    MutationRejected,
    MutationRequested,
    ProgramArchived,
    ProgramDeclined,
    ProgramEvaluated,
    PromptEvolved,
    RunInterrupted,
    RunResumed,
    RunStarted,
    RunStopped,
    ScratchpadRevised,
)
from genesis.engine.decide import awaited, decide
from genesis.engine.state import State

__all__ = ["Difference", "Rederivation", "difference_at", "differs", "is_decision", "rederive"]

_DECISIONS = (
    MutationRequested,
    EvaluationRequested,
    AnalysisRequested,
    ProgramArchived,
    ProgramDeclined,
    GenerationCompleted,
    RunStopped,
)
_OF_PROGRAMS = (MutationProposed, MutationRejected, ProgramEvaluated, EvaluationFailed)
_OF_ANALYSES = (InsightRecorded, ScratchpadRevised, PromptEvolved, AnalysisFailed)
_FROM_OUTSIDE = (RunStarted, RunResumed, RunInterrupted)


@dataclass(frozen=True, slots=True)
class Difference:
    """The first event that this version would not have recorded there.

    Attributes:
        sequence: Where it stands.
        recorded: What the log says.
        expected: What the rules say.
    """

    sequence: int
    recorded: str
    expected: str


@dataclass(frozen=True, slots=True)
class Rederivation:
    """What came of checking a log: how many decisions were re-derived, and the first difference if there is one."""

    events: int
    decisions: int
    difference: Difference | None


def difference_at(state: State, event: Event) -> Difference | None:
    """How an event differs from what the rules say follows ``state``; None when it does not, or nothing is decided."""
    return _check(state, event)


def is_decision(event: Event) -> bool:
    """Whether an event is one that the rules make."""
    return isinstance(event.data, _DECISIONS) and not _let_go_from_outside(event)


def rederive(events: Iterable[Event], state: State) -> Rederivation:
    """Folds events into ``state`` and checks every decision on the way, up to the first difference.

    In an ordered run the order of answers is checked too. A run that was killed may lack the decisions that would have
    followed; whoever resumed it made them then.
    """
    count = decisions = 0
    for event in events:
        difference = _check(state, event)
        if difference is not None:
            return Rederivation(count, decisions, difference)
        state.apply(event)
        count += 1
        decisions += isinstance(event.data, _DECISIONS)
    return Rederivation(count, decisions, None)


def _check(state: State, event: Event) -> Difference | None:
    if isinstance(event.data, _FROM_OUTSIDE) or _let_go_from_outside(event):
        return None
    expected = decide(state)
    if isinstance(event.data, _DECISIONS):
        return None if expected is not None and _same(event, expected) else _difference(event, expected)
    if expected is not None:
        return _difference(event, expected)
    return _check_order(state, event)


def _let_go_from_outside(event: Event) -> bool:
    return isinstance(event.data, RunStopped) and event.data.reason in {"interrupted", "failed"}


def _same(event: Event, fact: Fact) -> bool:
    return (
        event.data == fact.data
        and event.cause == fact.cause
        and event.correlation == fact.correlation
        and event.generation == fact.generation
        and event.island == fact.island
    )


def _check_order(state: State, event: Event) -> Difference | None:
    key = _answered(event)
    if key is None or not state.config.ordered:
        return None
    request = awaited(state)
    if request is not None and request.key == key:
        return None
    expected = f"the answer to {request.data.TYPE} of {request.key}" if request else "no answer"
    return Difference(event.sequence, f"{event.type} of {key}", expected)


def _answered(event: Event) -> str | None:
    """Whose request an event answers, None when it answers none."""
    if isinstance(event.data, _OF_PROGRAMS):
        return event.data.program
    return event.data.analysis if isinstance(event.data, _OF_ANALYSES) else None


def differs(event: Event, expected: AnyPayload | str) -> Difference:
    """An event beside what is expected in its place."""
    said = expected if isinstance(expected, str) else _tell(expected.TYPE, expected)
    return Difference(event.sequence, _tell(event.type, event.data), said)


def _difference(event: Event, expected: Fact | None) -> Difference:
    said = "nothing: the run waits for an answer" if expected is None else _tell(expected.data.TYPE, expected.data)
    return Difference(event.sequence, _tell(event.type, event.data), said)


def _tell(kind: str, data: object) -> str:
    text = f"{kind} {data!r}"
    return text if len(text) <= 600 else text[:597] + "..."
