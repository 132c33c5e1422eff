"""How each mutation operator has fared, in all and lately, and what each parent's children taught."""

from array import array
from collections import defaultdict
from dataclasses import dataclass

from events.envelope import Event
from events.types import (
    EvaluationFailed,
    MutationRejected,
    MutationRequested,
    ProgramArchived,
    ProgramDeclined,
    ProgramEvaluated,
)
from projections.fold import Plain, Projection, takes

__all__ = ["Litter", "OperatorRecord", "Operators", "Window"]


@dataclass(frozen=True, slots=True)
class Window:
    """An operator's latest tries: how many, and what came of them."""

    tries: int
    archived: int
    improved: int


class OperatorRecord:
    """One operator's record.

    Attributes:
        proposed: Mutations that gave a text.
    """

    def __init__(self) -> None:
        self.proposed = 0
        self._archived = array("Q", [0])  # after each try, so that any window costs two look-ups
        self._improved = array("Q", [0])

    @property
    def tries(self) -> int:
        """Mutations that are settled."""
        return len(self._archived) - 1

    @property
    def archived(self) -> int:
        """Programs that were admitted to an archive."""
        return self._archived[-1]

    @property
    def improved(self) -> int:
        """Programs that were admitted and are fitter than every parent.

        A late member of a campaign easily beats the campaign's base, so being fitter alone says little.
        """
        return self._improved[-1]

    def latest(self, count: int) -> Window:
        """The latest ``count`` tries, or all when there are fewer."""
        tries = min(count, self.tries)
        before = self.tries - tries
        return Window(tries, self.archived - self._archived[before], self.improved - self._improved[before])

    def add(self, *, proposed: bool, archived: bool, improved: bool) -> None:
        """Counts one try."""
        self.proposed += proposed
        self._archived.append(self._archived[-1] + archived)
        self._improved.append(self._improved[-1] + improved)


@dataclass(slots=True)
class Litter:
    """What numeric steps from one parent came to.

    Attributes:
        step: The step size that made the parent itself, or that its own parent had; None when there was none.
        barren: Tries from it since the last that was fitter than it.
    """

    step: float | None = None
    barren: int = 0


@dataclass(slots=True)
class _Trial:
    operator: str
    parents: tuple[str, ...]
    step: float | None
    improved: bool = False


class Operators(Projection):
    """Records by operator, and litters by parent.

    Attributes:
        records: Operator to its record.
        litters: Program to what steps from it came to.
    """

    def __init__(self) -> None:
        self.records: defaultdict[str, OperatorRecord] = defaultdict(OperatorRecord)
        self.litters: defaultdict[str, Litter] = defaultdict(Litter)
        self._trials: dict[str, _Trial] = {}
        self._fitness: dict[str, float] = {}

    def record(self, operator: str) -> OperatorRecord:
        """One operator's record, an empty one when it was never tried."""
        return self.records.get(operator) or OperatorRecord()

    def litter(self, program: str) -> Litter:
        """What steps from a program came to."""
        return self.litters.get(program) or Litter()

    @takes(MutationRequested)
    def _requested(self, _: Event, data: MutationRequested) -> None:
        step = data.parameters.get("step")
        self._trials[data.program] = _Trial(data.operator, data.parents, step if isinstance(step, float) else None)

    @takes(MutationRejected)
    def _rejected(self, _: Event, data: MutationRejected) -> None:
        self._settle(data.program, proposed=False, archived=False)

    @takes(EvaluationFailed, ProgramDeclined)
    def _failed(self, _: Event, data: EvaluationFailed | ProgramDeclined) -> None:
        self._settle(data.program, proposed=True, archived=False)

    @takes(ProgramArchived)
    def _archived(self, _: Event, data: ProgramArchived) -> None:
        self._settle(data.program, proposed=True, archived=True)

    @takes(ProgramEvaluated)
    def _evaluated(self, _: Event, data: ProgramEvaluated) -> None:
        program, fitness = data.program, data.fitness
        if not data.is_valid or fitness is None:
            self._settle(program, proposed=True, archived=False)
            return
        self._fitness[program] = fitness
        trial = self._trials[program]
        before = [self._fitness[parent] for parent in trial.parents if parent in self._fitness]
        if before and fitness > max(before):  # what was repaired had no fitness to improve on
            trial.improved = True

    def _settle(self, program: str, *, proposed: bool, archived: bool) -> None:
        trial = self._trials.pop(program, None)
        if trial is None:
            return
        self.records[trial.operator].add(proposed=proposed, archived=archived, improved=archived and trial.improved)
        if not trial.parents:
            return
        parent = self.litters[trial.parents[0]]
        if archived:
            self.litters[program] = Litter(parent.step if trial.step is None else trial.step)
        if trial.step is not None:
            parent.barren = 0 if trial.improved else parent.barren + 1

    def snapshot(self) -> Plain:
        """Counts by operator, and every litter."""
        return {
            "records": {
                name: [record.tries, record.proposed, record.archived, record.improved]
                for name, record in self.records.items()
            },
            "litters": {program: [litter.step, litter.barren] for program, litter in self.litters.items()},
        }
