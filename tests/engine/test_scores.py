"""Scores by models in a run, on a scripted model: what is asked, what comes of it, and that nothing is paid twice."""

import asyncio
import random
from collections import Counter
from dataclasses import replace

import pytest

from events.envelope import Event, Fact
from events.types import (
    BoundRecord,
    EvaluationFailed,
    EvaluationRequested,
    LlmRequested,
    LlmResponded,
    MutationProposed,
    ProgramEvaluated,
    RunStopped,
    ScoreRecord,
)
from genesis.analysis.replay import rederive
from genesis.engine.state import State
from genesis.llm.port import Failure, Model, Reply, Request
from genesis.llm.scripted import ScriptedModel
from tests.engine.scripted import CrashingLog, fold
from tests.engine.talking import again, answer, begin, talk
from tests.normal_form import normal_form

CLARITY = ScoreRecord(stage="clarity", metric="clarity", criteria="easy to read", lowest=0, highest=10)
ALONE = {"learning": {"insights": False, "scratchpad_every": None, "prompts_every": None}}  # no other analysis
TASTE = ScoreRecord(stage="taste", metric="score", criteria="good taste", lowest=0, highest=1)


def score(request: Request) -> str:
    """A number that the request alone decides; now and then at the second try only."""
    dice = random.Random(request.draw.rpartition("/")[0])
    value = dice.random()
    if dice.random() < 0.2 and len(request.messages) == 2:
        return "Quite good."
    return f"It is short.\n\nSCORE: {value}"


def fair(request: Request) -> Reply | str:
    is_score = any("SCORE:" in message.content for message in request.messages)
    return score(request) if request.purpose == "judge" and is_score else answer(request)


def first(*scores: ScoreRecord, **overrides: object) -> Fact:
    fact = begin(**{"stop": {"evaluations": 40}, **overrides})
    return Fact(replace(fact.data, problem=replace(fact.data.problem, scores=scores)))


def evolve(
    *scores: ScoreRecord, model: Model | None = None, log: CrashingLog | None = None, **overrides: object
) -> CrashingLog:
    used = log or CrashingLog()
    asyncio.run(talk(used, first(*scores, **overrides), model=model or ScriptedModel(fair)))
    return used


def of(log: CrashingLog, kind: type) -> list[Event]:
    return [event for event in log.read() if isinstance(event.data, kind)]


def ending(log: CrashingLog) -> RunStopped:
    last = list(log.read())[-1].data
    assert isinstance(last, RunStopped)
    return last


def check(log: CrashingLog) -> None:
    assert rederive(log.read(), State()).difference is None
    assert again(log).difference is None


def about(log: CrashingLog, stage: str) -> list[Event]:
    return [event for event in of(log, LlmRequested) if f"/{stage}/" in event.data.call]


def test_a_score_is_an_auxiliary_metric_within_the_share_of_analysis() -> None:
    log = evolve(CLARITY, stop={"evaluations": 160})
    assert ending(log).reason == "completed"
    found = Counter[str]()
    for event in of(log, ProgramEvaluated):
        (record,) = event.data.stages
        assert record.name == "clarity"
        found[record.status] += 1
        assert ("clarity" in event.data.metrics) == (record.status == "ok")
        assert event.data.fitness == event.data.metrics["score"], "it is not what is searched for"
        if record.status == "ok":
            assert 0 <= event.data.metrics["clarity"] <= 1
    assert found["ok"] >= 3 and found["skipped"] >= 3, found
    analysis = 0
    for calls, event in enumerate(of(log, LlmRequested), start=1):
        analysis += event.data.purpose not in {"mutation", "repair"}
        assert analysis <= 0.25 * calls
    check(log)


def test_every_attempt_stands_under_the_evaluation_that_it_is_for() -> None:
    log = evolve(TASTE)
    requests = {event.sequence: event.data for event in of(log, EvaluationRequested)}
    asked = about(log, "taste")
    assert len(asked) > 30
    for event in asked:
        request = requests[event.cause or 0]
        assert event.data.program == request.program
        assert event.data.purpose == "judge"
        assert f"{event.data.provider}/{event.data.model}" == request.model == "made/up"
        assert request.scores == ("taste",)
    turns = Counter(event.data.call.rpartition("/")[2] for event in asked)
    assert turns["1"] > turns["2"] > 0, "replies without a number are asked for once more"


def test_the_metric_that_is_searched_for_may_be_a_score_and_then_every_valid_program_has_one() -> None:
    log = evolve(TASTE)
    assert ending(log).reason == "completed"
    replies = {event.data.program: event.data.text for event in of(log, LlmResponded) if "/taste/" in event.data.call}
    evaluated = of(log, ProgramEvaluated)
    assert len(evaluated) > 20
    for event in evaluated:
        said = float(replies[event.data.program].rpartition(":")[2])
        assert event.data.metrics["score"] == event.data.fitness == said, "not what the validator said"
        assert [each.status for each in event.data.stages] == ["ok"]
    check(log)


