"""Runs with models: what is asked, decided, learnt and recorded, on a scripted model."""

import asyncio
import pickle
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.envelope import Event, Fact
from events.types import (
    AnalysisRequested,
    EvaluationRequested,
    LlmFailed,
    LlmRequested,
    LlmResponded,
    MutationChecked,
    MutationProposed,
    MutationRejected,
    MutationRequested,
    NoveltyJudged,
    PromptEvolved,
    RunStopped,
    ScratchpadRevised,
)
from genesis.analysis.replay import rederive
from genesis.engine.briefs import Briefs
from genesis.engine.loop import Loop
from genesis.engine.rules.ask import VARIANTS
from genesis.engine.state import State
from genesis.llm.port import Failure, Reply, Request, Witness
from genesis.llm.scripted import ScriptedModel, said
from genesis.mutation.models import conversation
from genesis.mutation.models.conversation import converse
from genesis.mutation.models.port import Ask
from genesis.mutation.tasks import Comparison, Nearest
from genesis.program import Source
from tests.engine.scripted import CrashingLog, fold
from tests.engine.talking import MODELS, PROGRAM, InProcess, again, answer, begin, failing, run, talk
from tests.normal_form import normal_form

BY_MODEL = {"llm_diff", "llm_rewrite", "llm_crossover", "llm_repair", "llm_seed"}
SHORT = {"stop": {"evaluations": 25}}


@pytest.fixture(scope="module")
def whole() -> CrashingLog:
    log = CrashingLog()
    run(log, stop={"evaluations": 150})
    return log


def of(log: CrashingLog, kind: type) -> list[Event]:
    return [event for event in log.read() if isinstance(event.data, kind)]


def stopped(log: CrashingLog) -> RunStopped:
    last = list(log.read())[-1].data
    assert isinstance(last, RunStopped)
    return last


def test_models_propose_their_share_and_offline_operators_the_rest(whole: CrashingLog) -> None:
    state = fold(whole.read())
    assert stopped(whole).reason == "completed"
    assert state.requests.unanswered == 0
    operators = Counter(event.data.operator for event in of(whole, MutationRequested) if event.data.parents)
    by_model = sum(count for name, count in operators.items() if name in BY_MODEL)
    assert 0.35 < by_model / operators.total() < 0.65, operators
    assert {"llm_diff", "llm_rewrite", "llm_crossover"} <= set(operators)
    assert {"constants", "syntax"} & set(operators)


def test_every_call_says_whose_it_is_and_every_attempt_has_one_answer(whole: CrashingLog) -> None:
    asked = {(event.data.call, event.data.attempt): event for event in of(whole, LlmRequested)}
    answered = [event for event in whole.read() if isinstance(event.data, LlmResponded | LlmFailed)]
    assert len(asked) == len(answered) > 100
    for event in answered:
        question = asked[event.data.call, event.data.attempt]
        assert question.sequence < event.sequence
        assert question.cause == event.cause
        assert question.correlation == event.correlation
        for name in ("program", "analysis", "operator", "prompt_id", "purpose", "provider", "model"):
            assert getattr(question.data, name) == getattr(event.data, name), name


def test_the_model_and_why_it_was_chosen_are_in_the_request(whole: CrashingLog) -> None:
    for event in of(whole, MutationRequested):
        data = event.data
        assert (data.model is not None) == (data.operator in BY_MODEL) == (data.briefing is not None)
        if data.briefing is not None:
            assert data.briefing.models == {"made/up": 1.0}
            assert data.briefing.choice == "weighted"
            assert set(data.inspirations).isdisjoint(data.parents)


def test_a_brief_is_the_same_whenever_it_is_made(whole: CrashingLog) -> None:
    """Rendered from the end of the log, every first question is what was sent long before."""
    briefs = Briefs(fold(whole.read()), whole)
    first = {event.data.call: event.data for event in of(whole, LlmRequested)}
    made = 0
    for event in of(whole, MutationRequested):
        if event.data.model is not None:
            step = converse(briefs.brief(event.data), ())
            assert isinstance(step, Ask)
            assert step.messages == first[f"{event.data.program}/1"].messages
            made += 1
    assert made > 50


