"""A problem as a run needs it: for the log, for a backend, and for prompts."""

from dataclasses import asdict
from pathlib import Path

from events.types import (
    BehaviorDimension,
    BoundRecord,
    Json,
    LimitsRecord,
    MetricSpec,
    ProblemRecord,
    PromptingRecord,
    ScoreRecord,
)
from genesis.config.run import RunConfig
from genesis.errors import UsageError
from genesis.evaluation.job import Comparison, Limits, ProblemSetup
from genesis.evaluation.plan import Plan as EvaluationPlan
from genesis.language import language_named
from genesis.problem import ProblemSpec
from genesis.problem.stages import StageDeclaration

__all__ = ["evaluation_plan", "problem_record", "problem_setup", "template_directories"]


def _limits(problem: ProblemSpec) -> LimitsRecord:
    defaults = Limits()
    given = problem.limits.given()
    resolved: dict[str, Json] = {**asdict(defaults), **given}  # checked as the record is made
    return LimitsRecord(**resolved)


def problem_setup(problem: ProblemSpec, config: RunConfig) -> ProblemSetup:
    """What a backend needs to know of a problem, limits of the configuration first."""
    limits = asdict(_limits(problem))
    own = {name: value for name in limits if (value := getattr(config.evaluation, name, None)) is not None}
    return ProblemSetup(
        name=problem.name,
        directory=str(problem.directory),
        digest=problem.digest,
        metrics=problem.measured,
        helper=problem.helper,
        has_context=problem.has_context,
        preload=problem.preload,
        language=problem.language,
        entrypoint=problem.entrypoint,
        limits=Limits(**{**limits, **own}),
        validate_wall_s=config.evaluation.validate_wall_s,
        cases=_comparison(problem),
        calls=tuple(dict.fromkeys(stage.call for stage in problem.stages if stage.call is not None)),
    )


def _comparison(problem: ProblemSpec) -> Comparison | None:
    if not problem.case_names and not problem.generates_cases:
        return None
    declared = problem.cases
    return Comparison(
        how=declared.compare,
        tolerance=declared.tolerance,
        needs_expected=declared.expected == "required",
        generates=problem.generates_cases,
    )


def evaluation_plan(problem: ProblemSpec, config: RunConfig, *, with_models: bool = True) -> EvaluationPlan:
    """How a backend evaluates programs of a problem.

    Stages of models are the engine's: ``insight`` is an analysis, ``score`` follows an evaluation that went well.
    Without ``with_models`` they are left out.

    Raises:
        UsageError: A stage is for a language model, and none is configured.
    """
    if with_models and problem.model_stages and not config.llm.models:
        names = ", ".join(problem.model_stages)
        raise UsageError(
            f"problem {problem.name} has stages for a language model ({names}), and llm is none: choose one with "
            "llm=NAME, or take the stages out of problem.yaml"
        )
    return EvaluationPlan(
        stages=problem.stages,
        build=problem.build,
        cases=problem.cases,
        seeds={seed.name: seed.source for seed in problem.seeds},
        build_cache_bytes=config.evaluation.build_cache_bytes,
    )


def _prompting(problem: ProblemSpec) -> PromptingRecord:
    from genesis.mutation.models.overrides import load_templates  # noqa: PLC0415  runs without models should not wait for templates

    language = language_named(problem.language)
    is_called = any(stage.performs == "run" for stage in problem.stages)
    return PromptingRecord(
        entry=problem.seeds[0].source.entry if problem.seeds else language.entry,
        entrypoint=problem.entrypoint if is_called else "",
        has_context=problem.has_context,
        helper=problem.helper or "",
        hints=language.hints,
        templates=load_templates(template_directories(problem)),
    )


def template_directories(problem: ProblemSpec) -> tuple[Path, ...]:
    """Where prompt templates that go before the packaged ones are looked for: the problem's, then the user's."""
    return (problem.directory / "prompts", Path.home() / ".config" / "genesis" / "prompts")


def problem_record(problem: ProblemSpec, config: RunConfig) -> ProblemRecord:
    """What ``run.started`` says of a problem."""
    return ProblemRecord(
        name=problem.name,
        directory=str(problem.directory),
        digest=problem.digest,
        description=problem.description,
        language=problem.language,
        metrics={metric.name: MetricSpec(**metric.model_dump(exclude={"name"})) for metric in problem.metrics},
        behavior=tuple(BehaviorDimension(**each.model_dump()) for each in problem.behavior),
        limits=_limits(problem),
        seeds=tuple(seed.name for seed in problem.seeds),
        prompting=_prompting(problem) if config.llm.models else None,
        stages=tuple(stage.name for stage in problem.stages),
        scores=tuple(_score(stage) for stage in problem.scores),
    )


def _score(stage: StageDeclaration) -> ScoreRecord:
    lowest, highest, bound = stage.lowest, stage.highest, stage.when
    assert lowest is not None and highest is not None, "loading a problem writes the range out"
    return ScoreRecord(
        stage=stage.name,
        metric=stage.metric or stage.name,
        criteria=stage.criteria or "",
        lowest=lowest,
        highest=highest,
        after=stage.needs,
        when=None if bound is None else BoundRecord(**bound.model_dump()),
    )
