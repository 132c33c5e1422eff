"""The next program is asked for: first the initial ones, then children of the archive's programs."""

from random import Random

from events.envelope import Fact
from events.types import Json, MutationRequested
from genesis import rng
from genesis.engine.requests import program_id
from genesis.engine.rules.ask import ask
from genesis.engine.rules.generation import founders, generation_of
from genesis.engine.rules.operators import (
    CMA_ES,
    ISLAND,
    LLM_SEED,
    RECOMBINATION,
    SEED,
    asks_models,
    current_campaign,
    founding,
    open_generation,
    shares,
)
from genesis.engine.rules.parents import Parent, draw_parents, selection_of
from genesis.engine.rules.stop import ending, exhausted
from genesis.engine.state import State
from genesis.strategy.mix import choose
from genesis.strategy.steps import CAMPAIGN_STEP, lineage_step

__all__ = ["propose"]


def propose(state: State) -> Fact | None:
    """Asks for the next program while there is room in the window and a stop rule does not forbid it."""
    number = state.requests.made + 1
    if state.requests.in_flight >= state.config.window or exhausted(state) or ending(state) is not None:
        return None
    first = founders(state)
    if number <= first:
        return _first(state, number)
    limit = state.config.stop.generations
    if limit is not None and generation_of(state, number) > limit:
        return None
    if state.requests.settled[0] < first:
        return None
    return _child(state, number) if state.archive.island(ISLAND).ranked else _founder(state, number)


def _first(state: State, number: int) -> Fact | None:
    seeds = state.problem.seeds
    if seeds:
        return _request(state, number, operator=SEED, parameters={"name": seeds[number - 1]})
    return ask(state, number, LLM_SEED) if asks_models(state) else None


def _founder(state: State, number: int) -> Fact | None:
    """While no program is valid, a model may still write or repair one."""
    operator = founding(state)
    return None if operator is None else ask(state, number, operator)


def _request(
    state: State,
    number: int,
    *,
    operator: str,
    parameters: dict[str, Json],
    parents: tuple[Parent, ...] = (),
    mix: dict[str, float] | None = None,
) -> Fact:
    program = program_id(number)
    data = MutationRequested(
        program=program,
        operator=operator,
        island=ISLAND,
        parents=tuple(each.program for each in parents),
        selection=selection_of(state, parents),
        mix=mix or {},
        parameters=parameters,
        draw=rng.key(state.seed, "mutation", number),
    )
    return Fact(data, state.run.sequence, program, generation_of(state, number), ISLAND)


def _child(state: State, number: int) -> Fact | None:
    generator = rng.draw(rng.key(state.seed, "choice", number))
    usable = shares(state)
    if not usable:
        return None
    operator = choose(usable, generator)
    mix = {name: round(share, 6) for name, share in usable.items()}
    if operator in state.config.mutation.by_model:
        return ask(state, number, operator, mix=mix)
    if operator == CMA_ES:
        return _campaign_member(state, number, generator, mix)
    parents = draw_parents(state, ISLAND, 2 if operator == RECOMBINATION else 1, generator)
    step = lineage_step(state.operators.litter(parents[0].program), generator)
    parameters: dict[str, Json] = {"step": float(f"{step:.6g}")} if operator == "constants" else {}
    return _request(state, number, operator=operator, parameters=parameters, parents=parents, mix=mix)


def _campaign_member(state: State, number: int, generator: Random, mix: dict[str, float]) -> Fact:
    campaign = current_campaign(state)
    if campaign is None:
        return _campaign(state, number, generator, mix)
    generation = open_generation(campaign)
    if generation is None:
        raise AssertionError("a campaign without an open generation is not usable")
    index = len(campaign.generations[generation]) if generation < len(campaign.generations) else 0
    parameters: dict[str, Json] = {
        "campaign": campaign.number,
        "generation": generation,
        "index": index,
        "population": campaign.population,
        "sigma": campaign.sigma,
    }
    parents = (Parent(campaign.base, 1.0),)
    return _request(state, number, operator=CMA_ES, parameters=parameters, parents=parents, mix=mix)


def _campaign(state: State, number: int, generator: Random, mix: dict[str, float]) -> Fact:
    best = Parent(state.archive.island(ISLAND).ranked[0].program, 1.0)
    parents = (best,) if generator.random() < 0.5 else draw_parents(state, ISLAND, 1, generator)
    parameters: dict[str, Json] = {
        "campaign": len(state.campaigns.campaigns),
        "generation": 0,
        "index": 0,
        "population": state.config.mutation.cma_population,
        "sigma": CAMPAIGN_STEP,
    }
    return _request(state, number, operator=CMA_ES, parameters=parameters, parents=parents, mix=mix)
