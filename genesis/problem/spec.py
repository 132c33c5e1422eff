"""A problem as data: what it asks, how it measures, where it starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from genesis.problem.building import BuildDeclaration
from genesis.problem.cases import CasesDeclaration
from genesis.problem.stages import MODEL_KINDS, StageDeclaration, default_stages
from genesis.program import Source

__all__ = ["BehaviorDimension", "LimitOverrides", "Metric", "ProblemSpec", "Seed", "StopDefaults"]

MAX_INTEGER = 2**63 - 1  # what JSON readers in other languages and the log's encoder can hold
IS_VALID = "is_valid"

Count = Annotated[int, Field(ge=1, le=MAX_INTEGER)]
Seconds = Annotated[float, Field(gt=0)]


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Metric(_Declared):
    """One number that the validator gives for each program.

    The bounds are what an author expects: they place a program in a cell and scale a plot, and never change a value.
    """

    name: str
    description: str = Field(min_length=1)
    higher_is_better: bool
    is_primary: bool = False
    decimals: int = Field(default=5, ge=0, le=17)
    lower_bound: float | None = None
    upper_bound: float | None = None
    unit: str | None = None
    include_in_prompts: bool = True
    significant_change: float | None = Field(default=None, ge=0)
    sentinel_value: float | None = None

    @model_validator(mode="after")
    def _bounds_make_sense(self) -> Self:
        lower, upper = self.lower_bound, self.upper_bound
        if lower is not None and upper is not None and lower >= upper:
            raise ValueError(f"lower_bound {lower} is not below upper_bound {upper}: swap or change them")
        if self.is_primary and (lower is None or upper is None):
            missing = "lower_bound" if lower is None else "upper_bound"
            raise ValueError(f"the primary metric needs both bounds: add {missing}")
        if self.name == IS_VALID and (lower, upper) != (0, 1):
            raise ValueError(f"{IS_VALID} is 0 or 1: write lower_bound: 0 and upper_bound: 1")
        return self

    @model_validator(mode="after")
    def _sentinel_is_no_score(self) -> Self:
        sentinel, lower, upper = self.sentinel_value, self.lower_bound, self.upper_bound
        if sentinel is None or (lower is None and upper is None):
            return self
        if (lower is None or sentinel > lower) and (upper is None or sentinel < upper):
            raise ValueError(
                f"sentinel_value {sentinel} lies between the bounds {lower} and {upper}, where a real value may be: "
                "use one at or beyond a bound"
            )
        return self


class BehaviorDimension(_Declared):
    """One axis along which programs are kept apart: a metric from ``lower`` to ``upper`` in equal bins."""

    metric: str = Field(min_length=1)
    lower: float
    upper: float
    bins: Count

    @model_validator(mode="after")
    def _bounds_are_ordered(self) -> Self:
        if self.lower >= self.upper:
            raise ValueError(f"lower {self.lower} is not below upper {self.upper}: swap or change them")
        return self


class LimitOverrides(_Declared):
    """What the problem says a candidate may use; None where it says nothing."""

    wall_s: Seconds | None = None
    cpu_s: Seconds | None = None
    memory_bytes: Count | None = None
    output_bytes: Count | None = None
    processes: Count | None = None
    open_files: Count | None = None
    disk_bytes: Count | None = None
    network: bool | None = None
    reserves: bool | None = None

    def given(self) -> dict[str, int | float]:
        """The limits that the problem sets, by name."""
        return self.model_dump(exclude_none=True)


class StopDefaults(_Declared):
    """When a run of this problem is over, unless the user says otherwise; None where it says nothing."""

    evaluations: Count | None = None
    generations: Count | None = None
    wall_s: Seconds | None = None
    stagnation: Count | None = None


@dataclass(frozen=True, slots=True)
class Seed:
    """An initial program; its name is that of its directory, or of its file without the suffix."""

    name: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemSpec:
    """Everything about a problem that a run needs, none of it executed.

    Attributes:
        name: Name of the directory.
        directory: Absolute path.
        digest: SHA-256, hexadecimal, over all files that can change a score.
        description: The task, whole, as prompts show it.
        metrics: In the order of declaration; exactly one is primary.
        seeds: Sorted by name; none where models write the first programs.
        language: Name of the programs' language.
        entrypoint: Name of the function a program defines.
        helper: Text of ``helper.py``, importable by programs and validator.
        has_context: Whether ``build_context`` exists, and so the entry point and ``validate`` take the context first.
        preload: Installed modules that seeds and helper import, sorted: worth having warm before programs start.
        limits: What a program may use.
        behavior: Axes along which programs are kept apart; may be empty.
        target: Value of the primary metric that is good enough, in its own units.
        stop: When a run is over.
        build: How programs are built, over what their language says.
        cases: How programs are run on cases, and how their answers are compared and timed.
        case_names: Cases that ``cases/`` holds, sorted.
        generates_cases: Whether ``cases.py`` makes more.
        stages: The pipeline, its edges written out, in the order of declaration.
    """

    name: str
    directory: Path
    digest: str
    description: str
    metrics: tuple[Metric, ...]
    seeds: tuple[Seed, ...]
    language: str = "python"
    entrypoint: str = "entrypoint"
    helper: str | None = None
    has_context: bool = False
    preload: tuple[str, ...] = ()
    limits: LimitOverrides = field(default_factory=LimitOverrides)
    behavior: tuple[BehaviorDimension, ...] = ()
    target: float | None = None
    stop: StopDefaults = field(default_factory=StopDefaults)
    build: BuildDeclaration = field(default_factory=BuildDeclaration)
    cases: CasesDeclaration = field(default_factory=CasesDeclaration)
    case_names: tuple[str, ...] = ()
    generates_cases: bool = False
    stages: tuple[StageDeclaration, ...] = field(
        default_factory=lambda: default_stages(command=False, builds=False, checks=True)
    )

    @property
    def model_stages(self) -> tuple[str, ...]:
        """Stages that a language model performs: a run needs one for them."""
        return tuple(stage.name for stage in self.stages if stage.performs in MODEL_KINDS)

    @property
    def scores(self) -> tuple[StageDeclaration, ...]:
        """Stages in which a model scores programs, each with its metric and range."""
        return tuple(stage for stage in self.stages if stage.performs == "score")

    @property
    def measured(self) -> tuple[str, ...]:
        """Declared metrics that the validator has to give: all but those of score stages."""
        scored = {stage.metric for stage in self.scores}
        return tuple(metric.name for metric in self.metrics if metric.name not in scored)

    @property
    def primary(self) -> Metric:
        """The metric that is searched for."""
        return next(metric for metric in self.metrics if metric.is_primary)

    def fitness(self, metrics: Mapping[str, float]) -> float:
        """A program's fitness: its primary metric, negated where lower is better, so that more is always better.

        Raises:
            KeyError: ``metrics`` lacks the primary metric.
        """
        value = metrics[self.primary.name]
        return value if self.primary.higher_is_better else -value

    def config_defaults(self) -> dict[str, dict[str, float | int]]:
        """What the problem asks of a run's configuration, nested as its keys are."""
        stop: dict[str, float | int] = self.stop.model_dump(exclude_none=True)
        return {"stop": stop if self.target is None else {**stop, "fitness": self.target}}
