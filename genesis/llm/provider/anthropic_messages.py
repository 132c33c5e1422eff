"""Anthropic's Messages, with thinking and caching, on Anthropic's SDK.

The system prompt is the stable prefix of a run's requests, so it is marked to be cached; in a conversation that goes
on, what has been said is marked too. Models that think by themselves are asked to show it; the older ones think when an
effort is asked for, for a number of tokens.
"""

import re
from collections.abc import Callable, Mapping

import anthropic
import httpx2

from events.types import LlmFailureReason, Message
from genesis.llm.port import Request
from genesis.llm.provider.errors import read_error
from genesis.llm.provider.exchange import exchange, timeouts
from genesis.llm.provider.heard import Heard
from genesis.llm.provider.port import Endpoint, Headers, Outcome, Usage
from genesis.llm.provider.size import keep_errors_short
from genesis.llm.provider.wire import Fields, count, fields, items, text

__all__ = ["REASONS", "AnthropicMessages", "MessagesDecoder", "messages_body"]

REASONS: Mapping[type[Exception], LlmFailureReason | None] = {
    anthropic.APITimeoutError: "timeout",
    anthropic.APIConnectionError: "unreachable",
    anthropic.APIResponseValidationError: "malformed",
    anthropic.APIStatusError: None,
    anthropic.APIError: "overloaded",
    anthropic.AnthropicError: "malformed",
}
"""Error of the SDK to its reason; None where the status says it. The nearest base class counts."""

_CACHED = {"type": "ephemeral"}
_NO_THOUGHT = {"type": "disabled"}
_BY_BUDGET = re.compile(r"claude-3|claude-(opus|sonnet|haiku)-4(-[015])?(-\d{8}|-latest)?$")
"""Models that think for a number of tokens: Claude 3 to 4.5. The later ones decide it by themselves."""
_BUDGET_SHARE = {"minimal": 0.15, "low": 0.25, "medium": 0.5, "high": 0.75, "xhigh": 0.85}
_LEAST_BUDGET = 1024  # what the server demands
_EFFORT = {"minimal": "low"}


class AnthropicMessages:
    """The adapter.

    Args:
        endpoint: Where and how.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._client = anthropic.AsyncAnthropic(
            api_key=endpoint.api_key or "none",
            base_url=endpoint.base_url or "https://api.anthropic.com",
            max_retries=0,
            timeout=timeouts(endpoint),
            http_client=anthropic.DefaultAsyncHttpxClient(
                follow_redirects=False,  # see openai_client
                event_hooks={"response": [keep_errors_short]},
                timeout=timeouts(endpoint),
                limits=httpx2.Limits(max_connections=None, max_keepalive_connections=endpoint.connections),
            ),
        )

    async def attempt(self, request: Request, model: str, observe: Callable[[Headers], None]) -> Outcome:
        """One request; see `Adapter`."""
        body = messages_body(request, model, self._endpoint)
        # the messages go as extra body, which wins: see openai_chat
        sending = self._client.messages.with_streaming_response.create(
            model=model, messages=(), max_tokens=request.max_tokens, stream=True, extra_body=body
        )
        return await exchange(
            sending, MessagesDecoder(), request, endpoint=self._endpoint, observe=observe, reasons=REASONS
        )

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.close()


def messages_body(request: Request, model: str, endpoint: Endpoint) -> dict[str, object]:
    """The request as JSON. Pure."""
    system = "\n\n".join(message.content for message in request.messages if message.role == "system")
    thinking = _thinking(request, model)
    body: dict[str, object] = {
        "model": model,
        "messages": _turns([message for message in request.messages if message.role != "system"]),
        "max_tokens": request.max_tokens,
        "stream": True,
        **thinking,
        **endpoint.quirks.body,
    }
    if system:
        body["system"] = [{"type": "text", "text": system, "cache_control": _CACHED}]
    if request.temperature is not None and thinking.get("thinking", _NO_THOUGHT) == _NO_THOUGHT:
        body["temperature"] = request.temperature  # models that think take none
    return body | dict(request.parameters)


def _turns(messages: list[Message]) -> list[dict[str, object]]:
    """The conversation; from its second question on, all of it is marked to be cached for the third."""
    turns: list[dict[str, object]] = [{"role": message.role, "content": message.content} for message in messages]
    if len(turns) > 1:
        turns[-1]["content"] = [{"type": "text", "text": messages[-1].content, "cache_control": _CACHED}]
    return turns


def _thinking(request: Request, model: str) -> dict[str, object]:
    effort = request.reasoning_effort
    if effort == "none":
        return {"thinking": _NO_THOUGHT}
    if _BY_BUDGET.match(model):
        budget = int(_BUDGET_SHARE.get(effort or "", 0) * request.max_tokens)
        fits = effort is not None and budget >= _LEAST_BUDGET
        return {"thinking": {"type": "enabled", "budget_tokens": budget}} if fits else {}
    if request.max_tokens < _LEAST_BUDGET:
        return {}
    thinking: dict[str, object] = {"thinking": {"type": "adaptive", "display": "summarized"}}
    return thinking if effort is None else {**thinking, "output_config": {"effort": _EFFORT.get(effort, effort)}}


class MessagesDecoder:
    """Hears a reply."""

    __slots__ = ("heard",)

    def __init__(self) -> None:
        self.heard = Heard()

    def event(self, data: Fields) -> None:
        """A piece of the reply, a count, its end, or an error; events that say nothing new are passed over."""
        match data.get("type"):
            case "content_block_delta":
                self._block(fields(data, "delta"))
            case "content_block_start":
                self._block(fields(data, "content_block"))
            case "message_start":
                self._count(fields(fields(data, "message"), "usage"))
            case "message_delta":
                self.heard.finish = text(fields(data, "delta"), "stop_reason") or self.heard.finish
                self._count(fields(data, "usage"))
            case "error":
                self.heard.error = read_error(data)
            case _:
                pass

    def whole(self, data: Fields) -> None:
        """The reply at once."""
        if data.get("error"):
            self.heard.error = read_error(data)
            return
        for block in items(data, "content"):
            self._block(block)
        self.heard.finish = text(data, "stop_reason") or None
        self._count(fields(data, "usage"))

    def _block(self, block: Fields) -> None:
        if said := text(block, "text"):
            self.heard.text.append(said)
        elif thought := text(block, "thinking"):
            self.heard.reasoning.append(thought)

    def _count(self, counted: Fields) -> None:
        """Counts are sums so far: a later one replaces an earlier one, and what it leaves out stays."""
        before = self.heard.usage or Usage()

        def latest(name: str, earlier: int) -> int:
            found = count(counted, name)
            return earlier if found is None else found

        cached = latest("cache_read_input_tokens", before.tokens_cached)
        written = latest("cache_creation_input_tokens", before.tokens_cache_written)
        plain = latest("input_tokens", before.tokens_in - before.tokens_cached - before.tokens_cache_written)
        self.heard.usage = Usage(
            tokens_in=plain + cached + written,
            tokens_out=latest("output_tokens", before.tokens_out),
            tokens_reasoning=count(fields(counted, "output_tokens_details"), "thinking_tokens")
            or before.tokens_reasoning,
            tokens_cached=cached,
            tokens_cache_written=written,
        )
