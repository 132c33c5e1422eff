"""Which model and which system prompt, and whether models may be asked for anything but programs."""

from dataclasses import dataclass

from events.types import ProblemRecord
from genesis import rng
from genesis.config.models import ModelConfig
from genesis.engine.state import State
from genesis.llm.asking import analysis_model
from genesis.strategy.bandit import Arm, chances, choose_arm, fixed_shares
from genesis.strategy.learning import may_analyse, prompt_chances
from projections.prompts import PromptRecord

__all__ = [
    "CALLS_OF_A_SCORE",
    "PACKAGED",
    "ModelChoice",
    "PromptChoice",
    "analysis_allowed",
    "choose_model",
    "choose_prompt",
    "judge_of",
    "population_of_prompts",
    "primary_of",
    "scores_asked",
]

PACKAGED = "packaged"
CALLS_OF_A_SCORE = 2
"""Calls that a stage may take: the question, and one more when the reply cannot be read."""

_IMPROVED, _ARCHIVED = 1.0, 0.1  # as the mix of operators has it
_SETTLED_PROMPT = 5  # tries after which a system prompt may be left out for its score


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model, the policy that chose it, and the probability that each had."""

    model: str
    policy: str
    probabilities: dict[str, float]


@dataclass(frozen=True, slots=True)
class PromptChoice:
    """A system prompt and the probability that each had; None when prompts do not evolve."""

    prompt_id: str | None
    probabilities: dict[str, float]


def choose_model(state: State, number: int, island: int) -> ModelChoice:
    """The model that is asked for the run's ``number``-th program, among those that do not hold up the others."""
    config = state.config.llm
    serving = [each for each in config.models if not each.islands or island in each.islands] or list(config.models)
    generator = rng.draw(rng.key(state.seed, "model", number))
    arms = [_arm(state, each) for each in _free(state, serving)]
    probabilities = chances(config.choice, arms, number=state.models.asked, generator=generator)
    model = choose_arm(probabilities, generator)
    return ModelChoice(model, config.choice, {name: round(value, 6) for name, value in probabilities.items()})


def _free(state: State, models: list[ModelConfig]) -> list[ModelConfig]:
    """Without those that would keep the others from being asked; all of them where that leaves none.

    These are models whose calls wait to be made again, and, where each is to have a share whatever comes of it, models
    that have more of the window than is left once the others have a quarter of their shares of it.
    """
    config, record = state.config, state.models.record
    shares = fixed_shares(config.llm.choice, [_arm(state, each) for each in models])
    kept = {name: int(config.window * share / 4) for name, share in shares.items()}
    return [
        each
        for each in models
        if not state.models.held_up(each.name)
        and record(each.name).open < config.window - sum(kept.values()) + kept.get(each.name, 0)
    ] or models


def choose_prompt(state: State, number: int) -> PromptChoice:
    """The system prompt of the run's ``number``-th program."""
    if state.config.learning.prompts_every is None:
        return PromptChoice(None, {})
    probabilities = dict(prompt_chances(population_of_prompts(state)))
    generator = rng.draw(rng.key(state.seed, "prompt", number))
    return PromptChoice(choose_arm(probabilities, generator), probabilities)


def population_of_prompts(state: State) -> list[PromptRecord]:
    """The system prompts in use: the packaged one, those that are new, and the best of the others."""
    records = dict(state.prompts.records)
    packaged = records.pop(PACKAGED, None) or PromptRecord(PACKAGED)
    ranked = sorted(records.values(), key=_standing, reverse=True)
    return [packaged, *ranked[: state.config.learning.prompts_kept - 1]]


def judge_of(state: State, operator: str) -> str | None:
    """The model that may be asked whether a program is new; None for none."""
    novelty = state.config.novelty
    wanted = novelty.judge and novelty.threshold is not None and operator != "llm_seed"
    return analysis_model(state.config.llm) if wanted and analysis_allowed(state) else None


def analysis_allowed(state: State, calls: int = 1) -> bool:
    """Whether so many more calls for analysis keep to ``llm.analysis_share``, whatever comes of those that are open."""
    requests = state.requests
    open_calls = len(requests.analyses) + requests.judged + CALLS_OF_A_SCORE * requests.scored
    budget = state.budget
    return may_analyse(
        analysis=budget.analysis_calls + open_calls + calls - 1,
        calls=budget.questions + calls - 1,
        share=state.config.llm.analysis_share,
    )


def scores_asked(state: State) -> tuple[str, ...]:
    """The stages that a model is asked to score a program in: within its share but for the metric that is searched for.

    Nothing can be said of a program without that one, so it is a measurement, which only the budget bounds.
    """
    found: list[str] = []
    for score in state.problem.scores:
        may = CALLS_OF_A_SCORE * (len(found) + 1)
        is_open = "judge" not in state.budget.closed and analysis_allowed(state, may)
        if is_open or score.metric == primary_of(state.problem):
            found.append(score.stage)
    return tuple(found)


def primary_of(problem: ProblemRecord) -> str:
    """The metric that is searched for."""
    return next(name for name, spec in problem.metrics.items() if spec.is_primary)


def _standing(prompt: PromptRecord) -> tuple[bool, float]:
    score = prompt.score
    return (prompt.tries < _SETTLED_PROMPT or score is None, score or 0.0)


def _arm(state: State, model: ModelConfig) -> Arm:
    record = state.models.record(model.name)
    recent = record.outcomes.latest(state.config.mutation.horizon)
    known = record.outcomes.tries and not record.unpriced_calls
    return Arm(
        name=model.name,
        weight=model.weight,
        tries=recent.tries,
        open=record.open,
        earlier=record.outcomes.tries - recent.tries,
        reward=_IMPROVED * recent.improved + _ARCHIVED * (recent.archived - recent.improved),
        cost_usd=record.cost_usd / record.outcomes.tries if known else None,
    )
