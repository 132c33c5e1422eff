"""A proposed program is evaluated, as soon as there is room in the queue."""

from dataclasses import fields, replace

from events.envelope import Fact
from events.types import EvaluationRequested, LimitsRecord
from genesis import rng
from genesis.engine.rules.models import scores_asked
from genesis.engine.rules.stop import ending
from genesis.engine.state import State
from genesis.llm.asking import analysis_model

__all__ = ["evaluate", "evaluation_room", "limits_of"]


def evaluation_room(state: State) -> int:
    """How many evaluations may be open at a time: half the window, so that proposing and judging both stay busy."""
    return (state.config.window + 1) // 2


def evaluate(state: State) -> Fact | None:
    """Asks for the evaluation of the program that has waited longest."""
    requests = state.requests
    if len(requests.evaluations) >= evaluation_room(state):
        return None
    program, proposal = next(iter(requests.to_evaluate.items()), (None, None))
    if program is None or proposal is None or ending(state) is not None:
        return None
    scores = scores_asked(state)
    data = EvaluationRequested(
        program=program,
        backend=state.config.evaluation.backend,
        stages=state.problem.stages,
        limits=limits_of(state),
        scores=scores,
        model=analysis_model(state.config.llm) if scores else None,
        draw=rng.key(state.seed, "score", requests.evaluations_asked + 1) if scores else "",
    )
    return Fact(data, proposal.sequence, program, proposal.generation, proposal.island)


def limits_of(state: State) -> LimitsRecord:
    """What a candidate of the run may use."""
    own, problem = state.config.evaluation, state.problem.limits
    names = [each.name for each in fields(LimitsRecord)]
    changed = {name: value for name in names if (value := getattr(own, name, None)) is not None}
    return replace(problem, **changed)
