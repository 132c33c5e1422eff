"""What the run learnt on the way."""

from typing import ClassVar, Literal

from events.types.base import Payload, ProgramPayload, record

__all__ = ["InsightRecorded", "NoveltyJudged", "PromptEvolved"]


@record
class InsightRecorded(Payload):
    """A lesson that later prompts may read, about a program, an island or the run."""

    TYPE: ClassVar[str] = "insight.recorded"

    scope: Literal["program", "island", "run"]
    text: str
    based_on: tuple[str, ...]


@record
class PromptEvolved(Payload):
    """A new system prompt in the population of prompts."""

    TYPE: ClassVar[str] = "prompt.evolved"

    prompt_id: str
    parent: str | None = None
    text: str
    score: float | None = None


@record
class NoveltyJudged(ProgramPayload):
    """How close a proposed program is to the nearest known one, 0 (unlike) to 1 (the same), and by whose word."""

    TYPE: ClassVar[str] = "novelty.judged"

    nearest: str | None
    similarity: float
    verdict: Literal["novel", "not_novel"]
    by: str
