"""The stage runner."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from genesis.evaluation.classify import Cause
from genesis.evaluation.job import Reason
from genesis.evaluation.pipeline import Pipeline, Step, StepResult


def performing(log: list[str], name: str, result: StepResult) -> Callable[[None], Awaitable[StepResult]]:
    async def perform(_: None) -> StepResult:
        log.append(name)
        return result

    return perform


def run(results: dict[str, StepResult]) -> tuple[list[str], dict[str, str], Cause | None]:
    log: list[str] = []
    steps = [
        Step(("a", "b"), (), performing(log, "ab", results.get("ab", StepResult()))),
        Step(("c",), ("b",), performing(log, "c", results.get("c", StepResult()))),
        Step(("d",), ("a",), performing(log, "d", results.get("d", StepResult()))),
        Step(("e",), ("c", "d"), performing(log, "e", results.get("e", StepResult()))),
    ]
    course = asyncio.run(Pipeline(steps).run(None))
    return log, {stage.name: stage.status for stage in course.stages}, course.cause


def test_all_well() -> None:
    log, statuses, cause = run({})
    assert log == ["ab", "c", "d", "e"]
    assert statuses == dict.fromkeys("abcde", "ok")
    assert cause is None


def test_what_needs_a_failed_stage_is_skipped_and_the_rest_is_not() -> None:
    first, second = Cause("crash", "b", "first"), Cause("crash", "d", "second")
    log, statuses, cause = run({"ab": StepResult(first), "d": StepResult(second)})
    assert log == ["ab", "d"]
    assert statuses == {"a": "ok", "b": "failed", "c": "skipped", "d": "failed", "e": "skipped"}
    assert cause == first


def test_a_failure_in_the_first_stage_of_a_step_skips_its_second() -> None:
    _, statuses, _ = run({"ab": StepResult(Cause("syntax_error", "a", "x"))})
    assert statuses == {"a": "failed", "b": "skipped", "c": "skipped", "d": "skipped", "e": "skipped"}


def test_measured_durations_win() -> None:
    async def perform(_: None) -> StepResult:
        return StepResult(durations=(("a", 5.0), ("b", 7.0)))

    course = asyncio.run(Pipeline([Step(("a", "b"), (), perform)]).run(None))
    assert [stage.duration_s for stage in course.stages] == [5.0, 7.0]


def statuses_of(steps: list[Step[None]]) -> dict[str, str]:
    return {stage.name: stage.status for stage in asyncio.run(Pipeline(steps).run(None)).stages}


def doing(result: StepResult | None = None) -> Callable[[None], Awaitable[StepResult]]:
    return performing([], "", result or StepResult())


def test_steps_that_do_not_wait_for_each_other_run_at_the_same_time() -> None:
    async def go() -> None:
        both = asyncio.Barrier(2)

        async def meet(_: None) -> StepResult:
            await both.wait()
            return StepResult()

        steps = [Step(("a",), (), doing()), Step(("b",), ("a",), meet), Step(("c",), (), meet, after=("a",))]
        async with asyncio.timeout(20):
            course = await Pipeline(steps).run(None)
        assert [stage.status for stage in course.stages] == ["ok"] * 3

    asyncio.run(go())


def test_the_first_cause_is_the_first_declared_and_not_the_fastest() -> None:
    async def late(_: None) -> StepResult:
        await asyncio.sleep(0.01)
        return StepResult(Cause("crash", "a", "slow"))

    steps = [Step(("a",), (), late), Step(("b",), (), doing(StepResult(Cause("crash", "b", "fast"))))]
    course = asyncio.run(Pipeline(steps).run(None))
    assert course.cause is not None
    assert course.cause.message == "slow"


def test_what_a_stage_stops_is_skipped_and_what_does_not_wait_for_it_is_not() -> None:
    steps = [
        Step(("cheap",), (), doing(StepResult(stops="too low"))),
        Step(("dear",), (), doing(), after=("cheap",)),
        Step(("apart",), (), doing()),
    ]
    assert statuses_of(steps) == {"cheap": "ok", "dear": "skipped", "apart": "ok"}
    assert asyncio.run(Pipeline(steps).run(None)).stopped == "too low"


def test_a_condition_holds_up_only_what_takes_the_data() -> None:
    steps = [
        Step(("maybe",), (), doing(), condition=lambda _: "not today"),
        Step(("taker",), ("maybe",), doing()),
        Step(("later",), (), doing(), after=("maybe",)),
    ]
    assert statuses_of(steps) == {"maybe": "skipped", "taker": "skipped", "later": "ok"}
    assert asyncio.run(Pipeline(steps).run(None)).skipped == "not today"


@pytest.mark.parametrize(("reason", "tries"), [("backend_error", 3), ("timeout", 1), ("crash", 1)])
def test_only_the_machines_faults_are_tried_again(reason: Reason, tries: int) -> None:
    log: list[str] = []
    step = Step(("a",), (), performing(log, "a", StepResult(Cause(reason, "a", "x"))), retries=2)
    course = asyncio.run(Pipeline([step]).run(None))
    assert len(log) == tries
    assert course.stages[0].status == "failed"


def test_cancelling_cancels_what_runs() -> None:
    ended: list[str] = []

    async def go() -> None:
        async def wait(_: None) -> StepResult:
            try:
                await asyncio.sleep(60)
            finally:
                ended.append("cancelled")
            return StepResult()

        task = asyncio.ensure_future(Pipeline([Step((name,), (), wait) for name in "ab"]).run(None))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(go())
    assert ended == ["cancelled", "cancelled"]
