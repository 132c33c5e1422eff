"""Embeddings, which OpenAI and most servers that speak its protocols give, on OpenAI's SDK."""

from collections.abc import Callable
from typing import Any, cast

from genesis.llm.port import EmbeddingRequest
from genesis.llm.provider.errors import ServerError, read_error
from genesis.llm.provider.exchange import exchange
from genesis.llm.provider.faults import fault_of
from genesis.llm.provider.heard import estimate_tokens
from genesis.llm.provider.openai_client import REASONS, open_client
from genesis.llm.provider.port import EmbeddingAnswer, EmbeddingOutcome, Endpoint, Fault, Headers, Usage
from genesis.llm.provider.wire import Fields, count, fields, items
from genesis.llm.vector import encode_vector

__all__ = ["EmbeddingsDecoder", "OpenAIEmbeddings"]


class OpenAIEmbeddings:
    """The adapter.

    Args:
        endpoint: Where and how.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._client = open_client(endpoint)

    async def attempt(
        self, request: EmbeddingRequest, model: str, observe: Callable[[Headers], None]
    ) -> EmbeddingOutcome:
        """One request; see `EmbeddingAdapter`."""
        shortened: Any = {} if request.dimensions is None else {"dimensions": request.dimensions}  # Any: keywords
        # numbers and not base64, which the SDK would ask for: every server has them
        sending = self._client.embeddings.with_streaming_response.create(
            model=model, input=request.text, encoding_format="float", **shortened
        )
        return await exchange(
            sending, EmbeddingsDecoder(), request, endpoint=self._endpoint, observe=observe, reasons=REASONS
        )

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.close()


class _Heard:
    """The reply to a request for one embedding."""

    __slots__ = ("error", "given", "usage")

    def __init__(self) -> None:
        self.given: object = None
        self.usage: Usage | None = None
        self.error: ServerError | None = None

    def so_far(self) -> str:
        """Embeddings are numbers, and those of a reply that broke off are of no use."""
        return ""

    def counted(self, request: EmbeddingRequest) -> Usage:
        """What the provider counted; where it did not, what was sent comes to."""
        counted = self.usage or Usage()
        return (
            counted if counted.tokens_in else Usage(tokens_in=estimate_tokens(request.text), cost_usd=counted.cost_usd)
        )

    def outcome(self, request: EmbeddingRequest, request_id: str | None) -> EmbeddingOutcome:
        """The embedding, or why there is none."""
        usage = self.counted(request)
        if self.error is not None:
            error = self.error
            return fault_of(error.message, kind=error.kind, status=error.status, usage=usage, request_id=request_id)
        try:
            vector = encode_vector(_numbers(self.given))
        except ValueError as error:
            return Fault(reason="malformed", message=str(error), again=True, usage=usage, request_id=request_id)
        return EmbeddingAnswer(vector=vector, usage=usage, request_id=request_id)


class EmbeddingsDecoder:
    """Hears a reply."""

    __slots__ = ("heard",)

    def __init__(self) -> None:
        self.heard = _Heard()

    def event(self, data: Fields) -> None:
        """A server that streams one embedding has it in one piece."""
        self.whole(data)

    def whole(self, data: Fields) -> None:
        """The reply."""
        heard = self.heard
        if data.get("error"):
            heard.error = read_error(data)
            return
        heard.given = next((each.get("embedding") for each in items(data, "data")), None)
        if counted := fields(data, "usage"):
            cost = counted.get("cost")
            heard.usage = Usage(
                tokens_in=count(counted, "prompt_tokens", "total_tokens") or 0,
                cost_usd=float(cost) if isinstance(cost, int | float) and cost >= 0 else None,
            )


def _numbers(given: object) -> list[float]:
    """The numbers of an embedding.

    Raises:
        ValueError: It is no list of numbers.
    """
    listed = cast("list[object]", given if isinstance(given, list) else [given])
    numbers = [float(each) for each in listed if isinstance(each, int | float) and not isinstance(each, bool)]
    if len(numbers) < len(listed):
        raise ValueError("data[0].embedding of the reply is no list of numbers")
    return numbers
