"""Which operator makes the next program: more tries for the one that has been improving."""

from collections.abc import Mapping, Sequence
from random import Random

from projections.operators import OperatorRecord

__all__ = ["adaptive", "choose", "uniform"]

_IMPROVED, _ARCHIVED = 1.0, 0.1  # a better program is the aim; a place in the archive only keeps the search wide
_PRIOR_TRIES, _PRIOR_REWARD = 10, 1.0  # every operator starts as if one try in ten had improved


def uniform(operators: Sequence[str]) -> dict[str, float]:
    """The same share for every operator."""
    return {name: 1 / len(operators) for name in operators}


def adaptive(records: Mapping[str, OperatorRecord], *, floor: float, horizon: int) -> dict[str, float]:
    """Probability matching with a floor (Thierens 2005): shares in proportion to the mean recent reward.

    Args:
        records: Each operator's record, in the order of configuration.
        floor: The least share of each.
        horizon: How many of each operator's latest outcomes count.
    """
    quality = {name: _quality(record, horizon) for name, record in records.items()}
    total = sum(quality.values())
    spread = 1 - floor * len(quality)
    return {name: floor + spread * value / total for name, value in quality.items()}


def choose(shares: Mapping[str, float], generator: Random) -> str:
    """An operator, drawn by its share."""
    return generator.choices(list(shares), weights=list(shares.values()))[0]


def _quality(record: OperatorRecord, horizon: int) -> float:
    recent = record.latest(horizon)
    reward = _IMPROVED * recent.improved + _ARCHIVED * (recent.archived - recent.improved)
    return (_PRIOR_REWARD + reward) / (_PRIOR_TRIES + recent.tries)
