"""The messages that open a conversation: a stable one for the system, and one for the task at hand, within a budget.

What never changes in a run (task, metrics, what a program is) is the head of the system message, what changes seldom
follows, and the program at hand and the form of the reply come last: so that providers find the head in their caches.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from events.types import Message
from genesis.language import comment_of
from genesis.mutation.models.patch import editable_lines
from genesis.mutation.models.port import Brief
from genesis.mutation.models.shown import (
    fence_tag,
    fenced,
    on_one_line,
    show_attempt,
    show_insight,
    show_metric,
    show_program,
    shown_metrics,
    shown_primary,
)
from genesis.mutation.models.templates import render
from genesis.mutation.models.tokens import MESSAGE_TOKENS, tokens_at_most
from genesis.mutation.operators.port import Rejection
from genesis.mutation.regions import RegionError, has_markers
from genesis.program import Source

__all__ = ["DROP_ORDER", "GUIDANCE", "SYSTEM", "USER", "fitted", "messages_of", "opening", "values_of"]

SYSTEM: Final = "system"
USER: Final = "user"
GUIDANCE: Final = "guidance"
_ITEM_TOKENS: Final = 40  # a heading and what stands around an item

DROP_ORDER: Final = (
    ("inspirations", 3),
    ("failures", 2),
    ("tried", 12),
    ("insights", 6),
    ("inspirations", 1),
    ("failures", 1),
    ("tried", 5),
    ("insights", 2),
    ("failures", 0),
    ("inspirations", 0),
    ("insights", 0),
    ("hints", 0),
    ("scratchpad", 0),
    ("tried", 0),
    ("helper", 0),
)
"""What is left out of a prompt that is over its budget, first things first: from each list the last item, down to that
many. Task, metrics, parents and the form of the reply stay."""


def opening(brief: Brief) -> tuple[Message, ...] | Rejection:
    """The first messages of a mutation, or why even the shortest prompt is too long.

    Raises:
        PromptTemplateError: A template of ``brief.templates`` cannot be rendered.
    """
    try:
        return fitted(brief, SYSTEM, USER, {})
    except RegionError as error:
        return Rejection("not_applicable", str(error))


def fitted(brief: Brief, system: str, user: str, extra: Mapping[str, object]) -> tuple[Message, ...] | Rejection:
    """Two templates as messages that take at most ``brief.max_tokens``, with as much of the brief as fits."""
    messages = messages_of(brief, system, user, extra)
    total = _tokens(messages)
    while total > brief.max_tokens:
        shorter = _shorter(brief, total - brief.max_tokens)
        if shorter is None:
            rule = f"{brief.max_tokens} are allowed: raise the budget of a prompt, or shorten the task or the programs"
            return Rejection("too_long", f"the prompt takes {total} tokens with nothing left to leave out, and {rule}")
        brief = shorter
        messages = messages_of(brief, system, user, extra)
        total = _tokens(messages)
    return messages


def _shorter(brief: Brief, excess: int) -> Brief | None:
    """The brief without the least valuable items that take this many tokens, None when nothing may go."""
    shorter = brief
    for part, least in DROP_ORDER:
        while excess > 0 and (less := _without_last(shorter, part, least)) is not None:
            excess -= _cost(shorter, part)
            shorter = less
    return None if shorter is brief else shorter


def messages_of(brief: Brief, system: str, user: str, extra: Mapping[str, object]) -> tuple[Message, ...]:
    """Two templates as messages, whatever their length."""
    values = {**values_of(brief), **extra}
    overrides = {**brief.templates, **({GUIDANCE: _as_text(brief.system)} if brief.system else {})}
    return (
        Message(role="system", content=render(system, values, overrides)),
        Message(role="user", content=render(user, values, overrides)),
    )


def values_of(brief: Brief) -> dict[str, object]:
    """Every variable of the table, for this brief."""
    metrics = {name: show_metric(name, spec) for name, spec in shown_metrics(brief.metrics).items()}
    primary = shown_primary(brief)
    first = brief.parents[0] if brief.parents else None
    parents = tuple(show_program(brief, each, against=first) for each in brief.parents)
    return {
        "task": brief.task.strip(),
        "language": brief.language,
        "fence": fence_tag(brief.language),
        "hints": brief.hints.strip(),
        "entry": brief.entry if first is None else first.source.entry,
        "entrypoint": brief.entrypoint,
        "has_context": brief.has_context,
        "helper": fenced(brief.helper, fence_tag(brief.language)) if brief.helper.strip() else "",
        "limits": brief.limits,
        "metrics": tuple(metrics.values()),
        "primary": metrics[primary] if primary else None,
        "operator": brief.operator,
        "variant": brief.variant,
        "format": _format(brief),
        "parent": parents[0] if parents else None,
        "parents": parents,
        "inspirations": tuple(show_program(brief, each, against=first) for each in brief.inspirations),
        "failures": tuple(show_program(brief, each, against=first) for each in brief.failures),
        "tried": tuple(show_attempt(brief, each) for each in brief.tried),
        "insights": tuple(map(show_insight, brief.insights)),
        "scratchpad": fenced(brief.scratchpad.strip(), "text") if brief.scratchpad.strip() else "",
        **_of_files(brief, None if first is None else first.source),
        **_ELSEWHERE,
    }


_ELSEWHERE: Final[Mapping[str, object]] = {
    "program": None,
    "summary": "",
    "fault": "",
    "excerpt": "",
    "applies_to_changed": False,
    "is_patch": False,
    "turns_left": 0,
    "child": None,
    "difference": "",
    "prompts": (),
    "candidate": None,
    "criteria": "",
    "score_range": "",
    "nearest": None,
}


def _format(brief: Brief) -> str:
    return "format_patch" if brief.operator in {"llm_diff", "llm_repair"} else "format_program"


def _of_files(brief: Brief, source: Source | None) -> dict[str, object]:
    if source is None:
        return {"regions": "", "files": brief.entry, "is_multi_file": False, "example_file": brief.entry}
    is_marked = any(has_markers(text, comment_of(path, among=brief.language)) for path, text in source.files.items())
    return {
        "regions": editable_lines(source, brief.language) if is_marked else "",
        "files": ", ".join(map(on_one_line, sorted(source.files))),
        "is_multi_file": len(source.files) > 1,
        "example_file": source.entry,
    }


def _as_text(text: str) -> str:
    """A text as a template that gives it, whatever signs of Jinja it holds."""
    return "{{ " + repr(text.strip()) + " }}"


def _tokens(messages: tuple[Message, ...]) -> int:
    return sum(tokens_at_most(message.content) + MESSAGE_TOKENS for message in messages)


def _without_last(brief: Brief, part: str, least: int) -> Brief | None:
    """The brief with one item less of a part; None when the part is down to the least."""
    items = _items(brief)[part]
    if len(items) <= least:
        return None
    shorter: dict[str, object] = {part: "" if isinstance(items, str) else items[:-1]}
    return replace(brief, **shorter)


def _items(brief: Brief) -> dict[str, tuple[object, ...] | str]:
    """What may be left out: lists by the item, texts as a whole."""
    return {
        "inspirations": brief.inspirations,
        "failures": brief.failures,
        "tried": brief.tried,
        "insights": brief.insights,
        "hints": brief.hints,
        "scratchpad": brief.scratchpad,
        "helper": brief.helper,
    }


def _cost(brief: Brief, part: str) -> int:
    """About as many tokens as `_without_last` saves."""
    match part:
        case "inspirations" | "failures":
            view = (brief.inspirations if part == "inspirations" else brief.failures)[-1]
            shown = show_program(brief, view)
            texts = [shown.code, shown.feedback, shown.failure, shown.rationale]
        case "tried":
            texts = [brief.tried[-1].rationale, brief.tried[-1].outcome]
        case "insights":
            texts = [brief.insights[-1].text]
        case "hints":
            texts = [brief.hints]
        case "scratchpad":
            texts = [brief.scratchpad]
        case _:
            texts = [brief.helper]
    return sum(map(tokens_at_most, texts)) + _ITEM_TOKENS
