"""What models were asked, what they thought and said, and what it cost."""

from dataclasses import field
from typing import ClassVar, Literal

from events.types.base import Json, Payload, record

__all__ = ["LlmFailed", "LlmFailureReason", "LlmPurpose", "LlmRequested", "LlmResponded", "Message"]

LlmPurpose = Literal["mutation", "repair", "insight", "judge", "prompt", "setup", "scratchpad", "embedding"]
LlmFailureReason = Literal[
    "rate_limited",
    "timeout",
    "overloaded",
    "refused",
    "malformed",
    "unauthorized",
    "unreachable",
    "bad_request",
    "budget",
]


@record
class Message:
    """One message of a conversation with a model."""

    role: Literal["system", "user", "assistant"]
    content: str


@record
class _Call(Payload):
    """What an attempt and its answer have in common, so that each row says it all.

    ``call`` names the call: the request that it is part of and a number or a word, ``p000042/1``. An attempt and its
    answer have the same ``call`` and ``attempt``. ``analysis`` is the id of the analysis that it is part of, if of one.
    """

    program: str | None = None
    call: str = ""
    analysis: str | None = None
    operator: str = ""
    prompt_id: str | None = None

    @property
    def subject(self) -> str | None:
        """The program that the call was made for, if it was made for one."""
        return self.program


@record
class _Answer(_Call):
    purpose: LlmPurpose = "mutation"
    provider: str = ""
    model: str = ""
    attempt: int = 1


@record
class LlmRequested(_Call):
    """Asks a model. Answered by ``llm.responded`` or ``llm.failed``; ``attempt`` counts from 1."""

    TYPE: ClassVar[str] = "llm.requested"

    purpose: LlmPurpose
    provider: str
    model: str
    messages: tuple[Message, ...]
    parameters: dict[str, Json] = field(default_factory=dict[str, Json])
    attempt: int


@record
class LlmResponded(_Answer):
    """What the model thought and said. ``cost_usd`` is None when the model's price is not known.

    A model that was asked for an embedding says nothing: ``embedding`` is the text's direction, as base64 of its
    numbers, each a little-endian half-precision float, scaled to length 1.
    """

    TYPE: ClassVar[str] = "llm.responded"

    text: str
    reasoning: str = ""
    tokens_in: int
    tokens_out: int
    tokens_reasoning: int = 0
    tokens_cached: int = 0
    tokens_cache_written: int = 0
    cost_usd: float | None = None
    latency_s: float
    finish_reason: str
    provider_request_id: str | None = None
    embedding: str = ""


@record
class LlmFailed(_Answer):
    """The model gave no usable reply. With ``retry_in_s`` another attempt follows; without, the call is over.

    Tokens and cost are what it may charge all the same. With reason ``budget`` nothing was sent.
    """

    TYPE: ClassVar[str] = "llm.failed"

    reason: LlmFailureReason
    message: str
    retry_in_s: float | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = 0.0
    latency_s: float = 0.0
    text: str = ""
    provider_request_id: str | None = None
