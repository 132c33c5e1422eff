"""From a problem's stages to the scheduler's steps; stages that one message can do together are one step."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from genesis.evaluation.backend.performers import Performers
from genesis.evaluation.backend.work import Work
from genesis.evaluation.pipeline import Step, StepResult
from genesis.problem.stages import FILES, MODEL_KINDS, StageDeclaration, turns

__all__ = ["plan_steps", "width"]

_ASKING = frozenset({"validate", "call", "complexity", "cases"})  # what validators do


def plan_steps(stages: Sequence[StageDeclaration], performers: Performers) -> tuple[Step[Work], ...]:
    """The steps in the order of declaration; stages of language models are left to the engine."""
    ours = [stage for stage in stages if stage.performs not in MODEL_KINDS]
    by_name = {stage.name: stage for stage in ours}
    steps: list[Step[Work]] = []
    joined: set[str] = set()
    for stage in ours:
        if stage.name in joined:
            continue
        follower = _follower(stage, ours)
        if follower is not None:
            joined.add(follower.name)
        steps.append(_step(stage, follower, by_name, performers))
    return tuple(steps)


def width(stages: Sequence[StageDeclaration]) -> int:
    """How many stages of one program may be with validators at the same time, at most."""
    asking = Counter(turn for stage, turn in zip(stages, turns(stages), strict=True) if stage.performs in _ASKING)
    return max(asking.values(), default=1)


def _follower(stage: StageDeclaration, stages: Sequence[StageDeclaration]) -> StageDeclaration | None:
    """The stage that is performed in one go with this one, if there is such a one."""
    wanted = {"syntax": "run", "validate": "complexity"}.get(stage.performs)
    found = next((other for other in stages if other.performs == wanted), None)
    if found is None or _is_special(stage) or _is_special(found):
        return None
    is_next = set(found.needs) == {stage.name} and (stage.performs == "validate" or not stage.needs)
    return found if is_next and FILES in found.data else None


def _is_special(stage: StageDeclaration) -> bool:
    """Whether something of it needs a step of its own: its condition, its threshold, its time."""
    return stage.when is not None or stage.stop_unless is not None or stage.wall_s is not None


def _step(
    stage: StageDeclaration,
    follower: StageDeclaration | None,
    by_name: Mapping[str, StageDeclaration],
    performers: Performers,
) -> Step[Work]:
    names = (stage.name,) if follower is None else (stage.name, follower.name)
    data = tuple(name for name in stage.data if name != FILES)
    return Step(
        names,
        data,
        partial(_perform, performers, stage, follower, _ancestors(stage, by_name)),
        after=stage.after,
        condition=_condition_of(stage, performers, by_name),
        retries=stage.retries,
    )


def _ancestors(stage: StageDeclaration, by_name: Mapping[str, StageDeclaration]) -> tuple[str, ...]:
    """All stages that come before it, in the order of declaration: only their metrics does a bound of it see."""
    found: set[str] = set()
    waiting = list(stage.needs)
    while waiting:
        name = waiting.pop()
        if name not in found and name in by_name:
            found.add(name)
            waiting += by_name[name].needs
    return tuple(name for name in by_name if name in found)


def _condition_of(
    stage: StageDeclaration, performers: Performers, by_name: Mapping[str, StageDeclaration]
) -> Callable[[Work], str] | None:
    if stage.performs == "cases" and performers.cannot_run:
        said = f"stage {stage.name} was skipped: programs can be built here and not run ({performers.cannot_run})"
        return lambda _: said
    return None if stage.when is None else partial(_condition, stage, _ancestors(stage, by_name))


def _condition(stage: StageDeclaration, before: tuple[str, ...], work: Work) -> str:
    if stage.when is None or stage.when.holds(work.metrics_of(before)):
        return ""
    return f"stage {stage.name} was skipped: it is for programs with {stage.when}"


async def _perform(
    performers: Performers,
    stage: StageDeclaration,
    follower: StageDeclaration | None,
    before: tuple[str, ...],
    work: Work,
) -> StepResult:
    names = {stage.name} if follower is None else {stage.name, follower.name}
    if names <= work.finished:
        result = StepResult(durations=tuple((name, 0.0) for name in sorted(names)), cached=True)
    else:
        result = await _kind(performers, stage, follower, work)
        if result.cause is None:
            work.finished |= names
    bound = stage.stop_unless
    if bound is None or result.cause is not None:
        return result
    metrics = work.metrics_of((*before, stage.name))
    if bound.holds(metrics):
        return result
    value = metrics.get(bound.metric)
    said = f"{value:g}" if value is not None else "not measured"
    stops = f"stopped after stage {stage.name}: {bound.metric} is {said}, and {bound} is needed to go on"
    return StepResult(result.cause, result.durations, stops, result.cached)


def _kind(
    performers: Performers, stage: StageDeclaration, follower: StageDeclaration | None, work: Work
) -> Awaitable[StepResult]:
    match stage.performs:
        case "syntax" if follower is not None:
            going = performers.run(work, follower, (stage.name, follower.name))
        case "syntax":
            going = performers.check(work, stage)
        case "build":
            going = performers.build(work, stage)
        case "run":
            going = performers.run(work, stage, (stage.name,))
        case "cases":
            going = performers.cases(work, stage)
        case "validate":
            going = performers.validate(work, stage, follower)
        case "complexity":
            going = performers.complexity(work, stage)
        case "call":
            going = performers.call(work, stage)
        case "score" | "insight":
            raise AssertionError("stages of language models are the engine's")
    return going
