"""How far numeric operators step: adapted along each lineage."""

import math
from random import Random

from projections.operators import Litter

__all__ = ["CAMPAIGN_STEP", "FIRST_STEP", "lineage_step"]

FIRST_STEP = 0.1
CAMPAIGN_STEP = 0.02  # CMA-ES polishes: five times more or four times less cost a fifth of what was reached
_LEAST, _MOST = 1e-6, 1.0
_SPREAD = 0.2
_SHRINK, _PATIENCE = 0.9, 5
_ROAMING, _SHORTEST, _LONGEST = 0.5, 0.01, 1.0  # a lineage whose step has shrunk would never leave its hill


def lineage_step(litter: Litter, generator: Random) -> float:
    """A relative step size for a child of a program.

    Half of the steps follow the lineage: the step that made the program itself (log-normal self-adaptation, Schwefel
    1981), smaller by a tenth for every five tries from it since the last that improved. The other half roam over the
    longer scales.
    """
    if generator.random() < _ROAMING:
        return math.exp(generator.uniform(math.log(_SHORTEST), math.log(_LONGEST)))
    inherited = litter.step if litter.step is not None else FIRST_STEP
    shrunk = inherited * _SHRINK ** (litter.barren / _PATIENCE)
    return min(max(max(shrunk, _LEAST) * math.exp(_SPREAD * generator.gauss(0, 1)), _LEAST), _MOST)
