"""Programs are built, run and judged in a sandbox."""

from typing import ClassVar, Literal

from events.types.base import ProgramPayload, record

__all__ = [
    "EvaluationFailed",
    "EvaluationRequested",
    "FailureReason",
    "LimitsRecord",
    "ProgramCompiled",
    "ProgramEvaluated",
    "StageRecord",
    "UsageRecord",
]

FailureReason = Literal[
    "timeout",
    "memory_limit",
    "output_limit",
    "syntax_error",
    "build_failed",
    "crash",
    "sandbox_violation",
    "validator_error",
    "bad_result",
    "backend_error",
    "score_failed",
]


@record
class LimitsRecord:
    """What a candidate may use: seconds of wall and CPU time, bytes of memory, output and disk, processes, files.

    ``network`` says whether it may connect to other machines, ``reserves`` whether its processes may reserve more
    address space than they may use.
    """

    wall_s: float
    cpu_s: float
    memory_bytes: int
    output_bytes: int
    disk_bytes: int
    processes: int
    open_files: int
    network: bool = False
    reserves: bool = False


@record
class StageRecord:
    """One stage of an evaluation. A cached stage was not run again; its duration is that of the look-up."""

    name: str
    status: Literal["ok", "failed", "skipped"]
    duration_s: float
    cached: bool = False


@record
class UsageRecord:
    """What the candidate's process tree used, measured from outside it."""

    wall_s: float
    cpu_s: float
    max_rss_bytes: int


@record
class EvaluationRequested(ProgramPayload):
    """Asks for an evaluation. Answered by ``program.evaluated`` or ``evaluation.failed``.

    ``scores`` are the stages of kind ``score`` that ``model`` may be asked for; ``draw`` names its random numbers.
    """

    TYPE: ClassVar[str] = "evaluation.requested"

    backend: str
    stages: tuple[str, ...]
    limits: LimitsRecord
    priority: int = 0
    attempt: int = 1
    scores: tuple[str, ...] = ()
    model: str | None = None
    draw: str = ""


@record
class ProgramCompiled(ProgramPayload):
    """The build stage's outcome, for every language; for Python, the syntax check."""

    TYPE: ClassVar[str] = "program.compiled"

    ok: bool
    diagnostics: str = ""
    artifact_digest: str | None = None
    artifact_bytes: int | None = None
    duration_s: float


@record
class ProgramEvaluated(ProgramPayload):
    """The validator's word on a program that ran to its end.

    ``metrics`` are exactly as measured. ``fitness`` is the primary metric, negated when lower is better, so that
    higher is always better; None for an invalid program.
    """

    TYPE: ClassVar[str] = "program.evaluated"

    is_valid: bool
    metrics: dict[str, float]
    fitness: float | None
    feedback: str = ""
    stdout_tail: str = ""
    stderr_tail: str = ""
    stages: tuple[StageRecord, ...]
    usage: UsageRecord
    worker: str


@record
class EvaluationFailed(ProgramPayload):
    """A program that did not run to its end, or whose result could not be judged."""

    TYPE: ClassVar[str] = "evaluation.failed"

    reason: FailureReason
    stage: str
    message: str
    stdout_tail: str = ""
    stderr_tail: str = ""
    stages: tuple[StageRecord, ...] = ()
    usage: UsageRecord | None = None
    worker: str = ""
