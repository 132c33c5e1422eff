"""Chat Completions, which OpenAI and most other servers speak, on OpenAI's SDK.

Reasoning comes as ``reasoning_content`` (DeepSeek, vLLM, llama.cpp), ``reasoning`` (OpenRouter, Ollama, newer vLLM), as
parts of the content (Mistral), or between tags in the text, which `Heard` takes out.
"""

from collections.abc import Callable

from genesis.llm.port import Request
from genesis.llm.provider.errors import read_error
from genesis.llm.provider.exchange import exchange
from genesis.llm.provider.heard import Heard
from genesis.llm.provider.openai_client import REASONS, open_client, thinks
from genesis.llm.provider.port import Endpoint, Headers, Outcome, Usage
from genesis.llm.provider.wire import Fields, count, fields, items, text

__all__ = ["ChatDecoder", "OpenAIChat", "chat_body"]


class OpenAIChat:
    """The adapter.

    Args:
        endpoint: Where and how.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._client = open_client(endpoint)

    async def attempt(self, request: Request, model: str, observe: Callable[[Headers], None]) -> Outcome:
        """One request; see `Adapter`."""
        body = chat_body(request, model, self._endpoint)
        # the messages go as extra body, which wins: checked as a parameter, a prompt costs the SDK 2 ms of CPU a call
        sending = self._client.chat.completions.with_streaming_response.create(
            model=model, messages=(), stream=True, extra_body=body
        )
        return await exchange(
            sending, ChatDecoder(), request, endpoint=self._endpoint, observe=observe, reasons=REASONS
        )

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.close()


def chat_body(request: Request, model: str, endpoint: Endpoint) -> dict[str, object]:
    """The request as JSON. Pure."""
    quirks = endpoint.quirks
    body: dict[str, object] = {
        "model": model,
        "messages": [{"role": message.role, "content": message.content} for message in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        quirks.max_tokens: request.max_tokens,
        **quirks.body,
    }
    if request.temperature is not None and not (quirks.thinkers_take_no_temperature and thinks(model, request)):
        body["temperature"] = request.temperature
    if request.reasoning_effort is not None:
        if quirks.effort == "reasoning":
            body["reasoning"] = {"effort": request.reasoning_effort}
        else:
            body[quirks.effort] = request.reasoning_effort
    return body | dict(request.parameters)


class ChatDecoder:
    """Hears a reply."""

    __slots__ = ("heard",)

    def __init__(self) -> None:
        self.heard = Heard()

    def event(self, data: Fields) -> None:
        """A piece of the reply, the count of its tokens, or an error."""
        self._take(data, "delta")

    def whole(self, data: Fields) -> None:
        """The reply at once."""
        self._take(data, "message")

    def _take(self, data: Fields, part: str) -> None:
        heard = self.heard
        if data.get("error"):
            heard.error = read_error(data)
            return
        for choice in items(data, "choices"):
            self._message(fields(choice, part))
            heard.finish = text(choice, "finish_reason") or heard.finish
            if choice.get("error"):
                heard.error = read_error(choice)  # OpenRouter, when a provider behind it breaks off
        if counted := fields(data, "usage"):
            heard.usage = _usage(counted)

    def _message(self, message: Fields) -> None:
        heard = self.heard
        if thought := text(message, "reasoning_content") or text(message, "reasoning"):
            heard.reasoning.append(thought)
        if said := text(message, "content"):
            heard.text.append(said)
        for each in items(message, "content"):
            self._content_part(each)
        if refusal := text(message, "refusal"):
            heard.refusal.append(refusal)

    def _content_part(self, part: Fields) -> None:
        if text(part, "type") == "thinking":
            thoughts = [text(each, "text") for each in items(part, "thinking")]
            self.heard.reasoning.extend([text(part, "thinking"), *thoughts])
        else:
            self.heard.text.append(text(part, "text"))


def _usage(counted: Fields) -> Usage:
    of_prompt, of_reply = fields(counted, "prompt_tokens_details"), fields(counted, "completion_tokens_details")
    cost = counted.get("cost")
    prompt, reply = count(counted, "prompt_tokens") or 0, count(counted, "completion_tokens") or 0
    thought = count(of_reply, "reasoning_tokens") or 0
    unsaid = (count(counted, "total_tokens") or 0) - prompt - reply  # Google counts thoughts in the total alone
    return Usage(
        tokens_in=prompt,
        tokens_out=reply + max(0, unsaid),
        tokens_reasoning=thought or max(0, unsaid),
        tokens_cached=count(of_prompt, "cached_tokens") or count(counted, "prompt_cache_hit_tokens") or 0,
        tokens_cache_written=count(of_prompt, "cache_write_tokens") or 0,
        cost_usd=float(cost) if isinstance(cost, int | float) and cost >= 0 else None,
    )
