"""Which operators can be used now, and with what probability each.

CMA-ES goes on in campaigns around one base program, generation by generation: a generation's members are drawn only
when the one before is settled. A campaign that goes on has a fixed share of the tries; whether one is worth beginning
is up to the mix.
"""

from genesis.engine.state import State
from genesis.strategy.mix import adaptive, uniform
from projections.campaigns import Campaign

__all__ = ["CMA_ES", "ISLAND", "RECOMBINATION", "SEED", "current_campaign", "open_generation", "shares"]

ISLAND = 0
CMA_ES, RECOMBINATION, SEED = "cma_es", "recombination", "seed"
_IDLE_GENERATIONS = 8  # a campaign whose last generations brought nothing better has converged


def shares(state: State) -> dict[str, float]:
    """Each usable operator's probability; empty when there is none, until something in flight is settled."""
    config = state.config.mutation
    usable = {name: share for name, share in _mix(state).items() if _usable(state, name)}
    if not usable and CMA_ES in config.operators and current_campaign(state) is None:
        return {CMA_ES: 1.0}
    if CMA_ES in usable and len(usable) > 1 and current_campaign(state) is not None:
        rest = sum(usable.values()) - usable[CMA_ES]
        usable[CMA_ES] = rest * config.cma_share / (1 - config.cma_share)
    total = sum(usable.values())
    return {name: share / total for name, share in usable.items()}


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


def _mix(state: State) -> dict[str, float]:
    config = state.config.mutation
    if config.mix == "uniform":
        return uniform(config.operators)
    records = {name: state.operators.record(name) for name in config.operators}
    return adaptive(records, floor=config.floor, horizon=config.horizon)


def _usable(state: State, operator: str) -> bool:
    match operator:
        case "recombination":
            return len(state.archive.island(ISLAND)) >= 2
        case "cma_es":
            campaign = current_campaign(state)
            return _time_for_a_campaign(state) if campaign is None else open_generation(campaign) is not None
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
