"""The stage runner."""

import asyncio

from genesis.evaluation.classify import Cause
from genesis.evaluation.pipeline import Step, StepResult, run_steps


def performing(log: list[str], name: str, result: StepResult) -> object:
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
    stages, cause = asyncio.run(run_steps(steps, None))
    return log, {stage.name: stage.status for stage in stages}, cause


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

    stages, _ = asyncio.run(run_steps([Step(("a", "b"), (), perform)], None))
    assert [stage.duration_s for stage in stages] == [5.0, 7.0]
