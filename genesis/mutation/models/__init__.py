"""Operators that ask language models: pure conversations, which the engine performs."""

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
