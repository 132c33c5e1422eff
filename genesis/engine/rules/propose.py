"""The next program is asked for: first the initial ones, then children of the archive's programs."""

from dataclasses import dataclass
from random import Random

from events.envelope import Fact
from events.types import Json, MutationRequested, Selection
from genesis import rng
from genesis.engine.requests import program_id
from genesis.engine.rules.generation import generation_of
from genesis.engine.rules.operators import (
    CMA_ES,
    ISLAND,
    RECOMBINATION,
    SEED,
    current_campaign,
    open_generation,
    shares,
)
from genesis.engine.rules.stop import ending, exhausted
from genesis.engine.state import State
from genesis.strategy.mix import choose
from genesis.strategy.parents import Pick, rank, tournament
from genesis.strategy.steps import CAMPAIGN_STEP, lineage_step
from projections.archive import Elite

__all__ = ["propose"]


@dataclass(frozen=True, slots=True)
class _Parent:
    elite: Elite
    probability: float


def propose(state: State) -> Fact | None:
    """Asks for the next program while there is room in the window and a stop rule does not forbid it."""
    number = state.requests.made + 1
    seeds = state.problem.seeds
    if state.requests.in_flight >= state.config.window or exhausted(state) or ending(state) is not None:
        return None
    if number <= len(seeds):
        return _request(state, number, operator=SEED, parameters={"name": seeds[number - 1]})
    limit = state.config.stop.generations
    if limit is not None and generation_of(state, number) > limit:
        return None
    if state.requests.settled[0] < len(seeds) or not state.archive.island(ISLAND).ranked:
        return None
    return _child(state, number)


def _request(
    state: State,
    number: int,
    *,
    operator: str,
    parameters: dict[str, Json],
    parents: tuple[_Parent, ...] = (),
    mix: dict[str, float] | None = None,
) -> Fact:
    selection = None
    if parents:
        selection = Selection(
            strategy=_strategy(state), probabilities=tuple(round(each.probability, 9) for each in parents)
        )
    program = program_id(number)
    data = MutationRequested(
        program=program,
        operator=operator,
        island=ISLAND,
        parents=tuple(each.elite.program for each in parents),
        selection=selection,
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
    if operator == CMA_ES:
        return _campaign_member(state, number, generator, mix)
    parents = _parents(state, 2 if operator == RECOMBINATION else 1, generator)
    step = lineage_step(state.operators.litter(parents[0].elite.program), generator)
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
    base = Elite(-(state.population[campaign.base].fitness or 0.0), campaign.base, None)
    parameters: dict[str, Json] = {
        "campaign": campaign.number,
        "generation": generation,
        "index": index,
        "population": campaign.population,
        "sigma": campaign.sigma,
    }
    return _request(state, number, operator=CMA_ES, parameters=parameters, parents=(_Parent(base, 1.0),), mix=mix)


def _campaign(state: State, number: int, generator: Random, mix: dict[str, float]) -> Fact:
    best = state.archive.island(ISLAND).ranked[0]
    parents = (_Parent(best, 1.0),) if generator.random() < 0.5 else _parents(state, 1, generator)
    parameters: dict[str, Json] = {
        "campaign": len(state.campaigns.campaigns),
        "generation": 0,
        "index": 0,
        "population": state.config.mutation.cma_population,
        "sigma": CAMPAIGN_STEP,
    }
    return _request(state, number, operator=CMA_ES, parameters=parameters, parents=parents, mix=mix)


def _strategy(state: State) -> str:
    selection = state.config.strategy.selection
    match selection.kind:
        case "tournament":
            return f"tournament({selection.tournament_size})"
        case "rank":
            return f"rank({selection.pressure:g})"


def _parents(state: State, count: int, generator: Random) -> tuple[_Parent, ...]:
    pool = list(state.archive.island(ISLAND).ranked)
    parents: list[_Parent] = []
    for _ in range(count):
        pick = _pick(state, len(pool), generator)
        parents.append(_Parent(pool.pop(pick.index), pick.probability))
    return tuple(parents)


def _pick(state: State, count: int, generator: Random) -> Pick:
    selection = state.config.strategy.selection
    match selection.kind:
        case "tournament":
            return tournament(count, size=selection.tournament_size, generator=generator)
        case "rank":
            return rank(count, pressure=selection.pressure, generator=generator)
