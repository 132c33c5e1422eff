"""OpenAI's SDK, as both of its protocols use it."""

from collections.abc import Mapping

import httpx2
import openai

from events.types import LlmFailureReason
from genesis.llm.port import Request
from genesis.llm.provider.exchange import timeouts
from genesis.llm.provider.port import Endpoint
from genesis.llm.provider.size import keep_errors_short

__all__ = ["REASONS", "THINKS_NOT", "open_client", "thinks"]

THINKS_NOT = ("gpt-3", "gpt-4", "chatgpt-")
"""Beginnings of the names of OpenAI's models that do not reason; the others refuse a temperature when they do."""

REASONS: Mapping[type[Exception], LlmFailureReason | None] = {
    openai.APITimeoutError: "timeout",
    openai.APIConnectionError: "unreachable",
    openai.APIResponseValidationError: "malformed",
    openai.APIStatusError: None,
    openai.APIError: "overloaded",
    openai.OpenAIError: "malformed",
}
"""Error of the SDK to its reason; None where the status says it. The nearest base class counts."""


def thinks(model: str, request: Request) -> bool:
    """Whether one of OpenAI's models reasons about a request."""
    return not model.startswith(THINKS_NOT) and request.reasoning_effort != "none"


def open_client(endpoint: Endpoint) -> openai.AsyncOpenAI:
    """A client that tries once, follows no redirect, and tells other providers nothing of an account at OpenAI.

    A redirect is not followed because it would carry prompts, and perhaps the key, to an address nobody configured.
    """
    client = openai.AsyncOpenAI(
        api_key=endpoint.api_key or "none",  # without one, the SDK would send the key of the environment, to anyone
        base_url=endpoint.base_url or "https://api.openai.com/v1",
        max_retries=0,
        timeout=timeouts(endpoint),
        http_client=openai.DefaultAsyncHttpxClient(
            follow_redirects=False,
            event_hooks={"response": [keep_errors_short]},
            timeout=timeouts(endpoint),
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=endpoint.connections),
        ),
    )
    if endpoint.name != "openai":
        client.organization = client.project = None
    return client
