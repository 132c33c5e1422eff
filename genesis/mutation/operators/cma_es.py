"""CMA-ES over the real numbers of one program, rebuilt from facts at every step.

A campaign is a base program, the name of its stream of random numbers and the fitness of every member that was tried.
Its whole state follows from these, so a run can be killed, forked or moved to another machine in the middle of a
campaign. The optimiser of a campaign that is still warm is kept, and then a proposal costs one update at most.

Hansen, The CMA Evolution Strategy: A Tutorial (2016), as the ``cmaes`` package has it.
"""

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from genesis.mutation.literals import Literal, numbers_of, rounded, write_number
from genesis.mutation.operators.port import Breeding, BreedingError, Proposal, Rejection
from genesis.mutation.python_text import edited
from genesis.rng import draw

if TYPE_CHECKING:
    from cmaes import CMA  # pyright: ignore[reportMissingTypeStubs]  typed inside, but without its marker file

__all__ = ["CmaEs"]

Generation: TypeAlias = Sequence[float | None]
Vector: TypeAlias = NDArray[np.float64]

_FEWEST: Final = 2
_MOST: Final = 200
_FEWEST_MEMBERS: Final = 4
_KEPT_CAMPAIGNS: Final = 16
# In units of each number's scale: a search that is this far from its base found nothing to stop it.
_FARTHEST: Final = 1e9


@dataclass(frozen=True, slots=True)
class _Member:
    """One point of a generation: the numbers as written, their coordinates, and how unlikely they were."""

    values: tuple[float, ...]
    vector: Vector
    distance: float


@dataclass(slots=True)
class _Campaign:
    """An optimiser, the generations it was told and the members of the next."""

    base: Vector
    scale: Vector
    stream: str
    optimiser: "CMA"
    told: list[list[float | None]] = field(default_factory=list[list[float | None]])
    members: list[_Member] = field(default_factory=list[_Member])
    is_over: bool = False

    def advance(self, fitness: Generation) -> None:
        """Take the fitness of the current members and sample the next ones."""
        self.optimiser.tell(
            [(member.vector, float(rank)) for member, rank in zip(self.members, self.ranks(fitness), strict=True)]
        )
        self.told.append(list(fitness))
        self.sample()

    def ranks(self, fitness: Generation) -> list[int]:
        """The place of each member, best first, equals sharing one.

        CMA-ES reads nothing but the order, and places are safe from infinite or absurd fitness. Members without a
        fitness come last, the likelier ones first: a generation without any valid member then shrinks the step.
        """
        keys = [
            (0, -value) if value is not None and math.isfinite(value) else (1, member.distance)
            for member, value in zip(self.members, fitness, strict=True)
        ]
        places = {key: place for place, key in enumerate(sorted(set(keys)))}
        return [places[key] for key in keys]

    def sample(self) -> None:
        # ask() goes through eigenvectors, and where eigenvalues coincide their choice is left to rounding, so that
        # another machine would sample other points. The symmetric square root of the covariance is unique.
        basis, lengths = self.optimiser._eigen_decomposition()  # pyright: ignore[reportPrivateUsage]  see above
        sigma = float(self.optimiser._sigma)  # pyright: ignore[reportPrivateUsage]  there is no public name for it
        root: Vector = sigma * (basis * lengths) @ basis.T
        spread = np.linalg.norm(root, axis=1) * self.scale
        rng = draw(f"{self.stream}/{len(self.told)}")
        mean: Vector = self.optimiser.mean
        self.members = [
            self.member(mean + root @ z, float(np.linalg.norm(z)), spread)
            for z in (np.array([rng.gauss(0.0, 1.0) for _ in mean]) for _ in range(self.optimiser.population_size))
        ]
        self.is_over = self.optimiser.should_stop() or not bool(np.all(np.abs(mean) + sigma < _FARTHEST))

    def member(self, vector: Vector, distance: float, spread: Vector) -> _Member:
        exact = (self.base + self.scale * vector).tolist()
        values = tuple(rounded(value, step) for value, step in zip(exact, spread.tolist(), strict=True))
        # What is told must be what was tried.
        return _Member(values, (np.array(values) - self.base) / self.scale, distance)


