"""A run begins, is taken up again, is asked to stop, and is let go of."""

from dataclasses import field
from typing import ClassVar, Literal

from events.types.base import Json, Payload, record
from events.types.evaluation import LimitsRecord

__all__ = [
    "BehaviorDimension",
    "BoundRecord",
    "ForkedFrom",
    "Host",
    "MetricSpec",
    "ProblemRecord",
    "PromptingRecord",
    "RunInterrupted",
    "RunResumed",
    "RunStarted",
    "RunStopped",
    "ScoreRecord",
    "StopReason",
    "Totals",
]


@record
class MetricSpec:
    """What a metric means, as the problem declares it. Bounds place and plot a value; they never clamp it."""

    description: str
    higher_is_better: bool
    is_primary: bool = False
    decimals: int = 5
    lower_bound: float | None = None
    upper_bound: float | None = None
    unit: str | None = None
    include_in_prompts: bool = True
    significant_change: float | None = None
    sentinel_value: float | None = None


@record
class BehaviorDimension:
    """One axis of the archive's grid: ``bins`` equal intervals of ``metric`` between ``lower`` and ``upper``.

    Values outside fall into the first or the last bin.
    """

    metric: str
    lower: float
    upper: float
    bins: int


@record
class PromptingRecord:
    """What prompts say of a problem besides its description and metrics, so that they can be made again from the log.

    ``entry`` and ``entrypoint`` name the file and the function that a program has, ``has_context`` whether the function
    takes the problem's context; ``helper`` is the text of ``helper.py``, ``hints`` what makes programs of the language
    fast and right, and ``templates`` the problem's or the user's own, by name.
    """

    entry: str
    entrypoint: str
    has_context: bool = False
    helper: str = ""
    hints: str = ""
    templates: dict[str, str] = field(default_factory=dict[str, str])


@record
class BoundRecord:
    """A bound that a metric has to keep."""

    metric: str
    at_least: float | None = None
    at_most: float | None = None


@record
class ScoreRecord:
    """A stage in which a model scores programs by criteria, with a number from ``lowest`` to ``highest``.

    ``after`` are the stages that must have ended well, ``when`` says which programs it is for.
    """

    stage: str
    metric: str
    criteria: str
    lowest: float
    highest: float
    after: tuple[str, ...] = ()
    when: BoundRecord | None = None


@record
class ProblemRecord:
    """The problem as it was when the run started.

    ``directory`` is where it was found; ``digest`` covers all its files. ``limits`` hold where the configuration has
    none of its own. ``prompting`` is there when models are asked. ``stages`` are those of its pipeline, those of
    language models included; ``scores`` are those of kind ``score``.
    """

    name: str
    directory: str
    digest: str
    description: str
    language: str
    metrics: dict[str, MetricSpec]
    behavior: tuple[BehaviorDimension, ...] = ()
    limits: LimitsRecord
    seeds: tuple[str, ...]
    prompting: PromptingRecord | None = None
    stages: tuple[str, ...] = ("syntax", "run", "validate", "complexity")
    scores: tuple[ScoreRecord, ...] = ()


@record
class Host:
    """The machine that the run started on."""

    name: str
    system: str
    machine: str
    cpus: int


@record
class ForkedFrom:
    """The run and the last event that a fork shares with its origin."""

    run_id: str
    sequence: int


@record
class RunStarted(Payload):
    """A run exists. ``config`` is the resolved configuration; ``seed`` names all its randomness."""

    TYPE: ClassVar[str] = "run.started"

    config: dict[str, Json]
    problem: ProblemRecord
    seed: int
    genesis_version: str
    python_version: str
    git_sha: str | None = None
    host: Host
    forked_from: ForkedFrom | None = None


@record
class RunResumed(Payload):
    """A process took the run up again after ``at_sequence`` events, with ``unanswered`` requests to perform."""

    TYPE: ClassVar[str] = "run.resumed"

    at_sequence: int
    torn_bytes: int
    unanswered: int
    genesis_version: str


@record
class RunInterrupted(Payload):
    """Somebody asked the run to stop; from here nothing new is decided, what is in flight is awaited."""

    TYPE: ClassVar[str] = "run.interrupted"

    by: str


StopReason = Literal["completed", "target_reached", "budget_exhausted", "stagnated", "interrupted", "failed"]


@record
class Totals:
    """What the run had done when it was let go of. ``wall_s`` leaves out the time between processes."""

    proposed: int
    rejected: int
    evaluated: int
    valid: int
    failed: int
    archived: int
    generations: int
    wall_s: float
    cost_usd: float


@record
class RunStopped(Payload):
    """A process let go of the run. ``state_digest`` is the projections' digest before this event.

    A run that was interrupted, or is ``resumable``, can be taken up again; others are finished.
    """

    TYPE: ClassVar[str] = "run.stopped"

    reason: StopReason
    message: str = ""
    best_program: str | None = None
    best_metrics: dict[str, float] = field(default_factory=dict[str, float])
    totals: Totals
    state_digest: str
    resumable: bool = False
