"""Operators that ask language models: pure conversations, which the engine performs.

``port`` says what a conversation is given and gives, and imports next to nothing. What is named here is imported when
it is first asked for: templates and parsers take long, and most processes speak of conversations without having any.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genesis.mutation.models.analysis import (
        insight_messages,
        judge_messages,
        parse_insight,
        parse_prompt,
        parse_scratchpad,
        parse_verdict,
        prompt_messages,
        scratchpad_messages,
    )
    from genesis.mutation.models.conversation import LEAST_PARENTS, VARIANTS, converse
    from genesis.mutation.models.overrides import load_templates
    from genesis.mutation.models.port import (
        Ask,
        Attempt,
        Brief,
        ConversationStep,
        Insight,
        Lesson,
        PromptView,
        Turn,
        Verdict,
        View,
    )
    from genesis.mutation.models.templates import PromptTemplateError
    from genesis.mutation.models.tokens import tokens_at_most

__all__ = [
    "LEAST_PARENTS",
    "VARIANTS",
    "Ask",
    "Attempt",
    "Brief",
    "ConversationStep",
    "Insight",
    "Lesson",
    "PromptTemplateError",
    "PromptView",
    "Turn",
    "Verdict",
    "View",
    "converse",
    "insight_messages",
    "judge_messages",
    "load_templates",
    "parse_insight",
    "parse_prompt",
    "parse_scratchpad",
    "parse_verdict",
    "prompt_messages",
    "scratchpad_messages",
    "tokens_at_most",
]

_MODULES = ("port", "conversation", "analysis", "overrides", "templates", "tokens")


def __getattr__(name: str) -> object:
    if name in __all__:
        for module in _MODULES:
            found = import_module(f"{__name__}.{module}")
            if name in found.__all__:
                return getattr(found, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
