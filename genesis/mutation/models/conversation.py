"""Mutations by language models, as a pure function: what to ask, what a reply makes of the program, what to say back.

A reply that cannot be used goes back to the model with the reason, until it has had its number of turns. A patch that
did not apply is asked for again against the program that was shown. A program that applied but does not parse, or does
not build, is what the next reply's blocks apply to; blocks against the program that was shown are taken as well.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from events.types import Message
from genesis.mutation.checks import checked, oversize
from genesis.mutation.models.blocks import Block, read_blocks
from genesis.mutation.models.nearest import numbered
from genesis.mutation.models.patch import apply_blocks
from genesis.mutation.models.port import Ask, Brief, ConversationStep, Turn
from genesis.mutation.models.prompt import opening, values_of
from genesis.mutation.models.reply import clean, label_of, rationale_of, without_thoughts
from genesis.mutation.models.shown import fence_tag, fenced
from genesis.mutation.models.templates import render
from genesis.mutation.models.unified import read_unified
from genesis.mutation.models.whole import read_whole
from genesis.mutation.operators.port import BreedingError, Proposal, Proposed, Rejection
from genesis.program import Source

__all__ = ["LEAST_PARENTS", "VARIANTS", "converse"]

VARIANTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "llm_diff": ("",),
        "llm_rewrite": ("another_algorithm", "restructure", "tune", "simplify"),
        "llm_crossover": ("",),
        "llm_repair": ("",),
        "llm_seed": ("",),
    }
)
"""Each operator that asks models, with its prompts."""

LEAST_PARENTS: Final[Mapping[str, int]] = MappingProxyType(
    {"llm_diff": 1, "llm_rewrite": 1, "llm_crossover": 2, "llm_repair": 1, "llm_seed": 0}
)
"""How many parents each wants at least."""

_PATCHING: Final = frozenset({"llm_diff", "llm_repair"})
_MOST_QUOTED: Final = 24_000  # characters of an earlier reply in the next question
_MOST_DIAGNOSTICS: Final = 6_000
_AROUND: Final = 4  # lines shown on each side of one that a message names
_MOST_EXCERPTS: Final = 3
_LINE = re.compile(r"\bline (\d{1,6})\b|:(\d{1,6})(?::\d+)?\b")
_SUMMARIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "patch_did_not_apply": "the patch does not apply",
        "immutable_region_changed": "it changes text that stays as it is",
        "syntax_error": "the program is not right",
        "duplicate": "the program says the same as its parent",
        "too_long": "the program is too long",
        "llm_failed": "there is no program in it",
        "not_applicable": "the program cannot be changed so",
    }
)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What one reply came to.

    Attributes:
        result: The new program, or why there is none.
        changed: The program as the reply makes it, right or not; None where it makes none.
    """

    result: Proposed | Rejection
    changed: Source | None = None


def converse(brief: Brief, turns: Sequence[Turn]) -> ConversationStep:
    """What comes next after these replies: a question, the new program, or why there is none.

    The same brief and replies give the same step on any machine. No reply raises, whatever it holds.

    Raises:
        BreedingError: No such operator or variant, a number of parents that it does not take, or no turn allowed.
        PromptTemplateError: A template of ``brief.templates`` cannot be rendered.
    """
    brief = _understood(brief)
    too_long = next(filter(None, (oversize(parent.source) for parent in brief.parents)), None)
    first = too_long or opening(brief)
    if isinstance(first, Rejection):
        return first
    messages = list(first)
    base: Source | None = None
    for number, turn in enumerate(turns, start=1):
        outcome = _outcome(brief, base, turn)
        if isinstance(outcome.result, Proposed) or number >= brief.max_turns:
            return outcome.result
        if outcome.result.reason == "syntax_error":
            base = outcome.changed
        messages += (
            Message(role="assistant", content=_quoted(turn.reply)),
            Message(role="user", content=_answer(brief, outcome.result, base, brief.max_turns - number)),
        )
    is_repair = bool(turns) or brief.operator == "llm_repair"
    return Ask(tuple(messages), "repair" if is_repair else "mutation")


def _understood(brief: Brief) -> Brief:
    """The brief with its variant named; a brief that no conversation could take is a bug of whoever made it."""
    variants = VARIANTS.get(brief.operator)
    if variants is None:
        raise BreedingError(f"operator {brief.operator!r} asks no model: use one of {', '.join(VARIANTS)}")
    if brief.variant and brief.variant not in variants:
        raise BreedingError(f"variant {brief.variant!r} is none of {brief.operator}: use one of {', '.join(variants)}")
    if len(brief.parents) < (least := LEAST_PARENTS[brief.operator]):
        raise BreedingError(f"operator {brief.operator} wants {least} parents and was given {len(brief.parents)}")
    if brief.operator == "llm_seed" and brief.parents:
        raise BreedingError("operator llm_seed writes from nothing and was given parents: show them as inspirations")
    if brief.max_turns < 1:
        raise BreedingError(f"max_turns is {brief.max_turns}: a conversation has 1 at least")
    return brief if brief.variant else replace(brief, variant=variants[0])


