"""Which operators can be used now, and with what probability each.

Models propose a fixed share of the programs, so that they find structure; offline operators make the rest, and tune the
constants of what was found. Among themselves, operators of each kind are tried the more the better they fare.

CMA-ES goes on in campaigns around one base program, generation by generation: a generation's members are drawn only
when the one before is settled. A campaign that goes on has a fixed share of the tries; whether one is worth beginning
is up to the mix.
"""

from collections.abc import Sequence

from genesis.engine.rules.generation import founders
from genesis.engine.state import State
from genesis.strategy.mix import adaptive, uniform
from projections.campaigns import Campaign
from projections.trials import FailedProgram

__all__ = [
    "CMA_ES",
    "ISLAND",
    "LLM_CROSSOVER",
    "LLM_REPAIR",
    "LLM_SEED",
    "RECOMBINATION",
    "SEED",
    "asks_models",
    "current_campaign",
    "founding",
    "open_generation",
    "repairable",
    "shares",
]

ISLAND = 0
CMA_ES, RECOMBINATION, SEED = "cma_es", "recombination", "seed"
LLM_CROSSOVER, LLM_REPAIR, LLM_SEED = "llm_crossover", "llm_repair", "llm_seed"
_IDLE_GENERATIONS = 8  # a campaign whose last generations brought nothing better has converged
_FOUNDING_TRIES = 12  # further first programs and repairs, before a run without a valid program is given up


def shares(state: State) -> dict[str, float]:
    """Each usable operator's probability; empty when there is none, until something in flight is settled."""
    by_model = _shares_of_models(state)
    share = state.config.llm.share if by_model else 0.0
    if share == 1:
        return by_model
    offline = _shares_offline(state)
    if not (by_model and offline):
        return by_model or offline
    return {
        **{name: value * (1 - share) for name, value in offline.items()},
        **{name: value * share for name, value in by_model.items()},
    }


def asks_models(state: State) -> bool:
    """Whether there are models, and the budget has not refused the last request that a program was to come of."""
    return bool(state.config.llm.models) and "mutation" not in state.budget.closed


def founding(state: State) -> str | None:
    """The operator that may still give a run its first valid program, None when it is given up or models are shut."""
    tried = state.requests.made - founders(state)
    if tried >= _FOUNDING_TRIES or not asks_models(state):
        return None
    if LLM_REPAIR in state.config.mutation.by_model and repairable(state) is not None:
        return LLM_REPAIR
    return None if state.problem.seeds else LLM_SEED


def repairable(state: State) -> FailedProgram | None:
    """The latest program that failed, was not repaired too often, and that a person or a model wrote.

    What an offline operator broke is not worth a call: its parent is whole.
    """
    most = state.config.mutation.repairs
    return next(
        (
            failed
            for failed in reversed(state.trials.failures.values())
            if failed.repairs < most and (failed.by_model or not failed.parents) and failed.island == ISLAND
        ),
        None,
    )


def _shares_offline(state: State) -> dict[str, float]:
    config = state.config.mutation
    usable = {name: share for name, share in _mix(state, config.offline).items() if _usable(state, name)}
    if not usable and CMA_ES in config.offline and current_campaign(state) is None:
        return {CMA_ES: 1.0}
    if CMA_ES in usable and len(usable) > 1 and current_campaign(state) is not None:
        rest = sum(usable.values()) - usable[CMA_ES]
        usable[CMA_ES] = rest * config.cma_share / (1 - config.cma_share)
    return _whole(usable)


def _shares_of_models(state: State) -> dict[str, float]:
    if not asks_models(state):
        return {}
    mix = _mix(state, state.config.mutation.by_model)
    return _whole({name: share for name, share in mix.items() if _usable(state, name)})


def _whole(parts: dict[str, float]) -> dict[str, float]:
    total = sum(parts.values())
    return {name: share / total for name, share in parts.items()}


def current_campaign(state: State) -> Campaign | None:
    """The campaign that goes on, None when the last one is over or there was none."""
    campaign = state.campaigns.latest(ISLAND)
    return None if campaign is None or _over(state, campaign) else campaign


def open_generation(campaign: Campaign) -> int | None:
    """The generation that takes the next member, None while the last one is full and not yet settled."""
    last = len(campaign.generations) - 1
    if len(campaign.generations[last]) < campaign.population:
        return last
    return last + 1 if all(member in campaign.outcomes for member in campaign.generations[last]) else None


def _mix(state: State, operators: Sequence[str]) -> dict[str, float]:
    config = state.config.mutation
    if not operators:
        return {}
    if config.mix == "uniform":
        return uniform(operators)
    records = {name: state.operators.record(name) for name in operators}
    return adaptive(records, floor=config.floor, horizon=config.horizon)


def _usable(state: State, operator: str) -> bool:
    match operator:
        case "recombination" | "llm_crossover":
            return len(state.archive.island(ISLAND)) >= 2
        case "cma_es":
            campaign = current_campaign(state)
            return _time_for_a_campaign(state) if campaign is None else open_generation(campaign) is not None
        case "llm_repair":
            return repairable(state) is not None
        case _:
            return True


def _time_for_a_campaign(state: State) -> bool:
    """After a while without a better program; the first one also when small gains have gone on for twice as long."""
    patience, progress = state.config.mutation.cma_patience, state.progress
    first = not state.campaigns.campaigns
    return progress.stale_evaluations >= patience or (first and progress.evaluations >= 2 * patience)


def _over(state: State, campaign: Campaign) -> bool:
    if campaign.unfit:
        return True
    if open_generation(campaign) != len(campaign.generations):
        return False
    told = [
        max((fitness for fitness in members if fitness is not None), default=float("-inf"))
        for members in campaign.told(len(campaign.generations))
    ]
    stale = len(told) > _IDLE_GENERATIONS and max(told[-_IDLE_GENERATIONS:]) <= max(told[:-_IDLE_GENERATIONS])
    return stale or len(told) >= state.config.mutation.cma_generations
