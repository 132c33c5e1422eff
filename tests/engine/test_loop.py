"""The loop's central properties, on scripted effects."""

import asyncio
import random
from dataclasses import replace

import pytest

from events.types import EvaluationRequested, MutationRequested, RunStopped
from genesis.analysis.replay import rederive
from genesis.engine.loop import Loop, Slots
from genesis.engine.state import State
from tests.engine.scripted import CrashingLog, ScriptedEffects, drive, fold, resume, start
from tests.normal_form import normal_form

EVALUATIONS = {"stop": {"evaluations": 60}}


def run(log: CrashingLog, *, workers: int = 2, jitter: int = 0, **overrides: object) -> State:
    effects = ScriptedEffects(random.Random(jitter))
    return asyncio.run(drive(log, start(**{**EVALUATIONS, **overrides}), workers=workers, effects=effects))


@pytest.fixture(scope="module")
def whole() -> CrashingLog:
    log = CrashingLog()
    run(log, workers=1)
    return log


def test_it_asks_for_exactly_the_allowed_evaluations_and_answers_every_request(whole: CrashingLog) -> None:
    events = list(whole.read())
    asked = [event for event in events if isinstance(event.data, EvaluationRequested)]
    assert len(asked) == 60
    state = fold(events)
    assert state.requests.unanswered == 0
    assert state.requests.in_flight == 0
    assert state.run.stopped is not None and state.run.stopped.reason == "completed"


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_ordered_runs_of_the_same_seed_are_the_same_whatever_the_workers(whole: CrashingLog, workers: int) -> None:
    log = CrashingLog()
    run(log, workers=workers, jitter=workers)
    assert normal_form(log.read()) == normal_form(whole.read())


def test_another_seed_gives_another_run(whole: CrashingLog) -> None:
    log = CrashingLog()
    run(log, seed=8)
    assert normal_form(log.read()) != normal_form(whole.read())


def test_killed_at_every_append_and_resumed_it_is_the_run_that_was_never_killed() -> None:
    short = {"stop": {"evaluations": 25}}
    whole = CrashingLog()
    run(whole, workers=1, **short)
    for room in range(1, whole.last_sequence):
        log = CrashingLog(room=room)
        with log.dying():
            run(log, workers=3, jitter=room, **short)
        kept = list(log.read())
        assert len(kept) == room
        run(log, workers=2, jitter=-room, **short)
        assert list(log.read())[:room] == kept
        assert normal_form(log.read()) == normal_form(whole.read()), f"killed at {room}"


@pytest.mark.parametrize("ordered", [True, False])
def test_every_decision_is_rederived_from_its_prefix(ordered: bool) -> None:
    log = CrashingLog()
    run(log, workers=4, ordered=ordered)
    found = rederive(log.read(), State())
    assert found.difference is None
    assert found.events == log.last_sequence
    assert found.decisions > 120


def test_unordered_runs_take_answers_as_they_come() -> None:
    log = CrashingLog()
    state = run(log, workers=6, ordered=False)
    asked = [event.data.program for event in log.read() if isinstance(event.data, MutationRequested)]
    answered = [
        event.data.program
        for event in log.read()
        if event.type.startswith("mutation.") and event.type != "mutation.requested"
    ]
    assert sorted(asked) == sorted(answered)
    assert asked != answered
    assert state.run.stopped is not None and state.run.stopped.reason == "completed"


def test_both_sides_stay_busy_within_the_window(whole: CrashingLog) -> None:
    state = State()
    most = {"in_flight": 0, "evaluations": 0}
    for event in whole.read():
        state.apply(event)
        most["in_flight"] = max(most["in_flight"], state.requests.in_flight)
        most["evaluations"] = max(most["evaluations"], len(state.requests.evaluations))
    assert most == {"in_flight": 6, "evaluations": 3}


@pytest.mark.parametrize(
    ("stop", "reason"),
    [
        ({"evaluations": None, "generations": 3}, "completed"),
        ({"evaluations": None, "fitness": 0.9}, "target_reached"),
        ({"evaluations": None, "stagnation": 40}, "stagnated"),
        ({"evaluations": None, "wall_s": 0.5}, "completed"),
    ],
)
@pytest.mark.parametrize("ordered", [True, False])
def test_each_stop_rule_ends_the_run_with_no_request_open(stop: dict[str, object], reason: str, ordered: bool) -> None:
    log = CrashingLog()
    state = run(log, stop=stop, ordered=ordered)
    assert state.run.stopped is not None and state.run.stopped.reason == reason
    assert state.requests.unanswered == 0
    if "generations" in stop:
        assert state.progress.generations == 4  # the initial programs are generation 0
        assert max(each.generation for each in state.population.programs.values()) == 3
    assert rederive(log.read(), State()).difference is None