def _outcome(brief: Brief, base: Source | None, turn: Turn) -> _Outcome:
    reply = without_thoughts(clean(turn.reply))
    if not reply.strip():
        return _Outcome(Rejection("llm_failed", "the reply is empty"))
    changed = _changed(brief, base, reply)
    if isinstance(changed, Rejection):
        return _Outcome(changed)
    if not _is_named(brief.entrypoint, changed.text):
        message = f"{changed.entry} does not define {brief.entrypoint or 'anything: it is empty'}"
        return _Outcome(Rejection("syntax_error", message), changed)
    label = label_of(reply) or brief.variant.replace("_", " ") or "change"
    proposal = Proposal(changed, f"{brief.operator}: {label}", rationale_of(reply))
    result = checked(proposal, [parent.source for parent in brief.parents], brief.language)
    if isinstance(result, Proposed) and turn.diagnostics.strip():
        return _Outcome(Rejection("syntax_error", _middle_out(turn.diagnostics.strip())), changed)
    return _Outcome(result, changed)


def _changed(brief: Brief, base: Source | None, reply: str) -> Source | Rejection:
    """The program that the reply makes: of what was shown first, or of what the last reply made of that."""
    parent = brief.parents[0].source if brief.parents else None
    known = base or parent
    if known is None:
        return read_whole(reply, None, language=brief.language, entry=brief.entry, entrypoint=brief.entrypoint)
    bases = [each for each in (base, parent) if each is not None]
    blocks = read_blocks(reply, known.files.keys())
    if blocks and not isinstance(blocks, Rejection):
        return _patched(brief, bases, blocks)
    is_patching = brief.operator in _PATCHING
    whole = read_whole(reply, known, language=brief.language, entry=brief.entry, entrypoint=brief.entrypoint)
    if isinstance(whole, Source) and not is_patching:
        return whole  # a line of it may look like a marker
    found = blocks or read_unified(reply, known.files.keys())
    if found:
        return found if isinstance(found, Rejection) else _patched(brief, bases, found)
    return _accepted(brief, known, whole) if is_patching else whole


def _patched(brief: Brief, bases: Sequence[Source], blocks: tuple[Block, ...]) -> Source | Rejection:
    """The first of the programs that the blocks apply to, changed; else what is wrong on the first."""
    results = [apply_blocks(base, blocks, brief.language) for base in bases]
    return next((result for result in results if isinstance(result, Source)), results[0])


def _accepted(brief: Brief, parent: Source, whole: Source | Rejection) -> Source | Rejection:
    """A whole program where a patch was asked for, if it cannot be a mere part of one."""
    missing = Rejection("patch_did_not_apply", "the reply has no SEARCH/REPLACE block")
    if isinstance(whole, Rejection):
        return missing
    before, after = parent.text, whole.text
    is_long = 2 * sum(map(len, after.split())) >= sum(map(len, before.split()))
    return whole if _is_named(brief.entrypoint, after) and is_long else missing


def _is_named(entrypoint: str, text: str) -> bool:
    """Whether a text that is not empty has the entry point's name in it; nothing more can be said of every language."""
    return bool(text.strip()) and re.search(rf"\b{re.escape(entrypoint)}\b", text) is not None


def _answer(brief: Brief, fault: Rejection, base: Source | None, turns_left: int) -> str:
    """What the model is told of a reply that could not be used."""
    changed = base if fault.reason == "syntax_error" else None
    values = {
        **values_of(brief),
        "summary": _SUMMARIES[fault.reason],
        "fault": fenced(fault.message, "text"),
        "excerpt": "" if changed is None else _excerpt(fault.message, changed, brief.language),
        "applies_to_changed": base is not None,
        "is_patch": brief.operator in _PATCHING,
        "turns_left": turns_left,
    }
    return render("retry", values, brief.templates)


def _excerpt(message: str, source: Source, language: str) -> str:
    """The lines that a message names, with those around them, from the file that it names or the entry."""
    path = next((each for each in sorted(source.files) if each in message), source.entry)
    lines = source.files[path].split("\n")
    named = {int(a or b) for a, b in _LINE.findall(message)}
    wanted = sorted(number for number in named if 1 <= number <= len(lines))[:_MOST_EXCERPTS]
    parts: list[str] = []
    done = 0
    for number in wanted:
        start, end = max(done, number - 1 - _AROUND), min(len(lines), number + _AROUND)
        if start < end:
            parts.append(numbered(lines, start, end))
            done = end
    return f"{path}:\n{fenced(chr(10).join(parts), fence_tag(language))}" if parts else ""


def _quoted(reply: str) -> str:
    """An earlier reply as the conversation repeats it; providers refuse empty messages."""
    text = without_thoughts(clean(reply)).strip()
    if len(text) > _MOST_QUOTED:
        text = f"{text[:_MOST_QUOTED]}\n[… {len(text) - _MOST_QUOTED} characters left out …]"
    return text or "(empty)"


def _middle_out(text: str) -> str:
    if len(text) <= _MOST_DIAGNOSTICS:
        return text
    half = _MOST_DIAGNOSTICS // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half} characters left out …]\n{text[-half:]}"
