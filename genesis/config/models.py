"""The part of a run's configuration that is about language models: who is asked, how, and for how much."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["BudgetConfig", "LlmConfig", "ModelConfig", "ProviderConfig"]

MAX_INTEGER = 2**63 - 1  # what JSON readers in other languages and the log's encoder can hold
Count = Annotated[int, Field(ge=1, le=MAX_INTEGER)]
Seconds = Annotated[float, Field(gt=0)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class ModelConfig(_Section):
    """One model that proposes programs."""

    name: str = Field(pattern=r"^[^/\s]+/\S+$", description="provider/model")
    weight: float = Field(default=1.0, ge=0, description="share under choice=weighted; the weights sum to 1")
    islands: tuple[int, ...] = Field(default=(), strict=False, description="islands it serves; empty: all")


class ProviderConfig(_Section):
    """How one provider is reached. The secret is the name of an environment variable, never a value."""

    protocol: Literal["openai", "openai_chat", "anthropic"] = Field(description="wire protocol")
    base_url: str | None = Field(default=None, description="address of the server; null: the SDK's own")
    api_key_env: str | None = Field(default=None, description="environment variable with the key; null: none is sent")
    max_concurrency: Count = Field(default=16, description="calls at a time")
    requests_per_minute: Count | None = Field(default=None, description="null: what the server's headers say")
    tokens_per_minute: Count | None = Field(default=None, description="null: what the server's headers say")


class LlmConfig(_Section):
    """Which models are asked, and how."""

    name: str = Field(default="none", description="name of the packaged choice; none: the operators work offline")
    models: tuple[ModelConfig, ...] = Field(default=(), strict=False, description="models that propose programs")
    choice: Literal["weighted", "round_robin", "per_island", "ucb", "thompson", "cost_aware"] = Field(
        default="weighted", description="how a model is chosen for each program"
    )
    analysis: str | None = Field(
        default=None, description="provider/model for insights, scratchpad, judging and prompts; null: the first model"
    )
    analysis_share: float = Field(default=0.25, ge=0, lt=1, description="most of all calls that analysis may make")
    share: float = Field(default=0.5, gt=0, le=1, description="share of new programs that models propose")
    concurrency: Count = Field(default=16, description="conversations with models at a time")
    max_turns: Count = Field(default=3, description="replies asked for in one mutation, repairs included")
    max_tokens: Count = Field(default=8192, description="most tokens of one reply, reasoning included")
    prompt_tokens: Count = Field(default=24_000, description="most tokens of one prompt")
    temperature: float | None = Field(default=None, ge=0, le=2, description="null: the provider's default")
    reasoning_effort: Literal["minimal", "low", "medium", "high"] | None = Field(
        default=None, description="null: the provider's default"
    )
    timeout_s: Seconds = Field(default=300.0, description="seconds one attempt may take")
    idle_timeout_s: Seconds = Field(default=60.0, description="seconds without a byte before an attempt is given up")
    attempts: Count = Field(default=6, description="attempts of one call before it fails")
    providers: dict[str, ProviderConfig] = Field(
        default_factory=dict[str, ProviderConfig], description="providers besides the packaged ones, or over them"
    )
    prices: str | None = Field(default=None, description="path of a price table that goes over the packaged one")


class BudgetConfig(_Section):
    """What a run may spend on models. A request whose worst case would pass a limit is not sent."""

    usd: float | None = Field(default=5.0, ge=0, description="US dollars; null: no limit")
    tokens: Count | None = Field(default=None, description="tokens, in and out; null: no limit")
    calls: Count | None = Field(default=None, description="model calls, retries included; null: no limit")
    wall_s: Seconds | None = Field(default=None, description="seconds spent waiting for models; null: no limit")
