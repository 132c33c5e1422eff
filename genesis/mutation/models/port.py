"""What a conversation with a model is given and what it gives: data in, messages or a program out, no effects.

A conversation is a pure function of its brief and of the replies so far. So it can go on after a crash, and be had
again from a log, without a model.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from events.types import Message, MetricSpec
from genesis.mutation.operators.port import Proposed, Rejection
from genesis.program import Source

__all__ = ["Ask", "Attempt", "Brief", "ConversationStep", "Insight", "Turn", "View"]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One program as a prompt shows it.

    Attributes:
        id: ``p000042``.
        source: Its text.
        metrics: As measured; those that prompts may not show are left out already.
        fitness: Higher is better; None unless it is valid.
        feedback: The validator's words.
        failure: Why it was rejected, failed or is invalid: reason, message and diagnostics; empty for a valid one.
        operator: What made it.
        name: What its maker called the change.
        rationale: Why it was made.
        island: Where it lives.
    """

    id: str
    source: Source
    metrics: Mapping[str, float] = field(default_factory=dict[str, float])
    fitness: float | None = None
    feedback: str = ""
    failure: str = ""
    operator: str = ""
    name: str = ""
    rationale: str = ""
    island: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Something that was tried on the parent's lineage; ``gain`` is in fitness, None when it gave no valid program."""

    program: str
    operator: str
    name: str
    rationale: str
    gain: float | None
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """A lesson of this run: what helped or hurt, and the programs that show it."""

    text: str
    based_on: tuple[str, ...] = ()
    scope: Literal["program", "island", "run"] = "run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """Everything that a conversation depends on.

    Attributes:
        operator: ``llm_diff``, ``llm_rewrite``, ``llm_crossover``, ``llm_repair`` or ``llm_seed``.
        variant: Which of the operator's prompts, such as ``simplify`` for ``llm_rewrite``; empty for the only one.
        task: The problem's description, whole.
        language: A key of ``genesis.language.LANGUAGES``.
        entry: Name of the entry file, for programs that are written from nothing.
        entrypoint: Name of the function that a program defines; empty for programs that are run as executables.
        has_context: Whether that function takes the problem's context.
        helper: Text of the problem's ``helper.py``, importable by programs; empty when there is none.
        metrics: What each metric that prompts may show means, in the order of declaration.
        parents: The first is the one that is changed; none for ``llm_seed``.
        inspirations: Other good programs, of the archive and of other islands, best first.
        failures: Programs to learn from what went wrong.
        tried: Attempts on the first parent's lineage, latest first.
        insights: Lessons, most valuable first.
        scratchpad: What the run has learnt so far, as a model keeps it; may be empty.
        system: The system prompt when prompts evolve; empty for the packaged one.
        templates: Template name to text, of the problem or the user, before the packaged ones.
        max_tokens: Budget of the prompt; the least valuable parts are dropped first.
        max_turns: Most replies that are asked for, repairs included, 1 or more.
        draw: Names the stream of random numbers.
    """

    operator: str
    variant: str = ""
    task: str
    language: str
    entry: str
    entrypoint: str = "entrypoint"
    has_context: bool = False
    helper: str = ""
    metrics: Mapping[str, MetricSpec]
    parents: tuple[View, ...] = ()
    inspirations: tuple[View, ...] = ()
    failures: tuple[View, ...] = ()
    tried: tuple[Attempt, ...] = ()
    insights: tuple[Insight, ...] = ()
    scratchpad: str = ""
    system: str = ""
    templates: Mapping[str, str] = field(default_factory=dict[str, str])
    max_tokens: int = 24_000
    max_turns: int = 3
    draw: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A reply, and what a build said of the program in it; empty diagnostics when nothing was built or all was well."""

    reply: str
    diagnostics: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """The model is to be asked: the whole conversation so far, the last message being the question."""

    messages: tuple[Message, ...]
    purpose: Literal["mutation", "repair"]


ConversationStep: TypeAlias = Ask | Proposed | Rejection
"""What comes next: `genesis.mutation.models.converse(brief, turns)` gives it."""
