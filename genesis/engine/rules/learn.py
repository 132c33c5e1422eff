"""A model is asked what is to be learnt: within a share of all calls, and only where there is something to learn."""

from events.envelope import Fact
from events.types import AnalysisKind, AnalysisRequested
from genesis import rng
from genesis.engine.requests import analysis_id
from genesis.engine.rules.ask import tried_before
from genesis.engine.rules.models import analysis_allowed, population_of_prompts
from genesis.engine.rules.stop import ending, exhausted
from genesis.engine.state import State
from genesis.llm.asking import analysis_model
from genesis.strategy.learning import worth_an_insight
from projections.prompts import PromptRecord

__all__ = ["learn"]

_SHOWN_INSIGHTS, _SHOWN_PROGRAMS, _SHOWN_FAILURES, _SHOWN_PROMPTS = 12, 8, 3, 3
_FIRST_TRIES = 5  # of a system prompt, before another one is bred: a score of nothing says nothing


def learn(state: State) -> Fact | None:
    """Asks for a scratchpad or a system prompt that is due, else for a lesson that is worth its call."""
    model = analysis_model(state.config.llm)
    if model is None or not state.models.responses or not analysis_allowed(state):
        return None
    data = _scratchpad(state, model) or _prompt(state, model) or _insight(state, model)
    if data is None or exhausted(state) or ending(state) is not None:
        return None
    cause = state.population[data.program].settled_at if data.program else state.run.sequence
    return Fact(data, cause, data.analysis, state.requests.generation)


def _insight(state: State, model: str) -> AnalysisRequested | None:
    if not state.config.learning.insights or not _may(state, "insight"):
        return None
    found = worth_an_insight(state.lessons.outcomes.values())
    if found is None:
        return None
    outcome, why = found
    parents = state.population[outcome.program].parents
    before = tuple(each for each in tried_before(state, parents) if each != outcome.program)
    return _request(
        state, "insight", model, why=why, program=outcome.program, programs=(outcome.program,), tried=before
    )


def _scratchpad(state: State, model: str) -> AnalysisRequested | None:
    every, lessons = state.config.learning.scratchpad_every, state.lessons
    due = every is not None and state.progress.evaluations - lessons.revised_at >= every
    if not due or not _may(state, "scratchpad"):
        return None
    best = [each.program for each in reversed(state.progress.improvements)]
    failed = [each.program for each in reversed(state.trials.failures.values()) if each.by_model]
    tried = [each.program for each in reversed(lessons.outcomes.values()) if each.model]
    return _request(
        state,
        "scratchpad",
        model,
        why=str(state.progress.evaluations),
        programs=tuple(best[:_SHOWN_PROGRAMS]),
        failures=tuple(failed[:_SHOWN_FAILURES]),
        tried=tuple(tried[:_SHOWN_PROGRAMS]),
        insights=tuple(each.analysis for each in reversed(lessons.latest))[:_SHOWN_INSIGHTS],
    )


def _prompt(state: State, model: str) -> AnalysisRequested | None:
    every, lessons = state.config.learning.prompts_every, state.lessons
    due = every is not None and state.progress.evaluations - lessons.evolved_at >= every
    if not due or not _may(state, "prompt"):
        return None
    tried = [each for each in population_of_prompts(state) if each.tries >= _FIRST_TRIES]
    ranked = sorted(tried, key=lambda each: -(each.score or 0.0))[:_SHOWN_PROMPTS]
    if not ranked:
        return None
    return _request(state, "prompt", model, why=str(state.progress.evaluations), prompts=ranked)


def _may(state: State, kind: AnalysisKind) -> bool:
    """One of a kind at a time, and none once the budget has refused one."""
    asked = any(
        isinstance(each.data, AnalysisRequested) and each.data.kind == kind for each in state.requests.analyses.values()
    )
    return not asked and kind not in state.budget.closed


def _request(
    state: State,
    kind: AnalysisKind,
    model: str,
    *,
    why: str,
    program: str | None = None,
    programs: tuple[str, ...] = (),
    failures: tuple[str, ...] = (),
    tried: tuple[str, ...] = (),
    insights: tuple[str, ...] = (),
    prompts: list[PromptRecord] | None = None,
) -> AnalysisRequested:
    number = state.lessons.asked + 1
    shown = prompts or []
    scores = (None if each.score is None else round(each.score, 6) for each in shown)
    return AnalysisRequested(
        analysis=analysis_id(number),
        kind=kind,
        model=model,
        why=why,
        program=program,
        programs=programs or tuple(sample for each in shown for sample in each.samples),
        failures=failures,
        tried=tried,
        insights=insights,
        scratchpad=state.lessons.scratchpad,
        prompts=tuple(each.prompt_id for each in shown),
        scores=tuple(scores),
        prompt_id=f"prompt-{state.lessons.prompts_asked + 1}" if kind == "prompt" else None,
        draw=rng.key(state.seed, "analysis", number),
    )