def test_analysis_keeps_to_its_share_of_all_calls_at_every_moment(whole: CrashingLog) -> None:
    calls = analysis = 0
    for event in of(whole, LlmRequested):
        calls += 1
        analysis += event.data.purpose not in {"mutation", "repair"}
        assert analysis <= 0.25 * calls
    rejected = Counter((event.data.reason, event.data.message) for event in of(whole, MutationRejected))
    assert analysis > 0.1 * calls, f"and it makes use of it: {calls} calls, rejected {rejected.most_common(3)}"


@pytest.mark.parametrize("grey", [0.0, 0.9])
def test_a_judge_of_novelty_does_not_hold_back_the_other_analyses(grey: float) -> None:
    """A judge is only promised to a mutation out of what is left of the share while nothing else is wanted."""

    def insights(*, judge: bool) -> int:
        log = CrashingLog()
        run(log, window=16, novelty={"judge": judge, "grey": grey}, stop={"evaluations": 120})
        if judge:
            promised = [event for event in of(log, MutationRequested) if event.data.briefing is not None]
            assert any(event.data.briefing.judge for event in promised)
        return sum(event.data.kind == "insight" for event in of(log, AnalysisRequested))

    assert insights(judge=True) >= 0.6 * insights(judge=False) > 3


def test_the_run_learns_insights_a_scratchpad_and_system_prompts(whole: CrashingLog) -> None:
    state = fold(whole.read())
    assert state.lessons.scratchpad is not None
    revised = of(whole, ScratchpadRevised)
    assert [event.data.version for event in revised] == list(range(1, len(revised) + 1))
    evolved = of(whole, PromptEvolved)
    assert evolved and evolved[0].data.parent == "packaged"
    bred_from = state.prompts.records["packaged"]
    assert bred_from.score is not None and 0 < bred_from.score < 1
    later = [event.data for event in of(whole, MutationRequested) if event.sequence > evolved[0].sequence]
    assert any(data.prompt_id == evolved[0].data.prompt_id for data in later), "a new prompt is tried"
    shown = [event.data.briefing for event in of(whole, MutationRequested) if event.data.briefing is not None]
    assert any(briefing.insights for briefing in shown)
    assert {1, 2} <= {briefing.scratchpad for briefing in shown}


def test_insights_are_asked_only_for_admitted_or_surprising_programs(whole: CrashingLog) -> None:
    archived = {event.data.program for event in whole.read() if event.type == "program.archived"}
    asked = [event.data for event in of(whole, AnalysisRequested) if event.data.kind == "insight"]
    assert {data.why for data in asked} <= {"best", "archived", "surprising"}
    assert all(data.program in archived for data in asked if data.why != "surprising")
    assert len({data.program for data in asked}) == len(asked), "one lesson a program"


@pytest.mark.parametrize("ordered", [True, False])
def test_decisions_are_rederived_and_the_whole_run_is_executed_again(ordered: bool) -> None:
    log = CrashingLog()
    run(log, ordered=ordered, jitter=3)
    assert rederive(log.read(), State()).difference is None
    found = again(log)
    assert found.difference is None
    assert found.events == log.last_sequence
    assert found.performed > 150


@pytest.mark.parametrize("jitter", [1, 2])
def test_ordered_runs_of_the_same_seed_are_the_same_whatever_the_timing(jitter: int) -> None:
    first, second = CrashingLog(), CrashingLog()
    run(first, ordered=True, **SHORT)
    run(second, ordered=True, jitter=jitter, **SHORT)
    assert normal_form(first.read()) == normal_form(second.read())


@pytest.mark.parametrize("ordered", [True, False])
def test_killed_anywhere_and_resumed_no_reply_is_asked_for_twice(ordered: bool) -> None:
    whole = CrashingLog()
    run(whole, ordered=ordered, **SHORT)
    for room in range(1, whole.last_sequence, 3):
        log = CrashingLog(room=room)
        with log.dying():
            run(log, ordered=ordered, jitter=room, **SHORT)
        cut_at = list(log.read())[-1].data
        asyncio.run(talk(log, jitter=-room))
        assert stopped(log).reason == "completed"
        paid = Counter(event.data.call for event in of(log, LlmResponded))
        assert max(paid.values()) == 1, f"killed at {room}"
        assert rederive(log.read(), State()).difference is None
        if ordered and not isinstance(cut_at, LlmRequested):  # a question without its answer is asked once more
            assert normal_form(log.read()) == normal_form(whole.read()), f"killed at {room}"
        elif room % 30 == 1:
            assert again(log).difference is None, f"killed at {room}"


