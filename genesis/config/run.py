"""The configuration of a run, whole and resolved: what ``run.started`` records and the engine reads."""

import math
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from events.run_id import RUN_ID
from genesis.config.clickhouse import ClickHouseConfig
from genesis.config.models import BudgetConfig, LlmConfig, ModelName
from genesis.config.nats import NatsConfig

__all__ = [
    "MODEL_OPERATORS",
    "ArchiveConfig",
    "Dimension",
    "EvaluationConfig",
    "LearningConfig",
    "MutationConfig",
    "NoveltyConfig",
    "RunConfig",
    "SelectionConfig",
    "StopConfig",
    "StrategyConfig",
]

MAX_INTEGER = 2**63 - 1  # what JSON readers in other languages and the log's encoder can hold
MAX_CELLS = 1_000_000

OfflineOperator = Literal["constants", "cma_es", "syntax", "recombination"]
ModelOperator = Literal["llm_diff", "llm_rewrite", "llm_crossover", "llm_repair"]
OperatorName = Literal[OfflineOperator, ModelOperator]
MODEL_OPERATORS: tuple[ModelOperator, ...] = get_args(ModelOperator)
Count = Annotated[int, Field(ge=1, le=MAX_INTEGER)]
Seconds = Annotated[float, Field(gt=0)]
Few = Annotated[int, Field(ge=0, le=64)]
Share = Annotated[float, Field(ge=0, le=1)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Dimension(_Section):
    """One axis of a MAP-Elites archive: a metric cut into equal bins.

    Values outside the bounds fall in the first or last bin; the metric itself is never changed.
    """

    metric: str = Field(min_length=1, description="name of a metric of the problem, or of a complexity metric")
    lower: float = Field(description="where the first bin begins")
    upper: float = Field(description="where the last bin ends")
    bins: Count = Field(description="number of equal bins")

    @model_validator(mode="after")
    def _bounds_are_ordered(self) -> Self:
        if self.lower >= self.upper:
            raise ValueError(f"lower {self.lower} is not below upper {self.upper}: a dimension needs lower < upper")
        return self


class EvaluationConfig(_Section):
    """Where and within which limits candidates run. A limit of ``None`` is the problem's."""

    backend: Literal["local"] = Field(default="local", description="where candidates run")
    workers: Count = Field(
        default=1, description="candidates run at the same time; null: as many as there are usable CPUs"
    )
    sandbox: Literal["auto", "namespaces", "bubblewrap", "landlock", "plain"] = Field(
        default="auto",
        description="how a candidate is confined; auto: namespaces, else bubblewrap, else landlock; plain contains "
        "accidents only",
    )
    cache: bool = Field(default=True, description="never run the same code on the same problem twice")
    build_cache_bytes: int = Field(
        default=2 * 1024**3,
        ge=0,
        le=MAX_INTEGER,
        description="most that builds kept in the user's cache directory may take; 0: none is kept",
    )
    wall_s: Seconds | None = Field(default=None, description="seconds a candidate may take; null: the problem's")
    cpu_s: Seconds | None = Field(default=None, description="CPU seconds a candidate may use; null: the problem's")
    memory_bytes: Count | None = Field(default=None, description="memory a candidate may use; null: the problem's")
    output_bytes: Count | None = Field(
        default=None, description="bytes a candidate may return or print; null: the problem's"
    )
    processes: Count | None = Field(default=None, description="processes a candidate may have; null: the problem's")
    open_files: Count | None = Field(default=None, description="files a candidate may hold open; null: the problem's")
    disk_bytes: Count | None = Field(default=None, description="bytes a candidate may write; null: the problem's")
    validate_wall_s: Seconds = Field(
        default=30.0, description="seconds the problem's validator may take on one candidate"
    )


class MutationConfig(_Section):
    """How new programs are made."""

    workers: Count = Field(default=1, description="processes that make new programs")
    operators: tuple[OperatorName, ...] = Field(
        default=("constants", "cma_es", "syntax", "recombination", *MODEL_OPERATORS),
        strict=False,
        min_length=1,
        description="operators in use; those named llm_ when there are models",
    )
    mix: Literal["adaptive", "uniform"] = Field(
        default="adaptive",
        description="adaptive: more tries for the operator that has been improving; uniform: equal shares",
    )
    floor: float = Field(
        default=0.05, ge=0, le=1, description="least share of the tries an operator gets under mix=adaptive"
    )
    horizon: Count = Field(default=200, description="recent outcomes that count under mix=adaptive")
    cma_population: int = Field(default=20, ge=4, description="samples in one generation of the operator cma_es")
    cma_generations: Count = Field(default=150, description="generations after which a campaign of cma_es is over")
    cma_patience: int = Field(
        default=150, ge=0, description="evaluations without a better program before a campaign of cma_es begins"
    )
    cma_share: float = Field(
        default=0.8, gt=0, lt=1, description="share of the tries that a campaign of cma_es has while it goes on"
    )

    first_programs: Count = Field(
        default=4, description="programs that models write first when a problem ships no initial programs"
    )
    inspirations: Few = Field(default=3, description="other good programs that a prompt shows")
    failures: Few = Field(default=2, description="programs that went wrong that a prompt shows")
    repairs: Few = Field(default=1, description="times that llm_repair is tried on one failed program")

    @property
    def offline(self) -> tuple[str, ...]:
        """The operators in use that need no model."""
        return tuple(name for name in self.operators if name not in MODEL_OPERATORS)

    @property
    def by_model(self) -> tuple[str, ...]:
        """The operators in use that ask a model."""
        return tuple(name for name in self.operators if name in MODEL_OPERATORS)

    @model_validator(mode="after")
    def _shares_fit(self) -> Self:
        repeated = sorted({name for name in self.operators if self.operators.count(name) > 1})
        if repeated:
            raise ValueError(f"operators names {', '.join(repeated)} twice: name each operator once")
        count = max(len(self.offline), len(self.by_model))
        if self.floor * count > 1:
            raise ValueError(
                f"floor {self.floor} for each of {count} operators is more than the whole: use {1 / count:.3g} or less"
            )
        return self


class ArchiveConfig(_Section):
    """Which programs are kept to breed from."""

    kind: Literal["map_elites", "best"] = Field(
        default="map_elites",
        description="map_elites: the best program of each cell; best: the best programs, whatever they do",
    )
    capacity: Count = Field(default=64, description="programs that kind=best keeps")
    dimensions: tuple[Dimension, ...] = Field(
        default=(),
        strict=False,
        description="axes of kind=map_elites; empty: the problem's, or one cell if it has none",
    )

    @model_validator(mode="after")
    def _grid_fits(self) -> Self:
        names = [dimension.metric for dimension in self.dimensions]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"dimensions names {', '.join(repeated)} twice: one dimension a metric")
        cells = math.prod(dimension.bins for dimension in self.dimensions)
        if cells > MAX_CELLS:
            raise ValueError(f"dimensions make {cells} cells, and {MAX_CELLS} is the most: use fewer bins")
        return self