_Key: TypeAlias = tuple[tuple[float, ...], tuple[float, ...], str, int, float]


@dataclass(frozen=True, slots=True)
class CmaEs:
    """The next member of a CMA-ES campaign over all real numbers that may change in the first parent.

    Parameters of the breeding: ``campaign_draw``, the name of the campaign's stream; ``population``, members of a
    generation, 4 or more; ``step``, the first standard deviation relative to each number's scale, positive; ``told``,
    the finished generations, each the fitness of its members in order, higher is better, ``None`` for an invalid one;
    ``index``, which member of the next generation. The breeding's own ``draw`` is not used.
    """

    name: str = "cma_es"
    parents: int = 1
    _warm: OrderedDict[_Key, _Campaign] = field(default_factory=OrderedDict[_Key, _Campaign], compare=False, repr=False)

    def propose(self, breeding: Breeding) -> Proposal | Rejection:
        """The base program with all its real numbers moved; everything else byte for byte as it was."""
        numbers = numbers_of(breeding.parents[0])
        if isinstance(numbers, str):
            return Rejection("not_applicable", numbers)
        reals = [(one, size) for one, size in zip(numbers.literals, numbers.sizes, strict=True) if one.is_float]
        literals = [literal for literal, _ in reals]
        if not _FEWEST <= len(literals) <= _MOST:
            rule = f"CMA-ES works on {_FEWEST} to {_MOST} of them"
            return Rejection("not_applicable", f"{len(literals)} real numbers may change in this program: {rule}")
        campaign = self.campaign(breeding, reals)
        generation = len(campaign.told)
        if campaign.is_over:
            return Rejection("not_applicable", f"the campaign ended by itself after {generation} generations")
        index = breeding.whole("index")
        if not 0 <= index < len(campaign.members):
            raise BreedingError(
                f"parameter index is {index}: a generation has members 0 to {len(campaign.members) - 1}"
            )
        values = campaign.members[index].values
        edits = [(literal.file, write_number(literal, value)) for literal, value in zip(literals, values, strict=True)]
        place = f"generation {generation}, member {index + 1} of {len(campaign.members)}"
        return Proposal(
            source=edited(breeding.parents[0], edits),
            name=f"cma_es: {place}, {len(literals)} literals",
            rationale=f"Sampled {len(literals)} numbers as {generation} earlier generations of the campaign suggest.",
        )

    def campaign(self, breeding: Breeding, reals: Sequence[tuple[Literal, float]]) -> _Campaign:
        """The campaign with every generation told, warm where possible."""
        told = breeding.generations("told")
        population, step = breeding.whole("population"), breeding.real("step")
        if population < _FEWEST_MEMBERS or step <= 0:
            rule = f"CMA-ES needs {_FEWEST_MEMBERS} members or more and a positive step"
            raise BreedingError(f"parameters population {population} and step {step}: {rule}")
        if any(len(generation) != population for generation in told):
            raise BreedingError(f"parameter told: every generation has one fitness for each of {population} members")
        base = tuple(float(literal.value) for literal, _ in reals)
        key: _Key = (base, tuple(size for _, size in reals), breeding.text("campaign_draw"), population, step)
        campaign = self._warm.pop(key, None)
        if campaign is None or campaign.told != list(told[: len(campaign.told)]):
            campaign = _started(key)
        for generation in told[len(campaign.told) :]:
            if campaign.is_over:
                break
            campaign.advance(generation)
        self._warm[key] = campaign
        if len(self._warm) > _KEPT_CAMPAIGNS:
            self._warm.popitem(last=False)
        return campaign


def _started(key: _Key) -> _Campaign:
    # It imports scipy.stats, a second of CPU that a worker should not spend before its first proposal.
    from cmaes import CMA  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]  as above

    base, scale, stream, population, step = key
    optimiser = CMA(mean=np.zeros(len(base)), sigma=step, population_size=population, seed=0)
    campaign = _Campaign(np.array(base), np.array(scale), stream, optimiser)
    campaign.sample()
    return campaign
