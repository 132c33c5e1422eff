"""Which model is asked next: probabilities from what each has done so far.

Every policy gives a probability for each arm, so that a request can say why this model. What is under way counts as
tried: many are asked at once, and an arm that is never seen to fail would get them all.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

__all__ = ["Arm", "ModelChoice", "chances", "choose_arm", "fixed_shares"]

ModelChoice = Literal["weighted", "round_robin", "per_island", "ucb", "thompson", "cost_aware"]

_EXPLORATION = 0.5  # rewards are seldom near 1, so the usual sqrt(2) would hardly ever settle
_ENOUGH = 2.0  # times the square root of all mutations: tries that each model is given before it has gained anything
_SAMPLES = 256
_LEAST_COST_USD = 1e-6  # a model that costs nothing is not infinitely better


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One model as a policy sees it.

    Attributes:
        name: ``provider/model``.
        weight: Its fixed share.
        tries: Mutations that are settled, lately.
        open: Mutations that are not.
        earlier: Mutations that were settled before those, and whose rewards no longer count.
        reward: Rewards of the settled ones, added up, 0 to 1 each.
        cost_usd: What a mutation costs on average, None when that is not known yet.
    """

    name: str
    weight: float = 1.0
    tries: int = 0
    open: int = 0
    earlier: int = 0
    reward: float = 0.0
    cost_usd: float | None = None

    @property
    def mean(self) -> float:
        """Mean reward, as if one more try, half a success, had been made."""
        return (self.reward + 0.5) / (self.tries + 1)


def chances(policy: ModelChoice, arms: Sequence[Arm], *, number: int, generator: Random) -> dict[str, float]:
    """The probability that each arm is chosen.

    Args:
        policy: How; ``per_island`` is ``weighted`` among the arms that serve the island.
        arms: At least one, in the order of configuration.
        number: How many mutations models were asked for before, for ``round_robin`` and ``cost_aware``.
        generator: For ``thompson``, whose probabilities are estimated from 256 samples.
    """
    match policy:
        case "weighted" | "per_island":
            return _weighted(arms)
        case "round_robin":
            return _certain(arms, number % len(arms))
        case "ucb":
            return _certain(arms, _best([_upper(arm, arms) for arm in arms]))
        case "cost_aware":
            return _cost_aware(arms, number)
        case "thompson":
            return _thompson(arms, generator)


def fixed_shares(policy: ModelChoice, arms: Sequence[Arm]) -> dict[str, float]:
    """The share that each arm is to have whatever comes of it; none where that decides."""
    match policy:
        case "weighted" | "per_island":
            return _weighted(arms)
        case "round_robin":
            return {arm.name: 1 / len(arms) for arm in arms}
        case "ucb" | "thompson" | "cost_aware":
            return {}


def choose_arm(probabilities: dict[str, float], generator: Random) -> str:
    """An arm, drawn by its probability."""
    return generator.choices(list(probabilities), weights=list(probabilities.values()))[0]


def _weighted(arms: Sequence[Arm]) -> dict[str, float]:
    total = math.fsum(arm.weight for arm in arms)
    if total <= 0:
        return {arm.name: 1 / len(arms) for arm in arms}
    return {arm.name: arm.weight / total for arm in arms}


def _certain(arms: Sequence[Arm], index: int) -> dict[str, float]:
    return {arm.name: float(place == index) for place, arm in enumerate(arms)}


def _best(scores: Sequence[float]) -> int:
    return max(range(len(scores)), key=lambda index: (scores[index], -index))


def _upper(arm: Arm, arms: Sequence[Arm]) -> float:
    """The upper confidence bound of the mean reward (UCB1; Auer, Cesa-Bianchi, Fischer 2002)."""
    tried = arm.tries + arm.open
    if not tried:
        return math.inf
    total = sum(each.tries + each.open for each in arms)
    return arm.mean + _EXPLORATION * math.sqrt(2 * math.log(max(total, 2)) / tried)


def _cost_aware(arms: Sequence[Arm], number: int) -> dict[str, float]:
    """The arm whose gain for a dollar may be the highest; each is as likely while none has gained lately.

    A bonus that any arm is given, divided by its cost, would favour what is cheap for ever. So it ends for each arm
    after tries that grow as the root of all (as forced exploration does in Garivier, Kaufmann 2016), whatever they
    cost. From then on the bonus is by the variance that the arm has shown (Audibert, Munos, Szepesvari 2009): none
    without a gain.
    """
    enough = _ENOUGH * math.sqrt(number)
    bounds = [
        _upper(arm, arms) if arm.earlier + arm.tries + arm.open < enough else _shown_bound(arm, arms) for arm in arms
    ]
    if not any(bounds):
        return {arm.name: 1 / len(arms) for arm in arms}
    return _certain(arms, _best([bound / cost for bound, cost in zip(bounds, _costs(arms), strict=True)]))


def _shown_bound(arm: Arm, arms: Sequence[Arm]) -> float:
    """The upper confidence bound of the mean reward by the variance that rewards of 0 to 1 with this mean can have."""
    if not arm.reward:
        return 0.0
    mean = min(arm.reward / arm.tries, 1.0)
    total = sum(each.tries + each.open for each in arms)
    return mean + math.sqrt(2 * mean * (1 - mean) * math.log(max(total, 2)) / (arm.tries + arm.open))


def _costs(arms: Sequence[Arm]) -> list[float]:
    """What a mutation costs; an arm whose cost is not known yet is taken for an average one."""
    known = [arm.cost_usd for arm in arms if arm.cost_usd is not None]
    usual = math.fsum(known) / len(known) if known else 1.0
    return [max(usual if arm.cost_usd is None else arm.cost_usd, _LEAST_COST_USD) for arm in arms]


def _thompson(arms: Sequence[Arm], generator: Random) -> dict[str, float]:
    """How often each arm's sample from its posterior (Beta, uniform prior; Thompson 1933) is the highest."""
    wins = [0] * len(arms)
    for _ in range(_SAMPLES):
        samples = [
            generator.betavariate(1 + arm.reward, 1 + max(arm.tries + arm.open - arm.reward, 0.0)) for arm in arms
        ]
        wins[_best(samples)] += 1
    return {arm.name: count / _SAMPLES for arm, count in zip(arms, wins, strict=True)}
