"""What decisions read: the projections of the run, folded together."""

from events.envelope import Event
from events.types import ProblemRecord, RunStarted
from genesis.config.run import RunConfig
from genesis.engine.requests import Requests
from genesis.strategy.archive import ArchivePolicy, Axis, Best, MapElites
from projections import (
    Archive,
    Budget,
    Campaigns,
    Embeddings,
    Lessons,
    Models,
    Operators,
    Plain,
    Population,
    Progress,
    Projection,
    Prompts,
    RunProjection,
    Standing,
    Trials,
    takes,
)
from projections import digest as digest_of

__all__ = ["State"]


class State(Projection):
    """The run so far. A fold changes it in place; nobody else does.

    It is a projection itself. It grows by ids, numbers and fitness, never by code: texts are read from the log by
    sequence.
    """

    def __init__(self) -> None:
        self.run = RunProjection()
        self.population = Population()
        self.archive = Archive()
        self.operators = Operators()
        self.campaigns = Campaigns()
        self.budget = Budget()
        self.progress = Progress()
        self.requests = Requests()
        self.models = Models()
        self.trials = Trials()
        self.standing = Standing()
        self.prompts = Prompts(self.standing)
        self.lessons = Lessons(self.standing, self.progress)
        self.embeddings = Embeddings()
        self._config: RunConfig | None = None
        self._policy: ArchivePolicy | None = None
        self.parts = (*self._projections().values(), *self._of_models().values(), self.embeddings)

    @property
    def config(self) -> RunConfig:
        """The run's configuration.

        Raises:
            LookupError: The run has not started.
        """
        if self._config is None:
            raise LookupError("the run has not started, so it has no configuration")
        return self._config

    @property
    def problem(self) -> ProblemRecord:
        """The problem as the run recorded it.

        Raises:
            LookupError: The run has not started.
        """
        if self.run.started is None:
            raise LookupError("the run has not started, so it has no problem")
        return self.run.started.problem

    @property
    def policy(self) -> ArchivePolicy:
        """How programs are placed.

        Raises:
            LookupError: The run has not started.
        """
        if self._policy is None:
            raise LookupError("the run has not started, so it has no archive policy")
        return self._policy

    @property
    def seed(self) -> int:
        """What names the run's random numbers."""
        return self.config.seed

    @takes(RunStarted)
    def _started(self, _: Event, data: RunStarted) -> None:
        self._config = RunConfig.model_validate(data.config)
        self._policy = _policy(self._config, data.problem)

    def digest(self) -> str:
        """SHA-256 of the whole state, times and measured resources left out: equal for runs that decided alike."""
        return digest_of(self._shown())

    def snapshot(self) -> Plain:
        """Every projection's snapshot, by name."""
        return {name: projection.snapshot() for name, projection in self._shown().items()}

    def _shown(self) -> dict[str, Projection]:
        """What is of models or of embeddings is left out where there are none, so that digests of other runs stand."""
        of_models = self._of_models() if self.models.asked else {}
        of_embeddings: dict[str, Projection] = {"embeddings": self.embeddings} if self.embeddings.places else {}
        return {**self._projections(), **of_models, **of_embeddings}

    def _projections(self) -> dict[str, Projection]:
        return {
            "run": self.run,
            "population": self.population,
            "archive": self.archive,
            "operators": self.operators,
            "campaigns": self.campaigns,
            "budget": self.budget,
            "progress": self.progress,
            "requests": self.requests,
        }

    def _of_models(self) -> dict[str, Projection]:
        return {
            "models": self.models,
            "trials": self.trials,
            "standing": self.standing,
            "prompts": self.prompts,
            "lessons": self.lessons,
        }


def _policy(config: RunConfig, problem: ProblemRecord) -> ArchivePolicy:
    archive = config.strategy.archive
    match archive.kind:
        case "best":
            return Best(archive.capacity)
        case "map_elites":
            dimensions = archive.dimensions or problem.behavior
            return MapElites(tuple(Axis(each.metric, each.lower, each.upper, each.bins) for each in dimensions))
