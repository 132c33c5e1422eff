"""Programs are bred: who, how, and what came of it."""

from dataclasses import field
from typing import ClassVar, Literal

from events.types.base import Json, ProgramPayload, record

__all__ = [
    "Briefing",
    "MutationChecked",
    "MutationProposed",
    "MutationRejected",
    "MutationRequested",
    "RejectionReason",
    "Selection",
]

RejectionReason = Literal[
    "patch_did_not_apply",
    "duplicate",
    "not_novel",
    "not_applicable",
    "too_long",
    "syntax_error",
    "immutable_region_changed",
    "llm_failed",
]


@record
class Selection:
    """How the parents were chosen: the policy, and the probability that each parent had under it."""

    strategy: str
    probabilities: tuple[float, ...] = ()


@record
class Briefing:
    """Why this model, and what its prompt is made of besides parents and inspirations.

    Attributes:
        choice: The policy that chose the model.
        models: Model to the probability that it had under the policy.
        prompts: System prompt to its probability, when prompts evolve.
        variant: Which of the operator's prompts.
        failures: Programs that are shown for what went wrong.
        tried: Programs that are shown as attempts on the parent's lineage, latest first.
        insights: Analyses whose insights are shown, most valuable first.
        scratchpad: Version of the scratchpad that is shown, None before the first.
        compared: Kept programs that the new one must differ from, besides parents and inspirations.
        judge: The model that may be asked whether it does, None for none.
    """

    choice: str
    models: dict[str, float] = field(default_factory=dict[str, float])
    prompts: dict[str, float] = field(default_factory=dict[str, float])
    variant: str = ""
    failures: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    insights: tuple[str, ...] = ()
    scratchpad: int | None = None
    compared: tuple[str, ...] = ()
    judge: str | None = None


@record
class MutationRequested(ProgramPayload):
    """Asks for a program. Answered by ``mutation.proposed`` or ``mutation.rejected``.

    ``program`` is the id that the child will have. ``draw`` names its stream of random numbers, and ``mix`` holds the
    probability that each operator had. Initial programs have operator ``seed``, no parents, and their name in
    ``parameters``.

    When a model is asked, ``model``, ``prompt_id``, ``inspirations`` and ``briefing`` name all that the prompt is made
    of, so that it can be made again from the request and the log.
    """

    TYPE: ClassVar[str] = "mutation.requested"

    operator: str
    island: int
    parents: tuple[str, ...] = ()
    inspirations: tuple[str, ...] = ()
    model: str | None = None
    prompt_id: str | None = None
    selection: Selection | None = None
    mix: dict[str, float] = field(default_factory=dict[str, float])
    parameters: dict[str, Json] = field(default_factory=dict[str, Json])
    draw: str
    briefing: Briefing | None = None


@record
class MutationChecked(ProgramPayload):
    """What a build said of the program in a model's reply, on the way to a proposal; ``call`` gave the reply."""

    TYPE: ClassVar[str] = "mutation.checked"

    call: str
    ok: bool
    diagnostics: str = ""


@record
class MutationProposed(ProgramPayload):
    """A new program's text: a map of path to text with one entry file.

    ``code_digest`` is of the normalised text, so programs that differ in layout alone share it. ``diff`` is against
    the first parent, empty for initial programs.
    """

    TYPE: ClassVar[str] = "mutation.proposed"

    files: dict[str, str]
    entry: str
    code_digest: str
    language: str
    parents: tuple[str, ...] = ()
    operator: str
    name: str
    rationale: str = ""
    diff: str = ""


@record
class MutationRejected(ProgramPayload):
    """No program came of the request. ``duplicate_of`` names the program with the same normalised text."""

    TYPE: ClassVar[str] = "mutation.rejected"

    reason: RejectionReason
    message: str
    duplicate_of: str | None = None
