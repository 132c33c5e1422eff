"""What is worth a call of analysis, and which lessons and prompts are worth showing."""

import math
from collections.abc import Iterable, Mapping, Sequence

from projections.lessons import Lesson, Outcome
from projections.prompts import PromptRecord

__all__ = ["ancestors_first", "may_analyse", "prompt_chances", "worth_an_insight"]

_SURPRISINGLY_BAD, _GOOD_PARENT = 0.1, 0.5
_EXPLORATION = 0.25  # percentiles lie close together


def worth_an_insight(outcomes: Iterable[Outcome]) -> tuple[Outcome, str] | None:
    """The latest program that a lesson is worth being drawn from, and why; None when there is none.

    Those are programs of models that were admitted, and surprising ones: a new best of the run whoever made it, and a
    model's program among the worst tenth although its parent was in the better half.
    """
    for outcome in reversed(list(outcomes)):
        if outcome.best and outcome.gain is not None:
            return outcome, "best"
        if outcome.model is None:
            continue
        if outcome.archived:
            return outcome, "archived"
        if _disappoints(outcome):
            return outcome, "surprising"
    return None


def _disappoints(outcome: Outcome) -> bool:
    good = outcome.parent_percentile is not None and outcome.parent_percentile >= _GOOD_PARENT
    return good and outcome.percentile <= _SURPRISINGLY_BAD


def may_analyse(*, analysis: int, calls: int, share: float) -> bool:
    """Whether one more call for analysis keeps to its share of all calls.

    Args:
        analysis: Calls for analysis that were made or may come of what was asked for.
        calls: All calls that were made.
        share: The most of all calls that may be for analysis.
    """
    return analysis + 1 <= share * (calls + 1)


def ancestors_first(latest: Sequence[Lesson], about: Sequence[Lesson], count: int) -> tuple[str, ...]:
    """Analyses whose lessons are to be shown: those about the lineage first, then the latest of the run."""
    chosen = [lesson.analysis for lesson in (*about, *reversed(latest))]
    return tuple(dict.fromkeys(chosen))[:count]


def prompt_chances(population: Sequence[PromptRecord]) -> Mapping[str, float]:
    """The probability of each system prompt: UCB1 over the mean percentile of what each produced."""
    total = sum(each.tries + each.open for each in population)
    best = max(population, key=lambda each: _upper(each, total))
    return {each.prompt_id: float(each is best) for each in population}


def _upper(prompt: PromptRecord, total: int) -> float:
    tried = prompt.tries + prompt.open
    if not tried:
        return math.inf
    mean = (prompt.total + 0.5) / (prompt.tries + 1)
    return mean + _EXPLORATION * math.sqrt(2 * math.log(max(total, 2)) / tried)
