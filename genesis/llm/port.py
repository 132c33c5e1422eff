"""The ports of language models: one request in, one reply, or embedding, or one closed reason out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from events.types import Json, LlmFailureReason, LlmPurpose, Message

__all__ = [
    "Embedded",
    "Embedder",
    "Embedding",
    "EmbeddingRequest",
    "Failure",
    "Model",
    "Reply",
    "Request",
    "Response",
    "Sent",
    "Witness",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a model is asked.

    Attributes:
        model: ``provider/model``.
        messages: The conversation; the last is the user's. A stable prefix comes first, so that providers can cache it.
        purpose: What the call is for: budgets are kept by purpose.
        program: The program it is for, None when it is for the run.
        max_tokens: Most tokens of the reply, reasoning included; the worst case that a budget reserves.
        temperature: None for the provider's default; models that take none are not sent one.
        reasoning_effort: ``low``, ``medium`` or ``high``; None for the provider's default.
        parameters: Sent as they are, over everything else.
        draw: Names the stream of random numbers that jitters retries.
        attempt: The number of the first attempt, over 1 when a run that was killed in mid-call goes on.
    """

    model: str
    messages: tuple[Message, ...]
    purpose: LlmPurpose
    max_tokens: int
    draw: str
    program: str | None = None
    temperature: float | None = None
    reasoning_effort: str | None = None
    parameters: Mapping[str, Json] = field(default_factory=dict[str, Json])
    attempt: int = 1

    @property
    def texts(self) -> tuple[str, ...]:
        """All that is sent to be read."""
        return tuple(message.content for message in self.messages)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingRequest:
    """A text whose embedding is wanted.

    Attributes:
        model: ``provider/model``.
        text: What is embedded.
        draw: Names the stream of random numbers that jitters retries.
        program: The program it is for, None when it is for the run.
        dimensions: How many numbers, None for the model's own choice.
        attempt: The number of the first attempt, over 1 when a run that was killed in mid-call goes on.
    """

    model: str
    text: str
    draw: str
    program: str | None = None
    dimensions: int | None = None
    attempt: int = 1

    @property
    def purpose(self) -> LlmPurpose:
        """What budgets count it under."""
        return "embedding"

    @property
    def max_tokens(self) -> int:
        """Nothing is written, so nothing of it is reserved."""
        return 0

    @property
    def texts(self) -> tuple[str, ...]:
        """All that is sent to be read."""
        return (self.text,)


Sent: TypeAlias = Request | EmbeddingRequest
"""Whatever is asked of a provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a model thought and said.

    Attributes:
        text: The reply.
        reasoning: What it thought, from wherever the provider gives it; empty when it gives none.
        tokens_in: Tokens of the prompt, cached ones included.
        tokens_out: Tokens of the reply, reasoning included.
        tokens_reasoning: Tokens of the reasoning.
        tokens_cached: Tokens of the prompt that the provider had cached.
        tokens_cache_written: Tokens of the prompt that it cached for later, where it charges for that.
        cost_usd: None when the model's price is not known.
        latency_s: From sending to the last byte.
        finish_reason: ``stop``, ``length``, or the provider's word.
        provider_request_id: For the provider's support.
    """

    text: str
    reasoning: str = ""
    tokens_in: int
    tokens_out: int
    tokens_reasoning: int = 0
    tokens_cached: int = 0
    tokens_cache_written: int = 0
    cost_usd: float | None
    latency_s: float
    finish_reason: str
    provider_request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """The embedding of a text.

    Attributes:
        vector: As `genesis.llm.vector` writes it.
        tokens_in: Tokens of the text.
        cost_usd: None when the model's price is not known.
        latency_s: From sending to the last byte.
        provider_request_id: For the provider's support.
    """

    vector: str
    tokens_in: int
    cost_usd: float | None
    latency_s: float
    provider_request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """No usable reply came. What it cost all the same is counted, or else estimated from what went over the wire.

    Attributes:
        reason: Closed; see `genesis.llm.retry` for what is tried again.
        message: For people and for the log; holds no secret.
        retry_in_s: Seconds until the next attempt, None when there is none.
        tokens_in: Tokens of the prompt that the provider may charge for; 0 when it refused the request.
        tokens_out: Tokens of the reply that it may charge for.
        cost_usd: Of those; None when the model's price is not known.
        latency_s: From sending until it failed; 0 when nothing was sent.
        text: What came of a reply that broke off, was refused or could not be read.
        provider_request_id: For the provider's support.
    """

    reason: LlmFailureReason
    message: str
    retry_in_s: float | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = 0.0
    latency_s: float = 0.0
    text: str = ""
    provider_request_id: str | None = None


Reply: TypeAlias = Response | Failure
Embedding: TypeAlias = Embedded | Failure


class Witness(Protocol):
    """Is told of every attempt: a fact before it is sent, and a fact when it is answered.

    An attempt that the budget does not allow is told like the others, with reason ``budget``, and is not sent.
    """

    async def asked(self, request: Sent, attempt: int) -> None:
        """An attempt, counted from ``request.attempt``, is about to be sent; it is sent when this returns."""
        ...

    async def answered(self, request: Sent, attempt: int, reply: Reply | Embedding) -> None:
        """What came of it; a failure with ``retry_in_s`` is followed by another attempt."""
        ...


class Model(Protocol):
    """Language models by name. Safe to be asked many times at once."""

    async def complete(self, request: Request, witness: Witness) -> Reply:
        """The reply, after retries within the limits and budgets that hold.

        Every failure of a provider is a `Failure`, not an exception. Cancelling stops the call.
        """
        ...

    async def aclose(self) -> None:
        """Close connections; safe to call twice."""
        ...


class Embedder(Protocol):
    """Embedding models by name. Safe to be asked many times at once."""

    async def embed(self, request: EmbeddingRequest, witness: Witness) -> Embedding:
        """The embedding, after retries within the limits and budgets that hold; see `Model.complete`."""
        ...
