"""OpenAI's Responses, with summaries of what models think, on OpenAI's SDK."""

from collections.abc import Callable

from genesis.llm.port import Request
from genesis.llm.provider.errors import read_error
from genesis.llm.provider.exchange import exchange
from genesis.llm.provider.heard import Heard, is_an_end
from genesis.llm.provider.openai_client import REASONS, THINKS_NOT, open_client, thinks
from genesis.llm.provider.port import Endpoint, Headers, Outcome, Usage
from genesis.llm.provider.table import LEAST_TOKENS
from genesis.llm.provider.wire import Fields, count, fields, items, text

__all__ = ["OpenAIResponses", "ResponsesDecoder", "responses_body"]

_THOUGHTS = frozenset({"response.reasoning_summary_text.delta", "response.reasoning_text.delta"})
_ENDED = frozenset({"response.completed", "response.incomplete", "response.failed"})


class OpenAIResponses:
    """The adapter.

    Args:
        endpoint: Where and how.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._client = open_client(endpoint)

    async def attempt(self, request: Request, model: str, observe: Callable[[Headers], None]) -> Outcome:
        """One request; see `Adapter`."""
        body = responses_body(request, model, self._endpoint)
        # the input goes as extra body, which wins: see openai_chat
        sending = self._client.responses.with_streaming_response.create(
            model=model, input="", stream=True, extra_body=body
        )
        return await exchange(
            sending, ResponsesDecoder(), request, endpoint=self._endpoint, observe=observe, reasons=REASONS
        )

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.close()


def responses_body(request: Request, model: str, endpoint: Endpoint) -> dict[str, object]:
    """The request as JSON; nothing is stored at the provider. Pure."""
    body: dict[str, object] = {
        "model": model,
        "input": [{"role": message.role, "content": message.content} for message in request.messages],
        "stream": True,
        "store": False,
        "max_output_tokens": max(LEAST_TOKENS["openai"], request.max_tokens),
        **endpoint.quirks.body,
    }
    reasoning = {"summary": "auto"} if thinks(model, request) else {}
    if request.reasoning_effort is not None and not model.startswith(THINKS_NOT):
        reasoning["effort"] = request.reasoning_effort
    if reasoning:
        body["reasoning"] = reasoning
    if request.temperature is not None and not thinks(model, request):
        body["temperature"] = request.temperature
    return body | dict(request.parameters)


class ResponsesDecoder:
    """Hears a reply."""

    __slots__ = ("heard",)

    def __init__(self) -> None:
        self.heard = Heard()

    def event(self, data: Fields) -> None:
        """A piece of the reply, its end, or an error; events that say nothing new are passed over."""
        heard, kind = self.heard, text(data, "type")
        if kind == "response.output_text.delta":
            heard.text.append(text(data, "delta"))
        elif kind in _THOUGHTS:
            heard.reasoning.append(text(data, "delta"))
        elif kind == "response.reasoning_summary_part.done":
            heard.reasoning.append("\n\n")
        elif kind == "response.refusal.delta":
            heard.refusal.append(text(data, "delta"))
        elif kind in _ENDED:
            self._ended(fields(data, "response"), kind.removeprefix("response."))
        elif kind == "error":
            heard.error = read_error(data)

    def whole(self, data: Fields) -> None:
        """The reply at once."""
        self._ended(data, "completed")

    def _ended(self, response: Fields, how: str) -> None:
        """The last event has the response as it came to be; one that is incomplete says why, unless it broke off."""
        heard, why = self.heard, text(fields(response, "incomplete_details"), "reason")
        if response.get("error"):
            heard.error = read_error(response)
        status = text(response, "status") if how == "completed" else how
        heard.finish = why if is_an_end(why) else status or None
        heard.usage = _usage(fields(response, "usage"))
        if not (heard.text or heard.refusal):
            for item in items(response, "output"):
                self._item(item)

    def _item(self, item: Fields) -> None:
        heard, kind = self.heard, text(item, "type")
        if kind == "reasoning" and not heard.reasoning:
            parts = items(item, "summary") or items(item, "content")
            heard.reasoning.append("\n\n".join(text(part, "text") for part in parts))
        elif kind == "message":
            for part in items(item, "content"):
                heard.refusal.extend(filter(None, [text(part, "refusal")]))
                heard.text.extend(filter(None, [text(part, "text")]))


def _usage(counted: Fields) -> Usage:
    of_prompt, of_reply = fields(counted, "input_tokens_details"), fields(counted, "output_tokens_details")
    return Usage(
        tokens_in=count(counted, "input_tokens") or 0,
        tokens_out=count(counted, "output_tokens") or 0,
        tokens_reasoning=count(of_reply, "reasoning_tokens") or 0,
        tokens_cached=count(of_prompt, "cached_tokens") or 0,
        tokens_cache_written=count(of_prompt, "cache_write_tokens") or 0,
    )