def test_an_attempt_that_was_in_flight_at_the_kill_is_made_again_under_the_next_number() -> None:
    log = CrashingLog()
    run(log, **SHORT)
    first = of(log, LlmRequested)[0]
    cut = CrashingLog(list(log.read())[: first.sequence])
    asyncio.run(talk(cut))
    attempts = [event.data.attempt for event in of(cut, LlmRequested) if event.data.call == first.data.call]
    assert attempts == [1, 2]
    budget = fold(cut.read()).budget
    assert budget.lost_calls == 1
    assert [event.call for event in budget.unheard] == [first.data.call]
    assert budget.dearest["made/up"].tokens == max(
        event.data.tokens_in + event.data.tokens_out for event in of(cut, LlmResponded)
    )
    assert again(cut).difference is None


@pytest.mark.parametrize("ordered", [True, False])
def test_an_interruption_sends_nothing_more_and_loses_nothing(ordered: bool) -> None:
    log, loops = CrashingLog(), list[Loop]()
    count = iter(range(10**6))

    def until_then(request: Request) -> Reply | str:
        if next(count) == 12:
            loops[0].interrupt("SIGINT")
        return "I would rather not." if request.purpose == "mutation" else answer(request)

    first = begin(ordered=ordered, **SHORT)
    asyncio.run(talk(log, first, model=ScriptedModel(until_then), began=loops.append))
    assert stopped(log).reason == "interrupted"
    if not ordered:
        told_to_stop = next(event.sequence for event in log.read() if event.type == "run.interrupted")
        assert of(log, LlmRequested)[-1].sequence < told_to_stop
    open_at_the_stop = fold(log.read()).requests.conversations
    assert open_at_the_stop > 0
    asyncio.run(talk(log))
    assert stopped(log).reason == "completed"
    paid = Counter(event.data.call for event in of(log, LlmResponded))
    assert max(paid.values()) == 1
    assert rederive(log.read(), State()).difference is None
    assert again(log).difference is None


def test_a_question_that_waits_to_be_recorded_is_not_sent_once_the_run_is_interrupted() -> None:
    log, loops, late = CrashingLog(), list[Loop](), list[Request]()

    class InTheSameMoment(ScriptedModel):
        async def complete(self, request: Request, witness: Witness) -> Reply:
            asking = asyncio.ensure_future(super().complete(request, witness))
            if len(self.asked) == 5 and not late:
                late.append(request)
                asyncio.get_running_loop().call_soon(loops[0].interrupt, "SIGINT")
            return await asking

    model = InTheSameMoment(answer)
    asyncio.run(talk(log, begin(**SHORT), model=model, began=loops.append))
    assert stopped(log).reason == "interrupted"
    told_to_stop = next(event.sequence for event in log.read() if event.type == "run.interrupted")
    assert late and late[0] not in model.asked
    assert of(log, LlmRequested)[-1].sequence < told_to_stop
    asyncio.run(talk(log))
    assert stopped(log).reason == "completed"
    assert again(log).difference is None


TWO = {"models": [{"name": "made/up", "weight": 0.5}, {"name": "far/away", "weight": 0.5}]}


class _FarAway(ScriptedModel):
    """One of two models is not heard of again: before it is asked, while it is asked, or between two attempts."""

    def __init__(self, until: str, enough: Callable[[], None]) -> None:
        super().__init__(answer)
        self._until = until
        self._enough = enough
        self._over = asyncio.Event()

    async def complete(self, request: Request, witness: Witness) -> Reply:
        if request.model == "made/up":
            if len(self.asked) >= 40:
                self._enough()
                self._over.set()
            return await super().complete(request, witness)
        if self._until != "its turn":
            await witness.asked(request, request.attempt)
        if self._until == "another attempt":
            refused = Failure(reason="rate_limited", message="too many requests", retry_in_s=600)
            await witness.answered(request, request.attempt, refused)
        await (self._over if self._until == "its answer" else asyncio.Event()).wait()
        return await super().complete(request, witness)


