"""The part of a run's configuration that is about language models: who is asked, how, and for how much."""

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

from events.types import Json, LlmPurpose

__all__ = [
    "BudgetConfig",
    "LlmConfig",
    "ModelConfig",
    "ModelName",
    "PriceConfig",
    "PriceTier",
    "ProviderConfig",
    "SpendingLimits",
]

MAX_INTEGER = 2**63 - 1  # what JSON readers in other languages and the log's encoder can hold
WEIGHTS_TOLERANCE = 1e-6  # thirds written with six digits sum to 0.999999
ISLANDS = 1  # of a run; events and queries know of more
SECRET_NAME = re.compile(r"api.?key|authorization|secret|password", re.IGNORECASE)

Count = Annotated[int, Field(ge=1, le=MAX_INTEGER)]
Seconds = Annotated[float, Field(gt=0)]
Usd = Annotated[float, Field(ge=0)]
ModelName = Annotated[str, Field(pattern=r"^[a-z0-9_-]+/\S+$")]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh"]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class ModelConfig(_Section):
    """One model that proposes programs."""

    name: ModelName = Field(description="provider/model")
    weight: float = Field(default=1.0, ge=0, description="share under choice=weighted; the weights sum to 1")
    islands: tuple[int, ...] = Field(
        default=(), strict=False, description="islands it serves, of which a run has 0; empty: all"
    )
    max_tokens: Count | None = Field(default=None, description="null: llm.max_tokens")
    temperature: float | None = Field(default=None, ge=0, le=2, description="null: llm.temperature")
    reasoning_effort: Effort | None = Field(default=None, description="null: llm.reasoning_effort")
    parameters: dict[str, Json] = Field(
        default_factory=dict[str, Json],
        description="sent as they are, over everything else; max_tokens stands beside them",
    )

    @model_validator(mode="after")
    def _no_secret_is_sent(self) -> Self:
        if secret := SECRET_NAME.search(repr(self.parameters)):
            raise ValueError(
                f"parameters of {self.name} name {secret.group()!r}, and all of a configuration is recorded: "
                "name the environment variable that holds the key in api_key_env of the provider"
            )
        return self


class ProviderConfig(_Section):
    """How one provider is reached. What is null is the packaged provider's of the same name.

    A secret is the name of an environment variable, never a value.
    """

    protocol: Literal["openai", "openai_chat", "anthropic"] | None = Field(
        default=None,
        description="openai: Responses; openai_chat: Chat Completions, which most servers speak; anthropic: Messages; "
        "null: the packaged provider's, else openai_chat",
    )
    base_url: str | None = Field(default=None, pattern=r"^https?://[^@\s]+$", description="address of the server")
    base_url_env: str | None = Field(
        default=None, pattern=r"^[A-Z_][A-Z0-9_]*$", description="environment variable with the address, if it is set"
    )
    api_key_env: str | None = Field(
        default=None,
        pattern=r"^([A-Z_][A-Z0-9_]*)?$",
        description="environment variable with the key; empty: none is sent",
    )
    max_concurrency: Count | None = Field(default=None, description="calls at a time; null: the packaged provider's")
    requests_per_minute: Count | None = Field(default=None, description="null: what the server's headers say")
    tokens_per_minute: Count | None = Field(default=None, description="null: what the server's headers say")


class PriceTier(_Section):
    """What a call with a longer prompt costs, all of it, in US dollars for a million tokens."""

    above_tokens: Count = Field(description="prompt tokens above which it holds")
    input: Usd = Field(description="prompt tokens")
    output: Usd = Field(description="reply tokens, reasoning included")
    cached: Usd | None = Field(default=None, description="prompt tokens that were cached; null: as input")
    cache_write: Usd | None = Field(default=None, description="prompt tokens that are written to a cache; null: input")


class PriceConfig(_Section):
    """What a model costs, in US dollars for a million tokens."""

    input: Usd = Field(description="prompt tokens")
    output: Usd = Field(description="reply tokens, reasoning included")
    cached: Usd | None = Field(default=None, description="prompt tokens that were cached; null: as input")
    cache_write: Usd | None = Field(default=None, description="prompt tokens that are written to a cache; null: input")
    tiers: tuple[PriceTier, ...] = Field(default=(), strict=False, description="other prices for longer prompts")


