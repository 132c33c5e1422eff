"""Folds: what they add up to, that batching does not matter, and that they read what they say they read."""

import asyncio
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.envelope import Event
from events.types import MutationRejected, ProgramArchived
from genesis.engine.requests import Requests
from genesis.engine.state import State
from projections import (
    Archive,
    Budget,
    Campaigns,
    Lineage,
    Operators,
    Plain,
    Population,
    Progress,
    Projection,
    RunProjection,
    digest,
    drive,
    takes,
)
from tests.engine.scripted import CrashingLog, ScriptedEffects, start
from tests.engine.scripted import drive as drive_run

KINDS = (RunProjection, Population, Lineage, Archive, Budget, Progress, Operators, Campaigns, Requests, State)


@pytest.fixture(scope="module")
def events() -> list[Event]:
    log = CrashingLog()
    effects = ScriptedEffects(random.Random(0))
    asyncio.run(drive_run(log, start(stop={"evaluations": 120}), effects=effects))
    return list(log.read())


def _named() -> dict[str, Projection]:
    return {kind.__name__: kind() for kind in KINDS}


class _Heard(Projection):
    """Notes who was given what, in a list that it may share."""

    def __init__(self, name: str, heard: list[tuple[str, str]], *parts: Projection) -> None:
        self.name, self.heard, self.parts = name, heard, parts

    @takes(MutationRejected, ProgramArchived)
    def _first(self, event: Event, data: MutationRejected | ProgramArchived) -> None:
        assert event.data is data
        self.heard.append((self.name, event.type))

    @takes(ProgramArchived)
    def _second(self, _: Event, data: ProgramArchived) -> None:
        self.heard.append((self.name, data.program))

    def snapshot(self) -> Plain:
        return self.heard


def test_parts_are_given_an_event_first_then_the_methods_in_the_order_of_definition(events: list[Event]) -> None:
    driven, applied = list[tuple[str, str]](), list[tuple[str, str]]()
    drive(events, _Heard("whole", driven, _Heard("part", driven)))
    whole = _Heard("whole", applied, _Heard("part", applied))
    for event in events:
        whole.apply(event)
    expected: list[tuple[str, str]] = []
    for event in events:
        if isinstance(event.data, MutationRejected):
            expected += [("part", event.type), ("whole", event.type)]
        elif isinstance(event.data, ProgramArchived):
            program = event.data.program
            expected += [("part", event.type), ("part", program), ("whole", event.type), ("whole", program)]
    assert driven == applied == expected
    assert len(set(expected)) > 4
    assert set(whole.reads) == {MutationRejected, ProgramArchived}


@given(st.lists(st.integers(0, 10**6), max_size=12))
@settings(max_examples=20, deadline=None)
def test_folding_in_any_batches_gives_the_same_digest(events: list[Event], cuts: list[int]) -> None:
    whole, parts = _named(), _named()
    last = drive(events, *whole.values())
    places = sorted({cut % (len(events) + 1) for cut in cuts} | {0, len(events)})
    for first, end in pairwise(places):
        drive(events[first:end], *parts.values())
    assert last == len(events)
    assert digest(whole) == digest(parts)


def test_the_digest_changes_with_every_decision_and_not_with_the_clock(events: list[Event]) -> None:
    one, other, shorter = _named(), _named(), _named()
    drive(events, *one.values())
    drive([event._replace(time=event.time.replace(year=2030)) for event in events], *other.values())
    drive(events[:-2], *shorter.values())
    assert digest(one) == digest(other)
    assert digest(one) != digest(shorter)


def test_the_run_stopped_event_carries_the_digest_of_the_state_before_it(events: list[Event]) -> None:
    state = State()
    drive(events[:-1], state)
    stopped = events[-1].data
    assert stopped.state_digest == state.digest()
    assert stopped.totals.evaluated == state.progress.evaluated
    assert stopped.best_program == state.progress.best.program


def test_population_progress_and_archive_agree_with_a_plain_count(events: list[Event]) -> None:
    state, lineage = State(), Lineage()
    drive(events, state, lineage)
    fitness = {
        event.data.program: event.data.fitness
        for event in events
        if event.type == "program.evaluated" and event.data.is_valid
    }
    assert state.progress.best.fitness == max(fitness.values())
    assert state.progress.valid == len(fitness)
    statuses = [each.status for each in state.population.programs.values()]
    assert statuses.count("valid") == len(fitness)
    assert set(statuses) <= {"valid", "invalid", "failed", "rejected"}
    island = state.archive.island(0)
    assert [elite.fitness for elite in island.ranked] == sorted(
        (elite.fitness for elite in island.ranked), reverse=True
    )
    assert {elite.program for elite in island.ranked} == {elite.program for elite in island.cells.values()}
    assert all(fitness[elite.program] == elite.fitness for elite in island.ranked)
    assert len(island) <= 8
    settled = sum(record.tries for record in state.operators.records.values())
    assert settled == len(state.population.programs)


def test_lineage_follows_parents_to_the_initial_programs(events: list[Event]) -> None:
    lineage, population = Lineage(), Population()
    drive(events, lineage, population)
    for program, parents in lineage.parents.items():
        line = lineage.pathway(program)
        assert line[-1] == program
        assert not lineage.parents[line[0]]
        assert all(one in lineage.parents[two] for one, two in pairwise(line))
        assert next(lineage.ancestors(program)) == program
        assert set(parents) <= set(lineage.ancestors(program))
        assert all(program in lineage.children[parent] for parent in parents)
    newest = list(lineage.parents)[-1]
    assert lineage.common_ancestors(newest, newest) == list(lineage.ancestors(newest))
    assert lineage.common_ancestors() == []
    with pytest.raises(KeyError):
        list(lineage.ancestors("p999999"))


def test_elapsed_time_leaves_out_the_pauses_between_processes() -> None:
    log = CrashingLog(room=60)
    effects = ScriptedEffects(random.Random(0))
    first = start(stop={"evaluations": 60})
    with log.dying():
        asyncio.run(drive_run(log, first, effects=effects))
    before = RunProjection()
    drive(log.read(), before)
    log._clock.now = log._clock.now.replace(year=2027)
    asyncio.run(drive_run(log, first, effects=effects))
    after = RunProjection()
    drive(log.read(), after)
    assert after.processes == 2
    assert before.elapsed_s < after.elapsed_s < before.elapsed_s + 60
