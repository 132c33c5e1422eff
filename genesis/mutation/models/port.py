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

__all__ = [
    "Ask",
    "Attempt",
    "Brief",
    "ConversationStep",
    "Insight",
    "Lesson",
    "PromptView",
    "Rubric",
    "Turn",
    "Verdict",
    "View",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One program as a prompt shows it.

    Attributes:
        id: ``p000042``.
        source: Its text.
        metrics: As measured. Prompts show those alone that ``Brief.metrics`` declares and allows.
        fitness: Higher is better; None unless it is valid.
        feedback: The validator's words.
        failure: Why it was rejected, failed or is invalid: reason, message and diagnostics; empty for a valid one.
        operator: What made it.
        name: What its maker called the change.
        rationale: Why it was made.
        island: Where it lives.
        usage: What it took, for people, such as ``1.3 s of 5 s, 120 MB of 512 MB``; empty when that is not known.
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
    usage: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Something that was tried before.

    Attributes:
        program: The id that its program got.
        operator: What made it.
        name: What its maker called the change.
        rationale: Why it was made.
        gain: Fitness over its own parent's, higher is better; None when it gave no valid program.
        outcome: ``valid``, or why there was none, such as ``timeout: 2.0 s``.
        kept: Whether it is a step on the way to the program at hand, not a side branch.
    """

    program: str
    operator: str
    name: str
    rationale: str
    gain: float | None
    outcome: str
    kept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """A lesson of this run: what helped or hurt, and the programs that show it."""

    text: str
    based_on: tuple[str, ...] = ()
    scope: Literal["program", "island", "run"] = "run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What a model made of one change: the parsed reply to an insight call.

    Attributes:
        helped: What made the program better, each with its reason; may be empty.
        hurt: What made it worse, or what it failed by; may be empty.
        evidence: Figures and messages that show it.
        next: What would be worth trying now; may be empty.
    """

    helped: tuple[str, ...] = ()
    hurt: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    next: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The lesson as ``insight.recorded`` keeps it and later prompts show it."""
        parts = (("helped", self.helped), ("hurt", self.hurt), ("evidence", self.evidence), ("next", self.next))
        return "\n".join(f"{label}: {line}" for label, lines in parts for line in lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptView:
    """A system prompt that has been in use: its score, from 0 to 1 and None before it has one, and what it produced."""

    prompt_id: str
    text: str
    score: float | None = None
    samples: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a candidate is a new idea beside its nearest neighbour, and why."""

    is_novel: bool
    why: str


@dataclass(frozen=True, slots=True)
class Rubric:
    """What a model scores a program by, with a number from ``lowest`` to ``highest``."""

    criteria: str
    lowest: float
    highest: float

    @property
    def range(self) -> str:
        """For people: ``0 to 10``."""
        return f"{self.lowest:g} to {self.highest:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """Everything that a conversation depends on.

    Attributes:
        operator: ``llm_diff``, ``llm_rewrite``, ``llm_crossover``, ``llm_repair`` or ``llm_seed``; the functions of
            `genesis.mutation.models.analysis` do not read it.
        variant: One of ``VARIANTS[operator]``, such as ``simplify`` for ``llm_rewrite``; empty for the first of them.
        task: The problem's description, whole.
        language: A key of ``genesis.language.LANGUAGES``.
        entry: Name of the entry file, for programs that are written from nothing.
        entrypoint: Name of the function that a program defines; empty for programs that are run as executables.
        has_context: Whether that function takes the problem's context.
        helper: Text of the problem's ``helper.py``, importable by programs; empty when there is none.
        hints: What makes programs of this language fast and right; empty when the language has none.
        limits: What a program may use, for people, such as ``2 s of CPU time, 256 MB``; empty when that is not known.
        metrics: What the metrics mean, in the order of declaration. Those with ``include_in_prompts: false`` are
            never shown.
        parents: The first is the one that is changed; none for ``llm_seed``.
        inspirations: Other good programs, of the archive and of other islands, best first.
        failures: Programs to learn from what went wrong.
        tried: Attempts on the first parent's lineage, latest first.
        insights: Lessons, most valuable first.
        scratchpad: What the run has learnt so far, as a model keeps it; may be empty.
        system: How to work, when prompts evolve: it stands in the place of the template ``guidance``.
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
    hints: str = ""
    limits: str = ""
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
    """The model is to be asked: the whole conversation so far, the last message being the question.

    The purpose is ``repair`` for the operator ``llm_repair`` and wherever a reply goes back to the model.
    """

    messages: tuple[Message, ...]
    purpose: Literal["mutation", "repair"]


ConversationStep: TypeAlias = Ask | Proposed | Rejection
"""What comes next: `genesis.mutation.models.converse(brief, turns)` gives it."""
