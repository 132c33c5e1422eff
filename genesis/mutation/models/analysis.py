"""Calls that study the search: what to ask, and what a reply says. Pure, as conversations are.

Replies are read leniently and never guessed: one that does not say what was asked for is None, and nothing is learnt.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from events.types import Message
from genesis.mutation.diff import unified
from genesis.mutation.models.port import Brief, Lesson, PromptView, Verdict, View
from genesis.mutation.models.prompt import GUIDANCE, fitted, values_of
from genesis.mutation.models.reply import clean, without_thoughts
from genesis.mutation.models.shown import fenced, on_one_line, show_program, show_prompt
from genesis.mutation.models.templates import render
from genesis.mutation.operators.port import Rejection

__all__ = [
    "insight_messages",
    "judge_messages",
    "parse_insight",
    "parse_prompt",
    "parse_scratchpad",
    "parse_verdict",
    "prompt_messages",
    "scratchpad_messages",
]

_SYSTEM: Final = "analysis_system"
_MOST_LINES: Final = 3  # of each kind in one lesson
_MOST_LINE_CHARACTERS: Final = 500
_MOST_TEXT_CHARACTERS: Final = 6_000
_LEAST_PROMPT_CHARACTERS: Final = 80  # a shorter text on how to work says nothing
_KIND = re.compile(r"^[ \t*_#>\-\d.)]*+(helped|hurt|evidence|next)[ \t*_]*+:[ \t*_]*+(.*)$", re.IGNORECASE)
_BULLET = re.compile(r"^[ \t]*+(?:[-*•]|\d+[.)])[ \t]++(.*)$")
_NOTHING: Final = frozenset({"", "none", "nothing", "n/a", "-", "no"})
_VERDICT = re.compile(
    r"^[ \t*_#>`]*+(?:verdict[ \t*_]*+:[ \t*_`]*+)?(novel|same|not[ _-]novel)\b(?! or same)[*_`]*(.*)$",
    re.IGNORECASE | re.MULTILINE,
)


def insight_messages(brief: Brief, child: View) -> tuple[Message, ...] | Rejection:
    """Asks what one change did. ``brief.parents`` holds what it was made from, ``brief.tried`` what came before.

    Returns:
        The messages, or a rejection when even the shortest prompt is over ``brief.max_tokens``.
    """
    parent = brief.parents[0] if brief.parents else None
    difference = "" if parent is None else unified(parent.source, child.source)
    return fitted(
        brief,
        _SYSTEM,
        "insight",
        {
            "child": show_program(brief, child, against=parent),
            "difference": fenced(difference, "diff") if difference else "",
        },
    )


def parse_insight(text: str) -> Lesson | None:
    """The lesson of a reply; None when it names nothing that helped or hurt."""
    kinds: dict[str, list[str]] = {"helped": [], "hurt": [], "evidence": [], "next": []}
    kind: str | None = None
    for line in _read(text).split("\n"):
        said: str | None = None
        if (found := _KIND.match(line)) is not None:
            kind, said = found[1].lower(), found[2]
        elif kind is not None and (bullet := _BULLET.match(line)) is not None:
            said = bullet[1]
        if kind is not None and said is not None:
            kept = on_one_line(said.strip("*_ "), _MOST_LINE_CHARACTERS)
            if kept.lower().rstrip(".") not in _NOTHING and len(kinds[kind]) < _MOST_LINES:
                kinds[kind].append(kept)
    if not kinds["helped"] and not kinds["hurt"]:
        return None
    return Lesson(
        helped=tuple(kinds["helped"]),
        hurt=tuple(kinds["hurt"]),
        evidence=tuple(kinds["evidence"]),
        next=tuple(kinds["next"]),
    )


def scratchpad_messages(brief: Brief) -> tuple[Message, ...] | Rejection:
    """Asks for the run's notes anew.

    ``brief.scratchpad`` holds the present ones, ``brief.inspirations`` the best programs, ``brief.failures`` and
    ``brief.tried`` what happened since, ``brief.insights`` the lessons.

    Returns:
        The messages, or a rejection when even the shortest prompt is over ``brief.max_tokens``.
    """
    return fitted(brief, _SYSTEM, "scratchpad", {})


def parse_scratchpad(text: str) -> str | None:
    """The notes of a reply, at most 6,000 characters of them; None when there are none."""
    return _between(_read(text), "scratchpad") or None


def prompt_messages(brief: Brief, prompts: Sequence[PromptView]) -> tuple[Message, ...] | Rejection:
    """Asks for a better text on how to work; the first of the prompts is the one to improve.

    A prompt without a text is the template ``guidance``.

    Returns:
        The messages, or a rejection when even the shortest prompt is over ``brief.max_tokens``.
    """
    guidance = render(GUIDANCE, values_of(brief), brief.templates).strip()
    shown = tuple(show_prompt(brief, each if each.text else replace(each, text=guidance)) for each in prompts)
    return fitted(brief, _SYSTEM, "prompt", {"prompts": shown})


def parse_prompt(text: str) -> str | None:
    """The text on how to work; None when there is none, or it is too short to be one."""
    found = _between(_read(text), "prompt")
    return found if len(found) >= _LEAST_PROMPT_CHARACTERS else None


def judge_messages(brief: Brief, *, candidate: View, nearest: View) -> tuple[Message, ...] | Rejection:
    """Asks whether a program that has not been measured is a new idea beside the known one that is most like it.

    Returns:
        The messages, or a rejection when even the shortest prompt is over ``brief.max_tokens``.
    """
    shown = {"candidate": show_program(brief, candidate), "nearest": show_program(brief, nearest)}
    return fitted(brief, _SYSTEM, "judge", shown)


def parse_verdict(text: str) -> Verdict | None:
    """The verdict of a reply; None when it gives none, or both."""
    found = [(match[1].lower(), match[2]) for match in _VERDICT.finditer(_read(text))]
    if len({word == "novel" for word, _ in found}) != 1:
        return None
    word, why = found[0]
    return Verdict(word == "novel", on_one_line(why.strip(" \t*_`:,.;-\u2013\u2014"), _MOST_LINE_CHARACTERS))


def _read(text: str) -> str:
    return without_thoughts(clean(text))


def _between(text: str, tag: str) -> str:
    """What stands between the tags; without them all of the text, unless one tag is missing."""
    head, opening, rest = text.partition(f"<{tag}>")
    if not opening:
        return "" if f"</{tag}>" in head else _unfenced(head)[:_MOST_TEXT_CHARACTERS]
    body, _, _ = rest.partition(f"</{tag}>")
    return _unfenced(body)[:_MOST_TEXT_CHARACTERS]


def _unfenced(text: str) -> str:
    lines = text.strip().split("\n")
    is_fenced = len(lines) > 1 and lines[0].startswith("```") and lines[-1].strip() == "```"
    return "\n".join(lines[1:-1] if is_fenced else lines).strip()
