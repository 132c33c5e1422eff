"""Programs are bred: who, how, and what came of it."""

from dataclasses import field
from typing import ClassVar, Literal

from events.types.base import Json, ProgramPayload, record

__all__ = ["MutationProposed", "MutationRejected", "MutationRequested", "RejectionReason", "Selection"]

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
class MutationRequested(ProgramPayload):
    """Asks for a program. Answered by ``mutation.proposed`` or ``mutation.rejected``.

    ``program`` is the id that the child will have. ``draw`` names its stream of random numbers, and ``mix`` holds the
    probability that each operator had. Initial programs have operator ``seed``, no parents, and their name in
    ``parameters``.
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