@pytest.mark.parametrize("choice", ["weighted", "round_robin"])
@pytest.mark.parametrize("until", ["its turn", "its answer", "another attempt"])
def test_a_model_that_is_not_heard_of_keeps_no_other_from_being_asked(until: str, choice: str) -> None:
    log, loops = CrashingLog(), list[Loop]()
    model = _FarAway(until, lambda: loops[0].interrupt("SIGINT"))
    first = begin(llm={**TWO, "choice": choice, "share": 1.0}, stop={"evaluations": 120}, window=16)
    asyncio.run(asyncio.wait_for(talk(log, first, model=model, began=loops.append), 240))
    assert stopped(log).reason == "interrupted", "and what waits is not waited for"
    asked = Counter(event.data.model for event in of(log, MutationRequested) if event.data.model is not None)
    assert 0 < asked["far/away"] <= 14, "a quarter of the other one's share of the window is kept free"
    asyncio.run(talk(log, jitter=1))
    assert stopped(log).reason == "completed"
    assert again(log).difference is None


def forge(log: CrashingLog, kind: type, change: dict[str, object]) -> tuple[CrashingLog, int]:
    events = list(log.read())
    places = [index for index, event in enumerate(events) if isinstance(event.data, kind)]
    place = places[len(places) // 2]
    events[place] = events[place]._replace(data=replace(events[place].data, **change))
    return CrashingLog(events), place + 1


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (LlmRequested, {"messages": ()}),
        (LlmRequested, {"model": "another/one"}),
        (MutationProposed, {"rationale": "forged"}),
        (ScratchpadRevised, {"text": "forged"}),
        (NoveltyJudged, {"similarity": 0.123}),
        (MutationRequested, {"draw": "7/forged/1"}),
    ],
)
def test_what_was_changed_is_named(whole: CrashingLog, kind: type, change: dict[str, object]) -> None:
    log, sequence = forge(whole, kind, change)
    found = again(log)
    assert found.difference is not None
    assert found.difference.sequence == sequence
    assert found.difference.recorded != found.difference.expected


def test_a_reply_that_was_changed_shows_in_what_came_of_it(whole: CrashingLog) -> None:
    text = PROGRAM.format(size=1, factor=987654)
    log, sequence = forge(whole, LlmResponded, {"text": f"Forged.\n```python\n{text}```\n"})
    found = again(log)
    assert found.difference is not None
    assert found.difference.sequence > sequence


@pytest.mark.parametrize("reason", ["unauthorized", "unreachable", "rate_limited"])
def test_models_that_never_answer_end_the_run_as_failed_with_the_remedy(reason: str) -> None:
    log = CrashingLog()
    run(log, model=failing(reason))
    last = stopped(log)
    assert last.reason == "failed"
    assert last.resumable
    assert reason in last.message
    assert f"{reason}, says the server" in last.message
    asyncio.run(talk(log))
    assert stopped(log).reason == "completed", "what was mended goes on"
    assert rederive(log.read(), State()).difference is None


def test_models_that_stop_answering_end_the_run() -> None:
    count = iter(range(10**6))

    def until_then(request: Request) -> Reply | str:
        return answer(request) if next(count) < 10 else Failure(reason="overloaded", message="no")

    log = CrashingLog()
    run(log, model=ScriptedModel(until_then), stop={"evaluations": 2000})
    assert stopped(log).reason == "failed"
    assert "overloaded" in stopped(log).message


def test_a_run_whose_models_never_gave_a_program_is_a_failed_one() -> None:
    log = CrashingLog()
    run(log, model=ScriptedModel(lambda request: "I would rather not."), **SHORT)
    last = stopped(log)
    assert last.reason == "failed"
    assert "no model ever gave a program" in last.message
    assert fold(log.read()).progress.evaluations == 25


def within(calls: int) -> ScriptedModel:
    count = iter(range(10**6))
    refused = Failure(reason="budget", message="budget.usd = 5 is used up")
    return ScriptedModel(lambda request: answer(request) if next(count) < calls else refused)


def test_a_run_stops_once_nothing_more_can_be_sent() -> None:
    log = CrashingLog()
    state = run(log, model=within(30), stop={"evaluations": 500})
    assert stopped(log).reason == "budget_exhausted"
    assert "budget.usd = 5 is used up" in stopped(log).message
    assert state.budget.calls == 30
    refused = Counter(event.data.purpose for event in of(log, LlmFailed) if event.data.reason == "budget")
    assert state.budget.refused == refused.total() >= 1
    assert refused["mutation"] + refused["repair"] <= 8, "what was under way, and no more"
    assert all(refused[purpose] <= 1 for purpose in ("insight", "scratchpad", "prompt", "judge"))


