"""What the run has spent."""

from events.envelope import Event
from events.types import EvaluationFailed, LlmFailed, LlmRequested, LlmResponded, ProgramEvaluated
from projections.fold import Plain, Projection, takes

__all__ = ["Budget"]


class Budget(Projection):
    """Model calls, tokens and money, and the processor time of evaluations.

    Attributes:
        calls: Model calls asked for.
        failed_calls: Those that gave no reply.
        tokens_in: Tokens sent.
        tokens_out: Tokens received, reasoning included.
        cost_usd: What the priced calls cost.
        unpriced_calls: Replies whose cost is not known.
        cpu_s: Processor seconds of candidates.
    """

    def __init__(self) -> None:
        self.calls = 0
        self.failed_calls = 0
        self.tokens_in = 0
        self.tokens_out = 0
        self.cost_usd = 0.0
        self.unpriced_calls = 0
        self.cpu_s = 0.0

    @takes(ProgramEvaluated, EvaluationFailed)
    def _evaluated(self, _: Event, data: ProgramEvaluated | EvaluationFailed) -> None:
        if data.usage is not None:
            self.cpu_s += data.usage.cpu_s

    @takes(LlmRequested)
    def _called(self, _: Event, __: LlmRequested) -> None:
        self.calls += 1

    @takes(LlmFailed)
    def _call_failed(self, _: Event, __: LlmFailed) -> None:
        self.failed_calls += 1

    @takes(LlmResponded)
    def _answered(self, _: Event, data: LlmResponded) -> None:
        self.tokens_in += data.tokens_in
        self.tokens_out += data.tokens_out
        if data.cost_usd is None:
            self.unpriced_calls += 1
        else:
            self.cost_usd += data.cost_usd

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
