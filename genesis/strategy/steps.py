"""How far numeric operators step: adapted along each lineage."""

import math
from random import Random

from projections.operators import Litter

__all__ = ["FIRST_STEP", "lineage_step"]

FIRST_STEP = 0.3
_LEAST, _MOST = 1e-6, 2.0
_SPREAD = 0.5  # log-normal; wide, as the steps of failures are not inherited
_SHRINK, _PATIENCE = 0.8, 5
_ROAMING, _SHORTEST, _LONGEST = 0.5, 3e-3, 1.5  # without roaming, a lineage whose step has shrunk never leaves its hill


def lineage_step(litter: Litter, generator: Random) -> float:
    """A relative step size for a child of a program.

    Half of the steps follow the lineage: the step that made the program itself (log-normal self-adaptation, Schwefel
    1981), smaller by a fifth for every five tries from it since the last that improved. The other half roam over all
    scales alike.
    """
    if generator.random() < _ROAMING:
        return math.exp(generator.uniform(math.log(_SHORTEST), math.log(_LONGEST)))
    inherited = litter.step if litter.step is not None else FIRST_STEP
    shrunk = inherited * _SHRINK ** (litter.barren / _PATIENCE)
    return min(max(max(shrunk, _LEAST) * math.exp(_SPREAD * generator.gauss(0, 1)), _LEAST), _MOST)
