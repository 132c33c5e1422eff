"""Providers by name: the packaged, dated table, with a run's own providers over it.

Adapters, and the SDKs with them, are imported when one is opened: a run without models does not pay for them.
"""

import difflib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Literal, TypeAlias, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field

from genesis.config.errors import ConfigError
from genesis.config.models import LlmConfig, ProviderConfig
from genesis.llm.provider.port import Adapter, EmbeddingAdapter, Endpoint, Quirks

__all__ = [
    "LEAST_TOKENS",
    "PackagedProvider",
    "Protocol",
    "Provider",
    "dated",
    "endpoint_of",
    "open_adapter",
    "open_embeddings",
    "packaged",
    "provider_of",
]

Protocol: TypeAlias = Literal["openai", "openai_chat", "anthropic"]

_TABLE = Path(__file__).parent / "providers.yaml"
_DEFAULT_CONCURRENCY = 16
_ADAPTERS: Mapping[Protocol, tuple[str, str]] = {
    "openai": ("genesis.llm.provider.openai_responses", "OpenAIResponses"),
    "openai_chat": ("genesis.llm.provider.openai_chat", "OpenAIChat"),
    "anthropic": ("genesis.llm.provider.anthropic_messages", "AnthropicMessages"),
}
_EMBEDDINGS = ("genesis.llm.provider.openai_embeddings", "OpenAIEmbeddings")

LEAST_TOKENS: Mapping[Protocol, int] = {"openai": 16}
"""The fewest tokens that a reply may be bounded to, where a protocol's servers demand some."""


class PackagedProvider(BaseModel):
    """One row of the packaged table; ``address`` is what an address looks like where there is none to be had."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    says: str
    protocol: Protocol
    base_url: str | None = None
    base_url_env: str | None = None
    api_key_env: str | None = None
    key_optional: bool = False
    max_concurrency: int
    max_tokens: str = "max_tokens"
    effort: Literal["reasoning_effort", "reasoning"] = "reasoning_effort"
    thinkers_take_no_temperature: bool = False
    body: dict[str, object] = Field(default_factory=dict[str, object])
    embeddings: bool = True
    address: str | None = None
    documented: str

    @property
    def quirks(self) -> Quirks:
        """How it differs from its protocol's own."""
        return Quirks(
            max_tokens=self.max_tokens,
            effort=self.effort,
            thinkers_take_no_temperature=self.thinkers_take_no_temperature,
            body=self.body,
        )


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    dated: date
    providers: dict[str, PackagedProvider]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One provider, as a run reaches it.

    Attributes:
        name: The part of a model's name before the slash.
        protocol: Which adapter speaks with it.
        base_url: Its address, None when there is none yet.
        base_url_env: The variable that may hold its address.
        api_key_env: The variable that holds its key, None when none is sent.
        key_optional: Whether it may be asked without one.
        max_concurrency: Calls at a time.
        requests_per_minute: None for what its headers say.
        tokens_per_minute: None for what its headers say.
        embeddings: Whether it gives embeddings, all of them in OpenAI's protocol.
        quirks: How it differs from its protocol's own.
        address: What an address looks like, for a message.
    """

    name: str
    protocol: Protocol
    base_url: str | None
    base_url_env: str | None
    api_key_env: str | None
    key_optional: bool
    max_concurrency: int
    requests_per_minute: int | None
    tokens_per_minute: int | None
    embeddings: bool = True
    quirks: Quirks = field(default_factory=Quirks)
    address: str | None = None


@cache
def _table() -> _Table:
    return _Table.model_validate(yaml.safe_load(_TABLE.read_text(encoding="utf-8")))


def packaged() -> Mapping[str, PackagedProvider]:
    """The packaged table."""
    return _table().providers


def dated() -> date:
    """When it was last checked."""
    return _table().dated


def provider_of(config: LlmConfig, model: str, environment: Mapping[str, str] = os.environ) -> Provider:
    """The provider of a model, by the name before the slash.

    Raises:
        ConfigError: There is none of that name.
    """
    name = model.partition("/")[0]
    row, own = packaged().get(name), config.providers.get(name)
    if row is None and own is None:
        known = [*packaged(), *config.providers]
        near = difflib.get_close_matches(name, known, 1)
        hint = f"; did you mean {near[0]}?" if near else "."
        raise ConfigError(
            f"model {model!r}: there is no provider {name!r}; the providers are {', '.join(known)}{hint} "
            "Another server is llm.providers={NAME: {base_url: ADDRESS}}"
        )
    return _joined(name, row, own or ProviderConfig(), environment)


def _joined(name: str, row: PackagedProvider | None, own: ProviderConfig, environment: Mapping[str, str]) -> Provider:
    base_url_env = own.base_url_env or (row.base_url_env if row else None)
    elsewhere = environment.get(base_url_env, "").strip() if base_url_env else ""
    key_env = own.api_key_env if own.api_key_env is not None else (row.api_key_env if row else None)
    protocol = own.protocol or (row.protocol if row else "openai_chat")
    return Provider(
        name=name,
        protocol=protocol,
        base_url=own.base_url or elsewhere or (row.base_url if row else None),
        base_url_env=base_url_env,
        api_key_env=key_env or None,
        key_optional=own.api_key_env is None and (row is None or row.key_optional),
        max_concurrency=own.max_concurrency or (row.max_concurrency if row else _DEFAULT_CONCURRENCY),
        requests_per_minute=own.requests_per_minute,
        tokens_per_minute=own.tokens_per_minute,
        embeddings=protocol != "anthropic" and (row is None or row.embeddings),
        quirks=row.quirks if row else Quirks(),
        address=row.address if row else None,
    )


def endpoint_of(provider: Provider, config: LlmConfig, environment: Mapping[str, str] = os.environ) -> Endpoint:
    """Where and how a provider is reached, with its key."""
    return Endpoint(
        name=provider.name,
        base_url=provider.base_url,
        api_key=environment.get(provider.api_key_env, "").strip() if provider.api_key_env else "",
        quirks=provider.quirks,
        timeout_s=config.timeout_s,
        idle_timeout_s=config.idle_timeout_s,
        connections=provider.max_concurrency,
    )


def open_adapter(protocol: Protocol, endpoint: Endpoint) -> Adapter:
    """An adapter, its SDK imported if it was not yet."""
    made = cast("Callable[[Endpoint], Adapter]", _imported(*_ADAPTERS[protocol]))  # the table above
    return made(endpoint)


def open_embeddings(endpoint: Endpoint) -> EmbeddingAdapter:
    """An adapter for embeddings, its SDK imported if it was not yet."""
    made = cast("Callable[[Endpoint], EmbeddingAdapter]", _imported(*_EMBEDDINGS))  # as above
    return made(endpoint)


def _imported(module: str, name: str) -> object:
    return getattr(import_module(module), name)