class SelectionConfig(_Section):
    """How parents are drawn from the archive."""

    kind: Literal["tournament", "rank"] = Field(
        default="tournament",
        description="tournament: the best of a few drawn at random; rank: odds fall linearly with rank",
    )
    tournament_size: Count = Field(default=3, description="programs in one draw of kind=tournament")
    pressure: float = Field(
        default=2.0,
        ge=1,
        le=2,
        description="expected picks of the best program over those of a median one, for kind=rank",
    )


class StrategyConfig(_Section):
    """What is kept and what breeds."""

    archive: ArchiveConfig = ArchiveConfig()
    selection: SelectionConfig = SelectionConfig()


class NoveltyConfig(_Section):
    """When a program of a model is too close to a known one to be worth an evaluation.

    Similarity is the share of what two programs have in common, from 0 to 1. Layout, comments and, in Python, own names
    do not count; numbers do, so that new numbers in an old program are new. What passes is compared by embeddings too,
    if there is a model for them: then similarity is the cosine of two embeddings, times the share of numbers in common,
    and has limits of its own. Where no embedding is to be had, the texts decide.
    """

    threshold: Share | None = Field(
        default=0.995,
        description="similarity to a parent, an inspiration or a kept program from which it is rejected; null: never",
    )
    grey: Share = Field(default=0.95, description="similarity from which on judge=true asks the analysis model")
    judge: bool = Field(default=False, description="ask a model whether a program between grey and threshold is new")
    compared: Few = Field(default=12, description="kept programs that a new one is held against")
    embedding: ModelName | None = Field(
        default=None,
        description="provider/model whose embeddings are compared too; null: texts alone, without any calls",
    )
    embedding_threshold: Share = Field(
        default=0.99, description="as threshold, for embeddings; what is alike differs from model to model"
    )
    embedding_grey: Share = Field(default=0.95, description="as grey, for embeddings")
    embedding_dimensions: Count | None = Field(
        default=None,
        description="numbers in an embedding, for models that can shorten theirs; null: the model's choice",
    )

    @model_validator(mode="after")
    def _thresholds_are_ordered(self) -> Self:
        if self.threshold is not None and self.grey > self.threshold:
            raise ValueError(f"grey {self.grey} is above threshold {self.threshold}: the grey zone lies below it")
        if self.embedding_grey > self.embedding_threshold:
            raise ValueError(
                f"embedding_grey {self.embedding_grey} is above embedding_threshold {self.embedding_threshold}: the "
                "grey zone lies below it"
            )
        if self.embedding is not None and self.threshold is None:
            raise ValueError(
                f"embedding is {self.embedding}, and threshold=null compares nothing: give a threshold, which holds "
                "where there is no embedding to be had, or leave embedding out"
            )
        return self