def test_an_interrupted_run_drains_and_goes_on_when_resumed() -> None:
    log, state = CrashingLog(), State()

    async def interrupted() -> ScriptedEffects:
        effects = ScriptedEffects(random.Random(1))
        loop = Loop(log=log, state=state, effects=effects, slots=Slots(2, 2), observe=lambda event: None)
        effects.hook = lambda request: loop.interrupt("SIGINT") if request.sequence > 80 else None
        await loop.run(start(**EVALUATIONS))
        return effects

    effects = asyncio.run(interrupted())
    assert state.run.stopped is not None and state.run.stopped.reason == "interrupted"
    assert not state.run.finished
    answered = [
        event
        for event in log.read()
        if event.type in {"mutation.proposed", "mutation.rejected", "program.evaluated", "evaluation.failed"}
    ]
    assert len(effects.performed) - len(answered) <= 4, "what was performed is recorded, but for answers out of order"
    after = run(log)
    assert after.run.stopped is not None and after.run.stopped.reason == "completed"
    assert after.progress.evaluations == 60
    assert rederive(log.read(), State()).difference is None


def test_a_failing_effect_is_recorded_before_it_is_raised() -> None:
    log, state = CrashingLog(), State()

    def fail(request: object) -> None:
        if state.run.sequence > 50:
            raise RuntimeError("the machine is gone")

    effects = ScriptedEffects(hook=fail)
    loop = Loop(log=log, state=state, effects=effects, slots=Slots(2, 2), observe=lambda event: None)
    with pytest.raises(RuntimeError, match="the machine is gone"):
        asyncio.run(loop.run(start(**EVALUATIONS)))
    last = list(log.read())[-1].data
    assert isinstance(last, RunStopped)
    assert last.reason == "failed"
    assert "the machine is gone" in last.message
    assert run(log).progress.evaluations == 60


def test_programs_with_the_same_normalised_text_are_rejected_and_cost_no_evaluation(whole: CrashingLog) -> None:
    proposed: dict[str, str] = {}
    duplicates = 0
    for event in whole.read():
        if event.type == "mutation.proposed":
            assert event.data.code_digest not in proposed
            proposed[event.data.code_digest] = event.data.program
        elif event.type == "mutation.rejected" and event.data.reason == "duplicate":
            duplicates += 1
            assert event.data.duplicate_of in proposed.values()
    assert duplicates > 0
    log = CrashingLog()
    run(log, duplicates="allow")
    assert not [event for event in log.read() if getattr(event.data, "reason", "") == "duplicate"]


def test_a_run_whose_initial_programs_all_fail_stops_as_failed() -> None:
    class AllFail(ScriptedEffects):
        def _evaluate(self, program: str, dice: random.Random) -> object:
            return super()._evaluate(program, _Low())

    class _Low(random.Random):
        def random(self) -> float:
            return 0.05

    log = CrashingLog()
    state = asyncio.run(drive(log, start(**EVALUATIONS), effects=AllFail()))
    assert state.run.stopped is not None
    assert state.run.stopped.reason == "failed"
    assert "problem check" in state.run.stopped.message


def test_a_tampered_decision_is_found_and_named(whole: CrashingLog) -> None:
    events = list(whole.read())
    place = next(i for i, event in enumerate(events) if event.type == "mutation.requested" and event.data.parents)
    other = "p000001" if events[place].data.parents[0] != "p000001" else "p000002"
    forged = replace(events[place].data, parents=(other,))
    events[place] = events[place]._replace(data=forged)
    found = rederive(events, State())
    assert found.difference is not None
    assert found.difference.sequence == place + 1


def test_resuming_performs_again_only_what_has_no_answer(whole: CrashingLog) -> None:
    log = CrashingLog(room=100)
    with log.dying():
        run(log)
    answered = {
        (event.type.split(".")[0] == "mutation", event.data.program)
        for event in log.read()
        if event.type in {"mutation.proposed", "mutation.rejected", "program.evaluated", "evaluation.failed"}
    }
    effects = ScriptedEffects()
    asyncio.run(drive(log, effects=effects))
    again = {(line.startswith("mutation"), line.split()[1]) for line in effects.performed}
    assert not again & answered


def test_the_resume_fact_says_what_is_open() -> None:
    log = CrashingLog(room=30)
    with log.dying():
        run(log)
    state = fold(log.read())
    assert resume(state).data.unanswered == state.requests.unanswered > 0


@pytest.mark.parametrize("operators", [["cma_es"], ["cma_es", "recombination"], ["constants"], ["recombination"]])
def test_any_choice_of_operators_comes_to_an_end(operators: list[str]) -> None:
    log = CrashingLog()
    state = run(log, mutation={"operators": operators, "cma_population": 4})
    assert state.run.stopped is not None
    assert state.progress.evaluations == 60
    used = set(state.operators.records) - {"seed"}
    assert used <= set(operators)
    assert rederive(log.read(), State()).difference is None


def test_a_run_that_no_operator_can_go_on_with_stops_and_says_so() -> None:
    log = CrashingLog()
    archive = {"archive": {"kind": "best", "capacity": 1}}
    state = run(log, mutation={"operators": ["recombination"]}, strategy=archive)
    assert state.run.stopped is not None
    assert state.run.stopped.reason == "stagnated"
    assert "recombination" in state.run.stopped.message