def test_or_goes_on_offline_if_it_is_told_to() -> None:
    log = CrashingLog()
    state = run(log, model=within(30), stop={"evaluations": 100, "budget": False})
    assert stopped(log).reason == "completed"
    refused_at = next(event.sequence for event in of(log, LlmFailed))
    later = [event.data.operator for event in of(log, MutationRequested) if event.sequence > refused_at + 20]
    assert later and not set(later) & BY_MODEL
    assert state.progress.evaluations == 100


def test_a_budget_that_lets_nothing_be_sent_is_a_failure() -> None:
    log = CrashingLog()
    run(log, model=within(0))
    last = stopped(log)
    assert last.reason == "failed"
    assert last.message == (
        "nothing more can be sent: budget.usd = 5 is used up; but no model ever gave a program: 5 mutations were "
        "rejected, most often budget"
    )


def without_seeds(**overrides: object) -> Fact:
    fact = begin(**overrides)
    return Fact(replace(fact.data, problem=replace(fact.data.problem, seeds=())))


def test_a_problem_without_initial_programs_begins_with_programs_of_models() -> None:
    log = CrashingLog()
    state = asyncio.run(talk(log, without_seeds(**SHORT)))
    first = [event.data for event in of(log, MutationRequested)][:4]
    assert [data.operator for data in first] == ["llm_seed"] * 4
    assert all(event.generation == 0 for event in of(log, MutationRequested)[:4])
    assert stopped(log).reason == "completed"
    assert state.progress.evaluations == 25
    assert again(log).difference is None


def test_first_programs_that_are_never_valid_end_the_run() -> None:
    model = ScriptedModel(lambda request: "```python\ndef entrypoint(:\n```")
    log = CrashingLog()
    state = asyncio.run(talk(log, without_seeds(), model=model))
    assert stopped(log).reason == "failed"
    assert state.requests.made <= 4 + 12


def test_without_seeds_and_models_a_run_fails_at_once() -> None:
    log = CrashingLog()
    asyncio.run(talk(log, without_seeds(llm="none")))
    assert stopped(log).reason == "failed"
    assert "no initial programs" in stopped(log).message


def test_only_programs_of_models_or_people_are_repaired(whole: CrashingLog) -> None:
    state = fold(whole.read())
    repairs = [event.data for event in of(whole, MutationRequested) if event.data.operator == "llm_repair"]
    assert repairs
    for data in repairs:
        broken = state.population[data.parents[0]]
        assert broken.status in {"failed", "invalid"}
        assert broken.operator in {*BY_MODEL, "seed"}
        assert data.selection is None
    assert len({data.parents for data in repairs}) == len(repairs), "mutation.repairs is 1"


class Alike(InProcess):
    """Finds every new program as much like the first of the others as it is told."""

    def __init__(self, similarity: float) -> None:
        self.similarity = similarity

    async def nearest(self, comparison: Comparison) -> Nearest:
        return Nearest(0, self.similarity)


def test_a_near_duplicate_is_rejected_and_costs_no_evaluation() -> None:
    log = CrashingLog()
    asyncio.run(talk(log, begin(**SHORT), texts=Alike(0.999)))
    judged = of(log, NoveltyJudged)
    assert judged and all(event.data.verdict == "not_novel" for event in judged)
    rejected = {event.data.program: event.data for event in of(log, MutationRejected)}
    evaluated = {event.data.program for event in of(log, EvaluationRequested)}
    for event in judged:
        assert rejected[event.data.program].reason == "not_novel"
        assert event.data.nearest in rejected[event.data.program].message
        assert event.data.program not in evaluated


@pytest.mark.parametrize(("word", "verdict"), [("NOVEL: another idea", "novel"), ("SAME: only renamed", "not_novel")])
def test_a_model_judges_the_grey_zone(word: str, verdict: str) -> None:
    log = CrashingLog()
    model = ScriptedModel(lambda request: word if request.purpose == "judge" else answer(request))
    novelty = {"judge": True}
    asyncio.run(talk(log, begin(novelty=novelty, **SHORT), model=model, texts=Alike(0.97)))
    by_model = [event.data for event in of(log, NoveltyJudged) if event.data.by == "made/up"]
    assert by_model and {data.verdict for data in by_model} == {verdict}
    assert all(data.why for data in by_model)
    asked = of(log, LlmRequested)
    judging = [event for event in asked if event.data.purpose == "judge"]
    assert len(judging) <= 0.25 * len(asked)