class LlmConfig(_Section):
    """Which models are asked, and how."""

    name: str = Field(default="none", description="name of the packaged choice; none: the operators work offline")
    models: tuple[ModelConfig, ...] = Field(
        default=(), strict=False, description="models that propose programs; empty: the operators work offline"
    )
    choice: Literal["weighted", "round_robin", "per_island", "ucb", "thompson", "cost_aware"] = Field(
        default="weighted", description="how a model is chosen for each program"
    )
    analysis: ModelName | None = Field(
        default=None, description="provider/model for insights, scratchpad, judging and prompts; null: the first model"
    )
    analysis_share: float = Field(default=0.25, ge=0, lt=1, description="most of all calls that analysis may make")
    share: float = Field(default=0.5, gt=0, le=1, description="share of new programs that models propose")
    concurrency: Count = Field(default=16, description="calls at a time, of each provider")
    max_turns: Count = Field(default=3, description="replies asked for in one mutation, repairs included")
    max_tokens: Count = Field(default=8192, description="most tokens of one reply, reasoning included")
    prompt_tokens: Count = Field(default=24_000, description="most tokens of one prompt")
    temperature: float | None = Field(default=None, ge=0, le=2, description="null: the provider's default")
    reasoning_effort: Effort | None = Field(default=None, description="null: the provider's default")
    timeout_s: Seconds = Field(default=300.0, description="seconds one attempt may take")
    idle_timeout_s: Seconds = Field(default=60.0, description="seconds without a byte before an attempt is given up")
    attempts: Count = Field(default=6, description="attempts of one call before it fails")
    providers: dict[str, ProviderConfig] = Field(
        default_factory=dict[str, ProviderConfig], description="providers besides the packaged ones, or over them"
    )
    prices: dict[str, PriceConfig] = Field(
        default_factory=dict[str, PriceConfig],
        description="provider/model, or a pattern such as vllm/*, to its price, over the packaged table",
    )

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, data: Any) -> Any:  # Any: what a log or a person wrote, not yet checked
        """Logs from before there were models have the name alone; models of one's own are a choice of one's own."""
        if isinstance(data, str):
            return {"name": data}
        if isinstance(data, Mapping):
            given = cast("Mapping[str, object]", data)
            if given.get("models") and given.get("name", "none") == "none":
                return {**given, "name": "custom"}
        return data  # pyright: ignore[reportUnknownVariableType]  checked next

    @model_validator(mode="after")
    def _models_fit(self) -> Self:
        names = [model.name for model in self.models]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"models names {', '.join(repeated)} twice: name each model once")
        total = math.fsum(model.weight for model in self.models)
        if self.models and self.choice == "weighted" and abs(total - 1) > WEIGHTS_TOLERANCE:
            written = " + ".join(f"{model.weight:g}" for model in self.models)
            raise ValueError(
                f"the weights of the models sum to {total:g} ({written}), and 1 is the whole: "
                f"write {', '.join(_shares(self.models, total))}"
            )
        return self

    def settings(self, model: str) -> ModelConfig:
        """A model's settings with the section's filled in; a model for analysis has the section's alone."""
        own = next((each for each in self.models if each.name == model), ModelConfig(name=model))
        shared = {name: getattr(self, name) for name in ("max_tokens", "temperature", "reasoning_effort")}
        return own.model_copy(update={name: value for name, value in shared.items() if getattr(own, name) is None})


def _shares(models: tuple[ModelConfig, ...], total: float) -> list[str]:
    equal = f"{1 / len(models):.6g}"
    return [f"{model.name} {model.weight / total:.6g}" if total else f"{model.name} {equal}" for model in models]


class SpendingLimits(_Section):
    """What may be spent; null is no limit."""

    usd: Usd | None = Field(default=None, description="US dollars; null: no limit")
    tokens: Count | None = Field(default=None, description="tokens, in and out; null: no limit")
    calls: Count | None = Field(default=None, description="calls that are sent, retries included; null: no limit")
    call_s: Seconds | None = Field(default=None, description="seconds that calls take, added up; null: no limit")


class BudgetConfig(_Section):
    """What a run may spend on models. A request whose worst case would pass a limit is not sent."""

    usd: Usd | None = Field(default=5.0, description="US dollars; null: no limit")
    tokens: Count | None = Field(default=None, description="tokens, in and out; null: no limit")
    calls: Count | None = Field(default=None, description="calls that are sent, retries included; null: no limit")
    call_s: Seconds | None = Field(default=None, description="seconds that calls take, added up; null: no limit")
    purposes: dict[LlmPurpose, SpendingLimits] = Field(
        default_factory=dict[LlmPurpose, SpendingLimits],
        description="limits of the same kinds on what one purpose may spend",
    )
