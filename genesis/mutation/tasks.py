"""What worker processes do besides running operators: pure functions by name, their arguments and results as bytes.

This module says what goes in and what comes out, and imports no more than that; `genesis.mutation.worker` has the
functions, and with them what those need.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeVar

import msgspec

from events.types import Message
from genesis.mutation.models.port import Ask, Brief, ConversationStep, Lesson, PromptView, Rubric, Turn, Verdict, View
from genesis.mutation.operators.port import Breeding, Proposed, Rejection
from genesis.program import Source

__all__ = [
    "CONVERSE",
    "DONE",
    "MISUSED",
    "NEAREST",
    "PLAIN",
    "STUDY",
    "TASK",
    "Comparison",
    "Finding",
    "Nearest",
    "Order",
    "Plain",
    "Step",
    "Study",
    "StudyKind",
    "Talk",
    "decode",
    "encode",
    "step_of",
]

TASK: Final = "task"
"""The header field that names what is to be done; without it, an operator is run."""

DONE: Final = b"\0"
MISUSED: Final = b"\1"

CONVERSE: Final = "converse"
NEAREST: Final = "nearest"
PLAIN: Final = "plain"
STUDY: Final = "study"

StudyKind = Literal["insight", "scratchpad", "prompt", "judge", "score"]

_Record = TypeVar("_Record")


@dataclass(frozen=True, slots=True)
class Order:
    """An operator, and what it is to work on."""

    operator: str
    breeding: Breeding


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation so far."""

    brief: Brief
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What comes next; one of the three, which the wire form cannot tell apart by itself."""

    ask: Ask | None = None
    proposed: Proposed | None = None
    rejection: Rejection | None = None

    @property
    def value(self) -> ConversationStep:
        """The one that is there."""
        value = self.ask or self.proposed or self.rejection
        if value is None:
            raise ValueError("an empty step: the worker has a bug")
        return value


@dataclass(frozen=True, slots=True)
class Comparison:
    """A new program and those that it is held against.

    Attributes:
        source: The new one.
        language: Of all of them.
        others: The known ones.
        embeddings: The new one's, then the others', as `genesis.llm.vector` writes them; empty to compare the texts.
    """

    source: Source
    language: str
    others: tuple[Source, ...]
    embeddings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Nearest:
    """Which of the others is nearest, and how near.

    Attributes:
        index: Of the nearest, -1 when there is none.
        similarity: From 0 (unlike) to 1 (the same): what was measured, times the share of numbers in common.
        cosine: Of the embeddings, None where texts were compared.
    """

    index: int
    similarity: float
    cosine: float | None = None


@dataclass(frozen=True, slots=True)
class Plain:
    """The texts of a comparison's programs as embeddings are made of them, the new one's first."""

    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A call that studies the search: what it is asked with, and the reply once there is one.

    Attributes:
        kind: What is asked for.
        brief: What `genesis.mutation.models.analysis` says that kind needs.
        views: The child of an insight; the candidate and the nearest program of a judgement; what is scored.
        prompts: The system prompts that a new one is bred from.
        rubric: What a program is scored by.
        reply: None while the model is to be asked.
    """

    kind: StudyKind
    brief: Brief
    views: tuple[View, ...] = ()
    prompts: tuple[PromptView, ...] = ()
    rubric: Rubric | None = None
    reply: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What comes next in a study: messages to send, or what the reply says; all empty when it says nothing of use.

    A reply without a score gives ``rejection``, which says why, and the messages that ask for it once more.
    """

    messages: tuple[Message, ...] = ()
    rejection: str = ""
    lesson: Lesson | None = None
    text: str = ""
    verdict: Verdict | None = None
    score: float | None = None


def step_of(value: ConversationStep) -> Step:
    """A step as the wire has it."""
    match value:
        case Ask():
            return Step(ask=value)
        case Proposed():
            return Step(proposed=value)
        case Rejection():
            return Step(rejection=value)


def encode(record: object) -> bytes:
    """A record's bytes.

    Raises:
        ValueError: A text has lone surrogates, which are no UTF-8.
    """
    return msgspec.msgpack.encode(record)


def decode(data: bytes, kind: type[_Record]) -> _Record:
    """The record that was encoded."""
    return msgspec.msgpack.decode(data, type=kind)