class OnceBroken:
    """Finds fault with each program that does not say FIXED."""

    def __init__(self) -> None:
        self.built: list[str] = []

    async def build_check(self, source: Source) -> str:
        self.built.append(source.text)
        return "" if "FIXED" in source.text else "error: program.py:1: it does not say FIXED"


def fixing(request: Request) -> Reply | str:
    said = "".join(message.content for message in request.messages)
    dice = random.Random(request.draw)
    text = PROGRAM.format(size=dice.randrange(10**6), factor=dice.randrange(10**6))
    if request.purpose not in {"mutation", "repair"}:
        return answer(request)
    return f"```python\n{'FIXED = 1' if 'does not say FIXED' in said else ''}\n{text}```"


def test_what_a_build_says_goes_back_to_the_model_and_is_a_fact() -> None:
    log, builder = CrashingLog(), OnceBroken()
    operators = {"operators": ["constants", "llm_rewrite"]}
    first = begin(mutation=operators, **SHORT)
    asyncio.run(talk(log, first, model=ScriptedModel(fixing), builder=builder))
    checks = of(log, MutationChecked)
    assert {event.data.ok for event in checks} == {True, False}
    assert any("does not say FIXED" in event.data.diagnostics for event in checks)
    fixed = [event.data for event in of(log, MutationProposed) if event.data.operator == "llm_rewrite"]
    assert fixed and all("FIXED" in data.files["program.py"] for data in fixed)
    assert again(log).difference is None


def test_after_a_kill_nothing_is_built_again() -> None:
    log, builder = CrashingLog(), OnceBroken()
    first = begin(mutation={"operators": ["constants", "llm_rewrite"]}, **SHORT)
    asyncio.run(talk(log, first, model=ScriptedModel(fixing), builder=builder))
    place = of(log, MutationChecked)[0].sequence
    cut, later = CrashingLog(list(log.read())[:place]), OnceBroken()
    asyncio.run(talk(cut, model=ScriptedModel(fixing), builder=later))
    assert builder.built[0] not in later.built


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10**6),
    choice=st.sampled_from(["weighted", "round_robin", "per_island", "ucb", "thompson", "cost_aware"]),
    share=st.sampled_from([0.2, 0.5, 1.0]),
    ordered=st.booleans(),
    window=st.integers(1, 12),
    jitter=st.integers(0, 100),
)
def test_every_decision_is_rederived_from_its_prefix(
    seed: int, choice: str, share: float, ordered: bool, window: int, jitter: int
) -> None:
    models = [{"name": "one/a", "weight": 0.25}, {"name": "two/b", "weight": 0.75}]
    log = CrashingLog()
    run(
        log,
        jitter=jitter,
        seed=seed,
        llm={"models": models, "choice": choice, "share": share, "concurrency": 3},
        learning={"scratchpad_every": 5, "prompts_every": 8},
        ordered=ordered,
        window=window,
        stop={"evaluations": 20},
    )
    found = rederive(log.read(), State())
    assert found.difference is None
    assert found.events == log.last_sequence


def test_calls_carry_what_they_cost() -> None:
    def paid(request: Request) -> Reply | str:
        return replace(said(str(answer(request)), request), cost_usd=0.01)

    log = CrashingLog()
    state = run(log, model=ScriptedModel(paid), **SHORT)
    calls = of(log, LlmResponded)
    assert state.budget.cost_usd == pytest.approx(0.01 * len(calls))
    assert sum(spent.cost_usd for spent in state.budget.by_purpose.values()) == pytest.approx(state.budget.cost_usd)
    assert stopped(log).totals.cost_usd == pytest.approx(state.budget.cost_usd)
    by_model = state.models.records["made/up"]
    assert by_model.cost_usd == pytest.approx(
        sum(event.data.cost_usd for event in calls if event.data.purpose in {"mutation", "repair"})
    )


def test_variants_are_those_that_conversations_know() -> None:
    for operator, variants in conversation.VARIANTS.items():
        assert VARIANTS.get(operator, ("",)) == variants


def test_the_state_keeps_no_texts(whole: CrashingLog) -> None:
    """A word of the prompts, and one of the programs, is nowhere in the folded state but for open requests."""
    state = fold(whole.read())
    kept = pickle.dumps({name: vars(part) for name, part in state._of_models().items() if name != "models"})
    assert b"entrypoint" not in kept
    assert b"SEARCH" not in kept
    assert MODELS["concurrency"] == 4
