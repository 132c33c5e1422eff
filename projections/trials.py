"""What models have tried from each program, and which programs failed lately."""

from collections import deque
from dataclasses import dataclass

from events.envelope import Event
from events.types import (
    EvaluationFailed,
    MutationProposed,
    MutationRejected,
    MutationRequested,
    ProgramEvaluated,
)
from projections.fold import Plain, Projection, takes

__all__ = ["FailedProgram", "Trials"]

_SHOWN = 6
_FAILURES = 32


@dataclass(slots=True)
class FailedProgram:
    """A program with a text that gave no valid result.

    Attributes:
        program: Its id.
        parents: What it was made from.
        by_model: Whether a model wrote it.
        island: Where it was bred.
        repairs: How often a repair was asked for.
    """

    program: str
    parents: tuple[str, ...]
    by_model: bool
    island: int
    repairs: int = 0


class Trials(Projection):
    """Settled tries.

    Attributes:
        children: Program to the latest programs that models made from it, settled ones only, oldest first, six at most.
        failures: The latest programs that failed, oldest first, 32 at most.
    """

    def __init__(self) -> None:
        self.children: dict[str, deque[str]] = {}
        self.failures: dict[str, FailedProgram] = {}
        self._open: dict[str, MutationRequested] = {}
        self._with_text: set[str] = set()

    @takes(MutationRequested)
    def _requested(self, _: Event, data: MutationRequested) -> None:
        self._open[data.program] = data
        if data.operator == "llm_repair" and data.parents[0] in self.failures:
            self.failures[data.parents[0]].repairs += 1

    @takes(MutationProposed)
    def _proposed(self, _: Event, data: MutationProposed) -> None:
        self._with_text.add(data.program)

    @takes(MutationRejected)
    def _rejected(self, _: Event, data: MutationRejected) -> None:
        self._settle(data.program, failed=True)

    @takes(EvaluationFailed)
    def _failed(self, _: Event, data: EvaluationFailed) -> None:
        self._settle(data.program, failed=True)

    @takes(ProgramEvaluated)
    def _evaluated(self, _: Event, data: ProgramEvaluated) -> None:
        self._settle(data.program, failed=not data.is_valid)

    def _settle(self, program: str, *, failed: bool) -> None:
        request = self._open.pop(program)
        has_text = program in self._with_text
        self._with_text.discard(program)
        if request.model is not None and request.parents:
            self.children.setdefault(request.parents[0], deque(maxlen=_SHOWN)).append(program)
        if failed and has_text:
            self.failures[program] = FailedProgram(program, request.parents, request.model is not None, request.island)
            if len(self.failures) > _FAILURES:
                del self.failures[next(iter(self.failures))]

    def snapshot(self) -> Plain:
        """Tries by parent, and the failures with their repairs."""
        return {
            "children": {parent: list(children) for parent, children in self.children.items()},
            "failures": {each.program: each.repairs for each in self.failures.values()},
        }
