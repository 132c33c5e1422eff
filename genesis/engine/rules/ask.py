"""A model is asked for a program: who breeds, which model, and all that its prompt is to show."""

from collections.abc import Mapping
from random import Random

from events.envelope import Fact
from events.types import Briefing, MutationRequested
from genesis import rng
from genesis.engine.requests import program_id
from genesis.engine.rules.generation import generation_of
from genesis.engine.rules.models import choose_model, choose_prompt, judge_of
from genesis.engine.rules.operators import ISLAND, LLM_CROSSOVER, LLM_REPAIR, LLM_SEED, repairable
from genesis.engine.rules.parents import Parent, draw_parents, selection_of
from genesis.engine.state import State
from genesis.strategy.inspirations import compared_with, inspirations
from genesis.strategy.learning import ancestors_first

__all__ = ["VARIANTS", "ask", "tried_before"]

VARIANTS: Mapping[str, tuple[str, ...]] = {"llm_rewrite": ("another_algorithm", "restructure", "tune", "simplify")}
_TRIED = 8
_ANCESTORS = 4  # further back, a change says little about the program at hand


def ask(state: State, number: int, operator: str, *, mix: dict[str, float] | None = None) -> Fact:
    """Asks a model for the run's ``number``-th program; the operator is one that can be used now."""
    generator = rng.draw(rng.key(state.seed, "ask", number))
    parents = _parents(state, operator, generator)
    bred_from = tuple(each.program for each in parents)
    shown = _shown_beside(state, operator, bred_from)
    count = state.config.mutation.inspirations
    others = inspirations(
        state.archive.islands,
        home=ISLAND,
        count=max(count - len(shown), 0),
        without={*bred_from, *shown},
        generator=generator,
    )
    choice = choose_model(state, number, ISLAND)
    prompt = choose_prompt(state, number)
    inspiring = (*shown, *others)[:count]
    program = program_id(number)
    data = MutationRequested(
        program=program,
        operator=operator,
        island=ISLAND,
        parents=bred_from,
        inspirations=inspiring,
        model=choice.model,
        prompt_id=prompt.prompt_id,
        selection=selection_of(state, parents) if operator != LLM_REPAIR else None,
        mix=mix or {},
        draw=rng.key(state.seed, "mutation", number),
        briefing=Briefing(
            choice=choice.policy,
            models=choice.probabilities,
            prompts=prompt.probabilities,
            variant=generator.choice(VARIANTS.get(operator, ("",))),
            failures=_failures(state, bred_from),
            tried=tried_before(state, bred_from),
            insights=_insights(state, bred_from),
            scratchpad=state.lessons.scratchpad,
            compared=_compared(state, operator, {*bred_from, *inspiring}),
            judge=judge_of(state, operator),
        ),
    )
    return Fact(data, state.run.sequence, program, generation_of(state, number), ISLAND)


def _parents(state: State, operator: str, generator: Random) -> tuple[Parent, ...]:
    match operator:
        case "llm_seed":
            return ()
        case "llm_repair":
            failed = repairable(state)
            if failed is None:
                raise AssertionError("llm_repair without a program to repair is not usable")
            return (Parent(failed.program, 1.0),)
        case _:
            return draw_parents(state, ISLAND, 2 if operator == LLM_CROSSOVER else 1, generator)


def _shown_beside(state: State, operator: str, parents: tuple[str, ...]) -> tuple[str, ...]:
    """What a broken program was made from shows what it should have been."""
    if operator != LLM_REPAIR:
        return ()
    origins = state.population[parents[0]].parents
    return tuple(each for each in origins if state.population[each].fitness is not None)


def _failures(state: State, parents: tuple[str, ...]) -> tuple[str, ...]:
    """Failures of children of the same parents first, then the latest ones that models made."""
    failures = [each for each in reversed(state.trials.failures.values()) if each.program not in parents]
    near = [each.program for each in failures if set(each.parents) & set(parents)]
    far = [each.program for each in failures if each.by_model]
    return tuple(dict.fromkeys((*near, *far)))[: state.config.mutation.failures]


def tried_before(state: State, parents: tuple[str, ...]) -> tuple[str, ...]:
    """Attempts on the first parent, latest first, then the steps that led to it."""
    if not parents:
        return ()
    children = state.trials.children.get(parents[0], ())
    return (*reversed(children), *_line(state, parents[0]))[:_TRIED]


def _line(state: State, program: str) -> tuple[str, ...]:
    """A program and its first ancestors that were bred, nearest first."""
    line: list[str] = []
    while len(line) < _ANCESTORS and (before := state.population[program].parents):
        line.append(program)
        program = before[0]
    return tuple(line)


def _insights(state: State, parents: tuple[str, ...]) -> tuple[str, ...]:
    lessons = state.lessons
    lineage = [each for parent in parents for each in _line(state, parent)]
    about = [lessons.about[each] for each in lineage if each in lessons.about]
    return ancestors_first(list(lessons.latest), about, state.config.learning.insights_shown)


def _compared(state: State, operator: str, without: set[str]) -> tuple[str, ...]:
    novelty = state.config.novelty
    if novelty.threshold is None or operator == LLM_SEED:
        return ()
    return compared_with(state.archive.island(ISLAND), count=novelty.compared, without=without)
