"""Stages in which a model scores programs: the metric that each gives, and the range of its numbers."""

from collections.abc import Sequence

from genesis.problem.metrics import NAME, RESERVED
from genesis.problem.settings import SettingsFile
from genesis.problem.spec import IS_VALID, Metric
from genesis.problem.stages import StageDeclaration

__all__ = ["with_scores"]

_LOWEST, _HIGHEST = 0.0, 10.0
_FEEDBACK = "feedback"
_OF_SCORES = ("criteria", "metric", "lowest", "highest")
_NOT_OF_SCORES = ("stop_unless", "wall_s", "retries")


def with_scores(
    written: SettingsFile, stages: Sequence[StageDeclaration], metrics: Sequence[Metric]
) -> tuple[StageDeclaration, ...]:
    """The stages, those of kind ``score`` with their metric and range written out.

    A metric's name is the stage's where none is given. Its range is that of the declared metric where it has both
    bounds, else 0 to 10.

    Raises:
        ProblemError: A key is not for that kind of stage, criteria are missing, two stages give one metric, its name is
            no metric's, the range is empty, or the search would depend on a stage that is only for some programs.
    """
    declared = {metric.name: metric for metric in metrics}
    given: set[str] = set()
    found: list[StageDeclaration] = []
    for index, stage in enumerate(stages):
        _check_keys(written, index, stage)
        if stage.performs == "score":
            complete = _complete(stage, declared)
            _check(written, index, complete, declared, given)
            given.add(complete.metric or complete.name)
            found.append(complete)
        else:
            found.append(stage)
    return tuple(found)


def _check_keys(written: SettingsFile, index: int, stage: StageDeclaration) -> None:
    if stage.performs != "score":
        given = next((name for name in _OF_SCORES if getattr(stage, name) is not None), None)
        if given is not None:
            said = f"{given} is for score stages, and {stage.name} is a {stage.performs} stage: remove it"
            raise written.error(("stages", index, given), said)
        return
    if not (stage.criteria or "").strip():
        said = f"stage {stage.name} scores by nothing: add criteria, a text that says what a model looks for"
        raise written.error(("stages", index, "criteria"), said)
    unused = next((name for name in _NOT_OF_SCORES if name in stage.model_fields_set), None)
    if unused is not None:
        said = f"{unused} is not for score stages such as {stage.name}: models are bounded under llm and budget"
        raise written.error(("stages", index, unused), said)


def _complete(stage: StageDeclaration, declared: dict[str, Metric]) -> StageDeclaration:
    name = stage.metric or stage.name
    metric = declared.get(name)
    lower, upper = (_LOWEST, _HIGHEST)
    if metric is not None and metric.lower_bound is not None and metric.upper_bound is not None:
        lower, upper = metric.lower_bound, metric.upper_bound
    lowest = lower if stage.lowest is None else stage.lowest
    highest = upper if stage.highest is None else stage.highest
    return stage.model_copy(update={"metric": name, "lowest": lowest, "highest": highest})


def _check(
    written: SettingsFile, index: int, stage: StageDeclaration, declared: dict[str, Metric], given: set[str]
) -> None:
    name, lowest, highest = stage.metric or stage.name, stage.lowest or 0.0, stage.highest or 0.0
    place = ("stages", index, "metric")
    if not NAME.fullmatch(name) or name.startswith(RESERVED) or name in {IS_VALID, _FEEDBACK}:
        raise written.error(
            place, f"metric is {name!r}: use letters, digits, '_' and '-', and no name of Genesis's own"
        )
    if name in given:
        raise written.error(place, f"metric {name} is given by two score stages: give each one of its own")
    if lowest >= highest:
        said = f"stage {stage.name} scores from {lowest:g} to {highest:g}: lowest has to be below highest"
        raise written.error(("stages", index, "lowest"), said)
    if stage.when is not None and name in declared and declared[name].is_primary:
        said = f"stage {stage.name} gives {name}, which is searched for, so every valid program needs it: remove when"
        raise written.error(("stages", index, "when"), said)
