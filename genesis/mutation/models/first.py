"""The brief of a first mutation: what a model would be told when nothing but the problem's seeds has been measured."""

from collections.abc import Mapping, Sequence

from events.types import MetricSpec
from genesis.errors import UsageError
from genesis.language import language_named
from genesis.mutation.models.conversation import LEAST_PARENTS, VARIANTS
from genesis.mutation.models.port import Brief, View
from genesis.problem import ProblemSpec

__all__ = ["brief_for_seed", "check_operator"]

_MOST_INSPIRATIONS = 2


def brief_for_seed(
    problem: ProblemSpec,
    seeds: Sequence[View],
    *,
    operator: str = "llm_diff",
    variant: str = "",
    templates: Mapping[str, str] | None = None,
    limits: str = "",
    max_tokens: int = 24_000,
) -> Brief:
    """A brief to change the best of the seeds, with the others for comparison.

    Args:
        problem: What is to be solved.
        seeds: Its initial programs as they were measured; the first is taken as the best where none is valid.
        operator: One of those that ask models.
        variant: One of the operator's prompts; empty for the first.
        templates: The problem's or the user's own, by name.
        limits: What a program may use, for people.
        max_tokens: Budget of the prompt.

    Raises:
        UsageError: There is no such operator or variant, or the seeds are too few or too good for it.
    """
    check_operator(operator, variant)
    valid = sorted((seed for seed in seeds if seed.fitness is not None), key=_rank)
    invalid = [seed for seed in seeds if seed.fitness is None]
    ordered = invalid if operator == "llm_repair" else [*valid, *invalid]
    count = LEAST_PARENTS[operator]
    if len(ordered) < count:
        rule = "none of them is invalid" if operator == "llm_repair" else f"it wants {count} programs"
        raise UsageError(f"{operator} has nothing to do on the {len(seeds)} seeds of {problem.name}: {rule}")
    parents = tuple(ordered[:count])
    language = language_named(problem.language)
    return Brief(
        operator=operator,
        variant=variant,
        task=problem.description,
        language=problem.language,
        entry=language.entry,
        hints=language.hints,
        entrypoint=problem.entrypoint,
        has_context=problem.has_context,
        helper=problem.helper or "",
        limits=limits,
        metrics={metric.name: MetricSpec(**metric.model_dump(exclude={"name"})) for metric in problem.metrics},
        parents=parents,
        inspirations=tuple(seed for seed in valid if seed not in parents)[:_MOST_INSPIRATIONS],
        failures=tuple(seed for seed in invalid if seed not in parents)[:1],
        templates=templates or {},
        max_tokens=max_tokens,
    )


def check_operator(operator: str, variant: str = "") -> None:
    """Says early what `brief_for_seed` would.

    Raises:
        UsageError: There is no such operator, or it has no such variant.
    """
    variants = VARIANTS.get(operator)
    if variants is None:
        raise UsageError(f"operator {operator!r} asks no model: use one of {', '.join(VARIANTS)}")
    if variant and variants == ("",):
        raise UsageError(f"variant {variant!r}: {operator} has one prompt; leave the variant out")
    if variant and variant not in variants:
        raise UsageError(f"variant {variant!r} is none of {operator}: use one of {', '.join(variants)}")


def _rank(seed: View) -> float:
    return -seed.fitness if seed.fitness is not None else 0.0
