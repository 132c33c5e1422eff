"""What the run learnt on the way."""

from typing import ClassVar, Literal

from events.types.base import Payload, ProgramPayload, record
from events.types.llm import LlmFailureReason

__all__ = [
    "AnalysisFailed",
    "AnalysisKind",
    "AnalysisRequested",
    "InsightRecorded",
    "NoveltyFallback",
    "NoveltyJudged",
    "PromptEvolved",
    "ScratchpadRevised",
]

AnalysisKind = Literal["insight", "scratchpad", "prompt"]
NoveltyFallback = Literal[LlmFailureReason, "dimensions", "unreadable"]


@record
class _Analysis(Payload):
    program: str | None = None

    @property
    def subject(self) -> str | None:
        """The program that it is about, None when it is about more than one."""
        return self.program


@record
class AnalysisRequested(_Analysis):
    """Asks a model what is to be learnt.

    Answered, by kind, by ``insight.recorded``, ``scratchpad.revised`` or ``prompt.evolved``, or by
    ``analysis.failed``. It names all that the prompt is made of.

    Attributes:
        analysis: Its id, ``a000007``.
        kind: What is asked for.
        model: ``provider/model``.
        why: Why now: ``archived``, ``surprising``, or the number of evaluations that it was due at.
        programs: Programs that are shown.
        failures: Programs that are shown for what went wrong.
        tried: Programs that are shown as attempts, latest first.
        insights: Analyses whose insights are shown.
        scratchpad: Version of the scratchpad that is shown or revised, None before the first.
        prompts: System prompts that are shown, the one that a new one is bred from first.
        scores: Their scores, from 0 to 1, in the same order; None for one that has none yet.
        prompt_id: The id that a new system prompt will have.
        draw: Names the stream of random numbers.
    """

    TYPE: ClassVar[str] = "analysis.requested"

    analysis: str
    kind: AnalysisKind
    model: str
    why: str = ""
    programs: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    insights: tuple[str, ...] = ()
    scratchpad: int | None = None
    prompts: tuple[str, ...] = ()
    scores: tuple[float | None, ...] = ()
    prompt_id: str | None = None
    draw: str = ""


@record
class AnalysisFailed(_Analysis):
    """Nothing was learnt: the model gave no reply, or none of use."""

    TYPE: ClassVar[str] = "analysis.failed"

    analysis: str
    kind: AnalysisKind
    reason: Literal["llm_failed", "malformed"]
    message: str


@record
class InsightRecorded(_Analysis):
    """A lesson that later prompts may read, about a program, an island or the run.

    ``helped`` and ``hurt`` say what made a program better and worse, ``evidence`` what shows it.
    """

    TYPE: ClassVar[str] = "insight.recorded"

    scope: Literal["program", "island", "run"]
    text: str
    based_on: tuple[str, ...]
    analysis: str = ""
    helped: tuple[str, ...] = ()
    hurt: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


@record
class ScratchpadRevised(Payload):
    """What the run has learnt so far, as a model keeps it; each version, from 1, replaces the one before."""

    TYPE: ClassVar[str] = "scratchpad.revised"

    version: int
    text: str
    based_on: tuple[str, ...] = ()
    analysis: str = ""


@record
class PromptEvolved(Payload):
    """A new system prompt in the population of prompts. ``score`` is its parent's when it was bred, 0 to 1."""

    TYPE: ClassVar[str] = "prompt.evolved"

    prompt_id: str
    parent: str | None = None
    text: str
    score: float | None = None
    analysis: str = ""


@record
class NoveltyJudged(ProgramPayload):
    """How close a proposed program is to the nearest known one, 0 (unlike) to 1 (the same), and by whose word.

    Attributes:
        nearest: The known program.
        similarity: What was measured, times the share of numbers that the two have in common.
        verdict: What follows.
        by: ``similarity``, the embedding model, or the model that judged.
        why: What that model said.
        measure: ``text``, or the model whose embeddings were compared.
        cosine: Of the two embeddings, 0 to 1; None where texts were compared.
        fallback: Why texts were compared although embeddings were wanted: the reason of the failed call,
            ``dimensions`` where embeddings have different lengths, or ``unreadable`` where the program could not be
            made ready; None where nothing went wrong.
    """

    TYPE: ClassVar[str] = "novelty.judged"

    nearest: str | None
    similarity: float
    verdict: Literal["novel", "not_novel"]
    by: str
    why: str = ""
    measure: str = "text"
    cosine: float | None = None
    fallback: NoveltyFallback | None = None