def test_the_question_holds_the_program_and_the_criteria_and_no_measurement() -> None:
    log = evolve(TASTE)
    texts = {event.data.program: event.data.files["program.py"] for event in of(log, MutationProposed)}
    for event in about(log, "taste"):
        said = event.data.messages[1].content
        assert texts[event.data.program] in said and "good taste" in said
        assert "Scores:" not in said and "Feedback" not in said


@pytest.mark.parametrize(
    ("model_says", "why"),
    [
        (Failure(reason="refused", message="I do not judge"), "refused: I do not judge"),
        ("I like it.", "no score was given: no line says SCORE:"),
        ("SCORE: 2", "no score was given: 2 is not in the range 0 to 1"),
    ],
)
def test_without_a_score_there_is_no_number(model_says: Reply | str, why: str) -> None:
    def silent(request: Request) -> Reply | str:
        return model_says if request.purpose == "judge" else answer(request)

    log = evolve(TASTE, CLARITY, model=ScriptedModel(silent), stop={"evaluations": 8})
    assert not of(log, ProgramEvaluated)
    scored = [event.data for event in of(log, EvaluationFailed) if event.data.reason == "score_failed"]
    assert scored
    for data in scored:
        assert (data.stage, data.message.startswith(why)) == ("taste", True), data.message
        assert [(each.name, each.status) for each in data.stages] == [("taste", "failed"), ("clarity", "skipped")]
    assert not about(log, "clarity"), "a program that has failed costs no other score"
    assert ending(log).reason == "failed", "no initial program is valid"
    check(log)


def test_a_model_that_gives_no_auxiliary_score_costs_that_metric_alone() -> None:
    def silent(request: Request) -> Reply | str:
        is_score = any("SCORE:" in message.content for message in request.messages)
        return "I like it." if is_score else answer(request)

    log = evolve(CLARITY, model=ScriptedModel(silent), stop={"evaluations": 60}, **ALONE)
    assert ending(log).reason == "completed"
    found = Counter(record.status for event in of(log, ProgramEvaluated) for record in event.data.stages)
    assert found["failed"] >= 2 and not found["ok"]
    assert all("clarity" not in event.data.metrics for event in of(log, ProgramEvaluated))
    check(log)


def test_a_stage_is_for_the_programs_that_it_says_and_waits_for_what_it_says() -> None:
    for_large = replace(CLARITY, when=BoundRecord(metric="size", at_least=0.5))
    waiting = replace(CLARITY, stage="late", metric="late", after=("never",))
    log = evolve(for_large, waiting, llm={"models": [{"name": "made/up"}], "analysis_share": 0.9})
    statuses = Counter[tuple[str, bool]]()
    for event in of(log, ProgramEvaluated):
        clarity, late = event.data.stages
        assert late.status == "skipped"
        statuses[clarity.status, event.data.metrics["size"] >= 0.5] += 1
    assert statuses["ok", True] > 3 and statuses["skipped", False] > 3
    assert not statuses["ok", False]
    check(log)


@pytest.mark.parametrize("ordered", [True, False])
def test_killed_anywhere_and_resumed_no_score_is_paid_twice(ordered: bool) -> None:
    whole = evolve(TASTE, CLARITY, ordered=ordered, stop={"evaluations": 15})
    for room in range(3, len(list(whole.read())), 7):
        log = CrashingLog(room=room)
        with log.dying():
            evolve(TASTE, CLARITY, log=log, ordered=ordered, stop={"evaluations": 15})
        asyncio.run(talk(log, model=ScriptedModel(fair), jitter=room))
        paid = Counter(event.data.call for event in of(log, LlmResponded))
        assert max(paid.values()) == 1
        assert ending(log).reason == "completed"
        check(log)


def test_ordered_runs_are_the_same_whoever_is_faster() -> None:
    logs = [CrashingLog(), CrashingLog()]
    for jitter, log in enumerate(logs):
        start = first(TASTE, CLARITY, ordered=True, stop={"evaluations": 20})
        asyncio.run(talk(log, start, model=ScriptedModel(fair), jitter=jitter))
    assert normal_form(logs[0].read()) == normal_form(logs[1].read())


def test_a_budget_that_allows_no_score_ends_a_run_that_needs_them() -> None:
    def poor(request: Request) -> Reply | str:
        refused = Failure(reason="budget", message="budget.purposes.judge.usd allows no more")
        return refused if request.purpose == "judge" else answer(request)

    log = evolve(TASTE, model=ScriptedModel(poor))
    assert ending(log).reason == "budget_exhausted"
    assert "no program can be scored any more: budget.purposes.judge.usd" in ending(log).message
    check(log)


def test_a_forged_score_is_named() -> None:
    log = evolve(TASTE, stop={"evaluations": 10})
    events = list(log.read())
    place = next(index for index, event in enumerate(events) if isinstance(event.data, ProgramEvaluated))
    data = events[place].data
    forged = replace(data, metrics={**data.metrics, "score": 0.999}, fitness=0.999)
    events[place] = events[place]._replace(data=forged)
    found = again(CrashingLog(events)).difference
    assert found is not None and found.sequence == place + 1


def test_open_scores_are_counted_until_they_are_answered() -> None:
    assert fold(evolve(TASTE, CLARITY).read()).requests.scored == 0
