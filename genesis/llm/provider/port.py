"""The ports of a wire protocol: one request on the wire, one answer or one fault, no second try."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from events.types import LlmFailureReason
from genesis.llm.port import EmbeddingRequest, Request

__all__ = [
    "Adapter",
    "Answer",
    "EmbeddingAdapter",
    "EmbeddingAnswer",
    "EmbeddingOutcome",
    "Endpoint",
    "Fault",
    "Headers",
    "Outcome",
    "Quirks",
    "Usage",
]

Headers: TypeAlias = Mapping[str, str]
"""Of a reply, names in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a provider counted, or what is estimated where it counted nothing.

    Attributes:
        tokens_in: Tokens of the prompt, cached ones included.
        tokens_out: Tokens of the reply, reasoning included.
        tokens_reasoning: Of those, tokens of reasoning.
        tokens_cached: Of the prompt, tokens that were read from a cache.
        tokens_cache_written: Of the prompt, tokens that were written to one.
        cost_usd: What the provider says that it charges; None when it does not say.
    """

    tokens_in: int = 0
    tokens_out: int = 0
    tokens_reasoning: int = 0
    tokens_cached: int = 0
    tokens_cache_written: int = 0
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A usable reply."""

    text: str
    reasoning: str
    usage: Usage
    finish_reason: str
    request_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingAnswer:
    """A usable embedding; see `genesis.llm.vector`."""

    vector: str
    usage: Usage
    request_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why there is no usable reply.

    Attributes:
        reason: Closed.
        message: In the provider's words or ours; not yet masked.
        again: Whether another attempt could fare better.
        wait_s: How long the provider asks to wait, None when it does not say.
        usage: What it may charge for.
        text: What came of the reply.
        request_id: The provider's.
    """

    reason: LlmFailureReason
    message: str
    again: bool
    wait_s: float | None = None
    usage: Usage = Usage()
    text: str = ""
    request_id: str | None = None


Outcome: TypeAlias = Answer | Fault
EmbeddingOutcome: TypeAlias = EmbeddingAnswer | Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """How a server differs from its protocol's own.

    Attributes:
        max_tokens: Name of the parameter that bounds a reply, for Chat Completions.
        effort: How reasoning effort is asked for, for Chat Completions: by OpenAI's ``reasoning_effort``, or by
            OpenRouter's ``reasoning`` object.
        thinkers_take_no_temperature: Whether its reasoning models refuse a temperature, as OpenAI's do.
        body: Sent with every request, under what the request says.
    """

    max_tokens: str = "max_tokens"
    effort: str = "reasoning_effort"
    thinkers_take_no_temperature: bool = False
    body: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where and how a provider is reached.

    Attributes:
        name: The provider's.
        base_url: Address, None for the SDK's own.
        api_key: The secret; never shown.
        quirks: See `Quirks`.
        timeout_s: Seconds one attempt may take.
        idle_timeout_s: Seconds without a byte before an attempt is given up.
        connections: Kept open for reuse.
    """

    name: str
    base_url: str | None
    api_key: str = field(repr=False)
    quirks: Quirks = Quirks()
    timeout_s: float = 300.0
    idle_timeout_s: float = 60.0
    connections: int = 16


class Adapter(Protocol):
    """Speaks one protocol with one provider. Safe to be asked many times at once."""

    async def attempt(self, request: Request, model: str, observe: Callable[[Headers], None]) -> Outcome:
        """Sends a request once, streaming.

        Every failure is a `Fault`; cancelling stops the call and closes its connection.

        Args:
            request: What is asked.
            model: Its model, without the provider's name.
            observe: Is shown the headers of the reply as soon as they are there, those of an error too.
        """
        ...

    async def aclose(self) -> None:
        """Close connections; safe to call twice."""
        ...


class EmbeddingAdapter(Protocol):
    """Asks one provider for embeddings. Safe to be asked many times at once."""

    async def attempt(
        self, request: EmbeddingRequest, model: str, observe: Callable[[Headers], None]
    ) -> EmbeddingOutcome:
        """Sends a request once; see `Adapter.attempt`."""
        ...

    async def aclose(self) -> None:
        """Close connections; safe to call twice."""
        ...
