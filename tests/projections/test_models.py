"""What the facts about models add up to, checked against the events of a whole scripted run."""

from bisect import bisect_left, bisect_right
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.types import LlmFailed, LlmRequested, LlmResponded, MutationRequested, ProgramEvaluated, UsageRecord
from genesis.engine.state import State
from genesis.llm.port import Failure, Reply, Request
from genesis.llm.scripted import ScriptedModel
from projections import Standing, drive
from tests.engine.scripted import CrashingLog, fold
from tests.engine.talking import MODELS, answer, run


@pytest.fixture(scope="module")
def log() -> CrashingLog:
    count = iter(range(10**6))

    def model(request: Request) -> Reply | str:
        number = next(count)
        if number % 7 == 3:
            retry = 0.0 if number % 2 else None
            return Failure(reason="overloaded", message="no", retry_in_s=retry, tokens_in=5, cost_usd=None)
        return answer(request)

    made = CrashingLog()
    llm = {**MODELS, "share": 1.0}  # so that one of the many programs of the model is a better one
    run(made, model=ScriptedModel(model, cost_usd=0.5), llm=llm)
    return made


def test_spending_is_the_sum_of_the_answers(log: CrashingLog) -> None:
    budget = fold(log.read()).budget
    events = list(log.read())
    answers = [event.data for event in events if isinstance(event.data, LlmResponded | LlmFailed)]
    assert budget.calls == sum(isinstance(event.data, LlmRequested) for event in events)
    assert budget.cost_usd == pytest.approx(sum(data.cost_usd or 0.0 for data in answers))
    assert budget.unpriced_calls == budget.failed_calls == sum(isinstance(data, LlmFailed) for data in answers) > 0
    purposes = Counter(event.data.purpose for event in events if isinstance(event.data, LlmRequested))
    assert {name: spent.calls for name, spent in budget.by_purpose.items()} == purposes
    assert sum(spent.tokens for spent in budget.by_purpose.values()) == budget.tokens_in + budget.tokens_out
    assert budget.analysis_calls == sum(n for name, n in purposes.items() if name not in {"mutation", "repair"})
    assert budget.lost_calls == 0


def test_a_failure_that_is_tried_again_is_no_failed_call(log: CrashingLog) -> None:
    models = fold(log.read()).models
    final = [event.data for event in log.read() if isinstance(event.data, LlmFailed) and event.data.retry_in_s is None]
    assert models.failures == Counter(data.reason for data in final)
    assert models.failed_in_a_row < 5


def test_a_model_s_record_is_what_its_programs_did(log: CrashingLog) -> None:
    models = fold(log.read()).models
    asked = {
        event.data.program for event in log.read() if isinstance(event.data, MutationRequested) and event.data.model
    }
    archived = {event.data.program for event in log.read() if event.type == "program.archived"}
    record = models.records["made/up"]
    assert list(models.records) == ["made/up"]
    assert record.outcomes.tries == len(asked) == models.asked
    assert record.outcomes.archived == len(asked & archived)
    assert record.open == 0
    assert 0 < record.outcomes.improved <= record.outcomes.archived
    assert record.gain > 0


def test_folding_in_two_goes_is_folding_in_one(log: CrashingLog) -> None:
    events = list(log.read())
    state = State()
    for part in (events[:200], events[200:]):
        drive(part, state)
    assert state.digest() == fold(events).digest()


@given(st.lists(st.integers(-20, 20).map(float), max_size=400))
def test_a_percentile_is_the_share_below_among_the_latest(values: list[float]) -> None:
    standing = Standing()
    for value in values:
        standing._evaluated(None, _evaluated(value))
    latest = sorted(values[-256:])
    for value in (-21.0, 0.0, 3.0):
        expected = 0.5
        if latest:
            expected = (bisect_left(latest, value) + bisect_right(latest, value)) / (2 * len(latest))
        assert standing.percentile(value) == expected


def _evaluated(fitness: float) -> ProgramEvaluated:

    usage = UsageRecord(wall_s=0, cpu_s=0, max_rss_bytes=0)
    return ProgramEvaluated(
        program="p000001", is_valid=True, metrics={}, fitness=fitness, stages=(), usage=usage, worker=""
    )
