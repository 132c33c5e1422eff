"""Requests as a configuration wants them."""

from events.types import LlmPurpose, Message
from genesis.config.models import LlmConfig
from genesis.llm.port import Request

__all__ = ["analysis_model", "request_for"]


def request_for(
    config: LlmConfig,
    model: str,
    messages: tuple[Message, ...],
    *,
    purpose: LlmPurpose,
    draw: str,
    program: str | None = None,
    attempt: int = 1,
) -> Request:
    """What a model is asked, with the settings that the configuration has for it."""
    settings = config.settings(model)
    assert settings.max_tokens is not None, "LlmConfig.settings fills it in"
    return Request(
        model=model,
        messages=messages,
        purpose=purpose,
        max_tokens=settings.max_tokens,
        draw=draw,
        program=program,
        temperature=settings.temperature,
        reasoning_effort=settings.reasoning_effort,
        parameters=settings.parameters,
        attempt=attempt,
    )


def analysis_model(config: LlmConfig) -> str | None:
    """The model for insights, scratchpad, judging and prompts; None when there are no models."""
    return config.analysis or (config.models[0].name if config.models else None)
