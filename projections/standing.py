"""How a fitness stands among those of the latest valid programs."""

from bisect import bisect_left, bisect_right, insort
from collections import deque

from events.envelope import Event
from events.types import ProgramEvaluated
from projections.fold import Plain, Projection, takes

__all__ = ["Standing"]

_LATEST = 256  # enough for a percentile, and what was good early in the run should not count for ever


class Standing(Projection):
    """The fitness of the latest 256 valid programs, sorted."""

    def __init__(self) -> None:
        self._sorted: list[float] = []
        self._order: deque[float] = deque()

    def percentile(self, fitness: float) -> float:
        """The share of the latest programs that are less fit, equal ones counted by half; 0.5 when there is none."""
        if not self._sorted:
            return 0.5
        below, up_to = bisect_left(self._sorted, fitness), bisect_right(self._sorted, fitness)
        return (below + up_to) / (2 * len(self._sorted))

    @takes(ProgramEvaluated)
    def _evaluated(self, _: Event, data: ProgramEvaluated) -> None:
        if not data.is_valid or data.fitness is None:
            return
        if len(self._order) == _LATEST:
            del self._sorted[bisect_left(self._sorted, self._order.popleft())]
        self._order.append(data.fitness)
        insort(self._sorted, data.fitness)

    def snapshot(self) -> Plain:
        """The latest values, oldest first."""
        return list(self._order)