class LearningConfig(_Section):
    """What models are asked to learn on the way, within llm.analysis_share of all calls."""

    insights: bool = Field(default=True, description="lessons from programs that were admitted or are surprising")
    insights_shown: Few = Field(default=6, description="lessons that a prompt shows")
    scratchpad_every: Count | None = Field(
        default=50, description="evaluations between two revisions of what the run has learnt; null: none is kept"
    )
    prompts_every: Count | None = Field(
        default=100, description="evaluations between two new system prompts; null: prompts do not evolve"
    )
    prompts_kept: Count = Field(default=6, description="system prompts in use at a time, the packaged one included")


class StopConfig(_Section):
    """When a run is over: at the first of these rules that holds. At least one besides ``budget`` is set."""

    budget: bool = Field(
        default=True,
        description="stop once nothing more may be spent on models; false: the offline operators go on",
    )

    evaluations: Count | None = Field(default=2000, description="programs evaluated, seeds included")
    generations: Count | None = Field(default=None, description="generations completed")
    wall_s: Seconds | None = Field(default=None, description="seconds the run has been worked on, over all its resumes")
    fitness: float | None = Field(
        default=None,
        description="value of the primary metric, in its own units, that is enough; null: the problem's target",
    )
    stagnation: Count | None = Field(default=None, description="evaluations in a row without a new best")

    @model_validator(mode="after")
    def _something_ends_the_run(self) -> Self:
        names = [name for name in type(self).model_fields if name != "budget"]
        if all(getattr(self, name) is None for name in names):
            rules = ", ".join(f"stop.{name}" for name in names)
            raise ValueError(f"no stop rule is set, so the run would never end: set one of {rules}")
        return self


class RunConfig(_Section):
    """A run's resolved configuration.

    Every key has a default, so a log written before a key existed still reads. ``RunConfig.model_validate`` of
    ``model_dump(mode="json")`` gives an equal value.
    """

    experiment: str = Field(default="base", description="name of the packaged experiment the run started from")
    seed: int = Field(default=0, ge=0, le=MAX_INTEGER, description="names the random numbers of the run")
    runs_dir: str = Field(default="runs", min_length=1, description="folder that holds runs, one folder each")
    run_id: str | None = Field(
        default=None,
        pattern=RUN_ID,
        description="name of the run and its folder; null: from the time, the problem and four random digits",
    )
    window: Count = Field(
        default=16,
        description="programs in flight, being made or evaluated; null: 16, and with models twice llm.concurrency and "
        "four for each evaluation worker, so that neither side waits for the other",
    )
    ordered: bool = Field(
        default=True,
        description="commit answers in the order of their requests, so that the seed alone decides the log; null: "
        "only where no models are asked, since one slow reply would hold up all the others",
    )
    generation_size: Count = Field(default=50, description="programs counted as one generation, rejected ones included")
    duplicates: Literal["reject", "allow"] = Field(
        default="reject", description="reject: a program with the code of an earlier one is not evaluated"
    )
    llm: LlmConfig = LlmConfig()
    budget: BudgetConfig = BudgetConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
    mutation: MutationConfig = MutationConfig()
    novelty: NoveltyConfig = NoveltyConfig()
    learning: LearningConfig = LearningConfig()
    strategy: StrategyConfig = StrategyConfig()
    stop: StopConfig = StopConfig()
    nats: NatsConfig = NatsConfig()
    clickhouse: ClickHouseConfig = ClickHouseConfig()

    @model_validator(mode="after")
    def _models_and_operators_fit(self) -> Self:
        mutation = self.mutation
        if not self.llm.models and not mutation.offline:
            raise ValueError(
                f"mutation.operators {', '.join(mutation.operators)} all ask a model and there is none: "
                f"choose one with llm=…, or add an offline operator"
            )
        if self.llm.models and not mutation.by_model:
            raise ValueError(
                f"llm.models are given and no operator asks them: add one of {', '.join(MODEL_OPERATORS)} "
                f"to mutation.operators, or leave llm out"
            )
        if self.novelty.embedding is not None and not self.llm.models:
            raise ValueError(
                f"novelty.embedding is {self.novelty.embedding}, and no model proposes programs: only theirs are "
                f"compared, so choose models with llm=…, or leave novelty.embedding out"
            )
        return self
