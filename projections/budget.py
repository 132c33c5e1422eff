"""What the run has spent."""

from collections.abc import Collection

from events.envelope import Event
from events.types import AnyPayload, EvaluationFailed, LlmFailed, LlmRequested, LlmResponded, ProgramEvaluated
from projections.fold import Plain

__all__ = ["Budget"]


class Budget:
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

    reads: Collection[type[AnyPayload]] = frozenset(
        {ProgramEvaluated, EvaluationFailed, LlmRequested, LlmFailed, LlmResponded}
    )

    def __init__(self) -> None:
        self.calls = 0
        self.failed_calls = 0
        self.tokens_in = 0
        self.tokens_out = 0
        self.cost_usd = 0.0
        self.unpriced_calls = 0
        self.cpu_s = 0.0

    def apply(self, event: Event) -> None:
        """Adds one event."""
        data = event.data
        match data:
            case ProgramEvaluated():
                self.cpu_s += data.usage.cpu_s
            case EvaluationFailed():
                self.cpu_s += data.usage.cpu_s if data.usage else 0.0
            case LlmRequested():
                self.calls += 1
            case LlmFailed():
                self.failed_calls += 1
            case LlmResponded():
                self.tokens_in += data.tokens_in
                self.tokens_out += data.tokens_out
                if data.cost_usd is None:
                    self.unpriced_calls += 1
                else:
                    self.cost_usd += data.cost_usd
            case _:
                pass

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
