"""What the run has spent."""

from dataclasses import dataclass

from events.envelope import Event
from events.types import (
    EvaluationFailed,
    LlmFailed,
    LlmPurpose,
    LlmRequested,
    LlmResponded,
    ProgramEvaluated,
    RunResumed,
)
from projections.fold import Plain, Projection, takes

__all__ = ["Budget", "Spending"]

_FOR_PROGRAMS: frozenset[LlmPurpose] = frozenset({"mutation", "repair"})
_NO_QUESTION: LlmPurpose = "embedding"


@dataclass(slots=True)
class Spending:
    """What was spent on one purpose.

    Attributes:
        calls: Attempts that were sent, retries included.
        tokens: In and out, reasoning included.
        cost_usd: What the priced attempts cost.
        unpriced_calls: Answers whose cost is not known.
        call_s: Seconds that attempts took, added up.
    """

    calls: int = 0
    tokens: int = 0
    cost_usd: float = 0.0
    unpriced_calls: int = 0
    call_s: float = 0.0


class Budget(Projection):
    """Model calls, tokens and money, and the processor time of evaluations.

    Attributes:
        calls: Model calls that were sent, retries included.
        failed_calls: Those that gave no reply.
        tokens_in: Tokens sent.
        tokens_out: Tokens received, reasoning included.
        cost_usd: What the priced calls cost.
        unpriced_calls: Replies whose cost is not known.
        dearest: Model to the most that one of its answered calls took, of each kind.
        refused: Calls that were not sent since they might have passed the budget.
        closed: Purposes of which a call was refused. Calls in flight are waited for before one is refused, so that is
            final, until the run is taken up again.
        by_purpose: What each purpose has spent.
        cpu_s: Processor seconds of candidates.
    """

    def __init__(self) -> None:
        self.calls = 0
        self.failed_calls = 0
        self.tokens_in = 0
        self.tokens_out = 0
        self.cost_usd = 0.0
        self.unpriced_calls = 0
        self.dearest: dict[str, Spending] = {}
        self.refused = 0
        self.closed: set[LlmPurpose] = set()
        self.by_purpose: dict[LlmPurpose, Spending] = {}
        self.cpu_s = 0.0
        self._open: dict[tuple[str, int], LlmRequested] = {}
        self._lost: list[LlmRequested] = []

    @property
    def lost_calls(self) -> int:
        """Calls that were in flight when a process died: what they cost is not known."""
        return len(self._lost)

    @property
    def unheard(self) -> tuple[LlmRequested, ...]:
        """Those, and the calls without an answer so far."""
        return (*self._lost, *self._open.values())

    @property
    def analysis_calls(self) -> int:
        """Questions that were sent for anything but programs."""
        return self.questions - sum(self._calls(purpose) for purpose in _FOR_PROGRAMS)

    @property
    def questions(self) -> int:
        """Calls that were sent, those for embeddings left out: they cost next to nothing, and answer nothing."""
        return self.calls - self._calls(_NO_QUESTION)

    @takes(ProgramEvaluated, EvaluationFailed)
    def _evaluated(self, _: Event, data: ProgramEvaluated | EvaluationFailed) -> None:
        if data.usage is not None:
            self.cpu_s += data.usage.cpu_s

    @takes(LlmRequested)
    def _called(self, _: Event, data: LlmRequested) -> None:
        self.calls += 1
        self.by_purpose.setdefault(data.purpose, Spending()).calls += 1
        self._open[data.call, data.attempt] = data

    @takes(LlmFailed)
    def _call_failed(self, _: Event, data: LlmFailed) -> None:
        self._open.pop((data.call, data.attempt), None)
        if data.reason == "budget":
            self.calls -= 1
            self.by_purpose.setdefault(data.purpose, Spending()).calls -= 1
            self.refused += 1
            self.closed.add(data.purpose)
            return
        self.failed_calls += 1
        self._spend(data)

    @takes(LlmResponded)
    def _answered(self, _: Event, data: LlmResponded) -> None:
        self._open.pop((data.call, data.attempt), None)
        most = self.dearest.setdefault(f"{data.provider}/{data.model}", Spending())
        most.tokens = max(most.tokens, data.tokens_in + data.tokens_out)
        most.cost_usd = max(most.cost_usd, data.cost_usd or 0.0)
        most.call_s = max(most.call_s, data.latency_s)
        self._spend(data)

    @takes(RunResumed)
    def _taken_up(self, _: Event, __: RunResumed) -> None:
        self._lost.extend(self._open.values())
        self._open.clear()
        self.closed.clear()

    def _calls(self, purpose: LlmPurpose) -> int:
        return self.by_purpose[purpose].calls if purpose in self.by_purpose else 0

    def _spend(self, data: LlmResponded | LlmFailed) -> None:
        purpose = self.by_purpose.setdefault(data.purpose, Spending())
        self.tokens_in += data.tokens_in
        self.tokens_out += data.tokens_out
        purpose.tokens += data.tokens_in + data.tokens_out
        purpose.call_s += data.latency_s
        if data.cost_usd is None:
            self.unpriced_calls += 1
            purpose.unpriced_calls += 1
        else:
            self.cost_usd += data.cost_usd
            purpose.cost_usd += data.cost_usd

    def snapshot(self) -> Plain:
        """Calls, tokens and money; processor time, which no two runs share, left out."""
        return {
            "calls": self.calls,
            "failed_calls": self.failed_calls,
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
            "cost_usd": self.cost_usd,
            "unpriced_calls": self.unpriced_calls,
        }
