"""CMA-ES campaigns: which programs were drawn in which generation of which campaign, and how fit they were."""

from dataclasses import dataclass, field

from events.envelope import Event
from events.types import EvaluationFailed, MutationRejected, MutationRequested, ProgramEvaluated
from projections.fold import Plain, Projection, takes

__all__ = ["Campaign", "Campaigns"]


@dataclass(slots=True)
class Campaign:
    """One campaign around one base program.

    Attributes:
        number: From 0.
        base: The program whose literals are searched.
        island: Where it goes on.
        population: Members of a generation.
        sigma: Initial step size, relative.
        generations: Members' ids by generation, in index order.
        outcomes: Settled member to its fitness, None when it has none.
        unfit: A member was rejected because the base has no literals to search.
    """

    number: int
    base: str
    island: int
    population: int
    sigma: float
    generations: list[list[str]] = field(default_factory=list[list[str]])
    outcomes: dict[str, float | None] = field(default_factory=dict[str, float | None])
    unfit: bool = False

    def told(self, generation: int) -> list[list[float | None]]:
        """Members' fitness in every generation before ``generation``, in index order; all of them are settled."""
        return [[self.outcomes[member] for member in members] for members in self.generations[:generation]]


class Campaigns(Projection):
    """All campaigns, by number."""

    def __init__(self) -> None:
        self.campaigns: dict[int, Campaign] = {}
        self._member_of: dict[str, Campaign] = {}

    def latest(self, island: int) -> Campaign | None:
        """The newest campaign of an island, None when there was none."""
        return next((each for each in reversed(self.campaigns.values()) if each.island == island), None)

    @takes(MutationRejected)
    def _rejected(self, _: Event, data: MutationRejected) -> None:
        campaign = self._settle(data.program, None)
        if campaign is not None and data.reason == "not_applicable":
            campaign.unfit = True

    @takes(ProgramEvaluated)
    def _evaluated(self, _: Event, data: ProgramEvaluated) -> None:
        self._settle(data.program, data.fitness)

    @takes(EvaluationFailed)
    def _failed(self, _: Event, data: EvaluationFailed) -> None:
        self._settle(data.program, None)

    @takes(MutationRequested)
    def _join(self, _: Event, data: MutationRequested) -> None:
        if "campaign" not in data.parameters:
            return
        number, generation, population, sigma = (
            data.parameters[name] for name in ("campaign", "generation", "population", "sigma")
        )
        if not (isinstance(number, int) and isinstance(generation, int) and isinstance(population, int)):
            raise TypeError(f"{data.program}: campaign, generation and population are whole numbers")
        if not isinstance(sigma, float):
            raise TypeError(f"{data.program}: sigma is a number")
        campaign = self.campaigns.get(number)
        if campaign is None:
            campaign = Campaign(number, data.parents[0], data.island, population, sigma)
            self.campaigns[number] = campaign
        if generation == len(campaign.generations):
            campaign.generations.append([])
        campaign.generations[generation].append(data.program)
        self._member_of[data.program] = campaign

    def _settle(self, program: str, fitness: float | None) -> Campaign | None:
        campaign = self._member_of.pop(program, None)
        if campaign is not None:
            campaign.outcomes[program] = fitness
        return campaign

    def snapshot(self) -> Plain:
        """Every campaign's members and outcomes."""
        return {
            str(each.number): [each.base, list(map(list, each.generations)), each.outcomes]
            for each in self.campaigns.values()
        }
