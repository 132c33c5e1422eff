"""Asking models in tests: requests, a witness that remembers, and a run of the event loop."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from events.types import LlmPurpose, Message
from genesis.config.models import BudgetConfig, LlmConfig, ProviderConfig
from genesis.llm.budget import Spent
from genesis.llm.client import Models
from genesis.llm.port import Embedding, EmbeddingRequest, Failure, Reply, Request, Response, Sent
from tests.llm.servers import LlmServer

__all__ = ["EMBEDDERS", "KEY", "KEYS", "MODELS", "Witnessed", "ask", "config_for", "embed", "request", "run_with"]

Result = TypeVar("Result")

KEY = "sk-proj-0123456789abcdefTOPSECRET"
KEYS = {"OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY, "COMPATIBLE_API_KEY": KEY}
MODELS = ("openai/gpt-6-sol", "openai_chat/gpt-6-sol", "compatible/some-model", "anthropic/claude-sonnet-5")
"""One model for each way of asking."""
EMBEDDERS = ("openai/text-embedding-3-small", "openai_chat/text-embedding-3-small", "compatible/some-model")


@dataclass
class Witnessed:
    """Everything that was told, in order."""

    told: list[tuple[str, int, Reply | Embedding | None]] = field(default_factory=list)

    async def asked(self, request: Sent, attempt: int) -> None:
        await asyncio.sleep(0)  # a log is written here
        self.told.append(("asked", attempt, None))

    async def answered(self, request: Sent, attempt: int, reply: Reply | Embedding) -> None:
        await asyncio.sleep(0)
        self.told.append(("answered", attempt, reply))

    @property
    def replies(self) -> list[Reply | Embedding]:
        return [reply for _, _, reply in self.told if reply is not None]

    @property
    def failures(self) -> list[Failure]:
        return [reply for reply in self.replies if isinstance(reply, Failure)]


def request(model: str = MODELS[2], text: str = "improve it", **changes: Any) -> Request:
    settings: dict[str, Any] = {
        "model": model,
        "messages": (Message(role="system", content="You are careful."), Message(role="user", content=text)),
        "purpose": "mutation",
        "max_tokens": 2000,
        "draw": "7/llm/1",
    }
    return Request(**settings | changes)


def config_for(server: LlmServer, **changes: Any) -> LlmConfig:
    """All providers at one server, quick to give up."""
    settings: dict[str, Any] = {
        "attempts": 1,
        "timeout_s": 20.0,
        "idle_timeout_s": 10.0,
        "providers": {
            "openai": ProviderConfig(base_url=server.openai),
            "openai_chat": ProviderConfig(base_url=server.openai),
            "compatible": ProviderConfig(base_url=server.openai),
            "anthropic": ProviderConfig(base_url=server.anthropic),
        },
    }
    return LlmConfig(**settings | changes)


def run_with(
    config: LlmConfig,
    work: Callable[[Models], Awaitable[Result]],
    *,
    budget: BudgetConfig | None = None,
    spent: Mapping[LlmPurpose, Spent] | None = None,
    environment: Mapping[str, str] = KEYS,
    ends_in_s: float | None = None,
) -> Result:
    """Opens models, works with them, and closes them."""

    async def session() -> Result:
        models = Models(
            config, budget or BudgetConfig(usd=None), spent=spent, environment=environment, ends_in_s=ends_in_s
        )
        try:
            return await work(models)
        finally:
            await models.aclose()

    return asyncio.run(session())


def ask(config: LlmConfig, asked: Request, witness: Witnessed | None = None, **changes: Any) -> Reply:
    """One call."""
    return run_with(config, lambda models: models.complete(asked, witness or Witnessed()), **changes)


def embed(
    config: LlmConfig,
    text: str = "x = 1",
    witness: Witnessed | None = None,
    *,
    model: str = EMBEDDERS[2],
    dimensions: int | None = None,
    **changes: Any,
) -> Embedding:
    """One embedding."""
    asked = EmbeddingRequest(model=model, text=text, draw="7/embedding/1", dimensions=dimensions)
    return run_with(config, lambda models: models.embed(asked, witness or Witnessed()), **changes)


def text_of(reply: Reply) -> str:
    assert isinstance(reply, Response), reply
    return reply.text
