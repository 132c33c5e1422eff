"""CMA-ES as a function of facts: the same from a cold start, and it searches."""

import math
import random
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from genesis.mutation.literals import numbers_of
from genesis.mutation.operators.cma_es import CmaEs
from genesis.mutation.operators.port import Breeding, BreedingError, Proposal, Rejection
from genesis.program import Source
from tests.mutation.programs import POINTS, program

Told = list[list[float | None]]
BASE = program("x = [1.0, 2.0, -1.5, 0.5]\nn = 3\n")


def breeding(told: Told, index: int, source: Source = BASE, *, population: int = 8, step: float = 0.3) -> Breeding:
    facts = {"population": population, "step": step, "told": told, "index": index, "campaign_draw": "5/campaign/2"}
    return Breeding((source,), "python", facts, "")


def member(operator: CmaEs, told: Told, index: int, source: Source = BASE) -> Source:
    answer = operator.propose(breeding(told, index, source))
    assert isinstance(answer, Proposal), answer
    return answer.source


def reals(source: Source) -> list[float]:
    numbers = numbers_of(source)
    assert not isinstance(numbers, str)
    return [literal.value for literal in numbers.literals if literal.is_float]


def campaign(operator: CmaEs, generations: int, fitness: Callable[[Sequence[float]], float | None]) -> Told:
    told: Told = []
    for _ in range(generations):
        told.append([fitness(reals(member(operator, told, index))) for index in range(8)])
    return told


def sphere(x: Sequence[float]) -> float:
    return -sum((value - target) ** 2 for value, target in zip(x, (0.3, -1.2, 0.7, 2.5), strict=True))


def sphere_with_holes(x: Sequence[float]) -> float | None:
    return None if math.sin(40 * x[0]) > 0.5 else sphere(x)


def test_a_cold_start_gives_the_same_member_at_every_point() -> None:
    warm = CmaEs()
    told = campaign(warm, 12, sphere_with_holes)
    for generations in (0, 1, 5, 12):
        for index in (0, 7):
            assert member(CmaEs(), told[:generations], index) == member(warm, told[:generations], index)


def test_facts_that_differ_in_the_past_are_not_mixed_up() -> None:
    warm = CmaEs()
    told = campaign(warm, 4, sphere)
    other = [told[0], [value if value is None else -value for value in told[1]], *told[2:]]
    assert member(warm, other, 3) == member(CmaEs(), other, 3) != member(warm, told, 3)


def test_many_campaigns_share_one_operator() -> None:
    warm = CmaEs()
    sources = [program(f"x = [{i}.5, 2.0]\n") for i in range(40)]
    rounds = [[member(warm, [], 0, source) for source in sources] for _ in range(2)]
    assert rounds[0] == rounds[1] == [member(CmaEs(), [], 0, source) for source in sources]


def test_only_reals_move() -> None:
    assert member(CmaEs(), [], 0).text.endswith("\nn = 3\n")
    source = program(POINTS)
    assert [line for line in member(CmaEs(), [], 0, source).text.split("\n") if "range" in line] == [
        "    for i in range(3):"
    ]


def test_it_finds_the_centre_of_a_sphere() -> None:
    told = campaign(CmaEs(), 60, sphere)
    assert max(value for value in told[-1] if value is not None) > -1e-5


def test_invalid_members_are_survived() -> None:
    told = campaign(CmaEs(), 60, sphere_with_holes)
    best = max(value for generation in told for value in generation if value is not None)
    assert best > -1e-2


def test_generations_without_any_valid_member_shrink_the_step() -> None:
    def spread(told: Told) -> float:
        return float(np.std([reals(member(CmaEs(), told, index)) for index in range(8)], axis=0).mean())

    assert spread([[None] * 8] * 15) < spread([]) / 3


def test_the_samples_of_a_generation_follow_its_covariance() -> None:
    # The square root is ours and not the package's, so it is held against what the package would sample.
    told = campaign(CmaEs(), 25, lambda x: -sum((10**i * value) ** 2 for i, value in enumerate(x)))
    operator = CmaEs()
    operator.propose(breeding(told, 0))
    warm = next(iter(operator._warm.values()))  # pyright: ignore[reportPrivateUsage]  the optimiser has no other door
    theirs = np.array([warm.optimiser.ask() for _ in range(4000)])
    ours: list[list[float]] = []
    for i in range(500):
        warm.stream = f"sample/{i}"
        warm.sample()
        ours += [one.vector.tolist() for one in warm.members]
    assert np.cov(np.array(ours).T) == pytest.approx(
        np.cov(theirs.T), rel=0.25, abs=0.05 * float(np.cov(theirs.T).max())
    )


def test_absurd_fitness_is_only_an_order() -> None:
    generator = random.Random(1)
    order = [generator.sample(range(8), 8) for _ in range(5)]
    tame: Told = [[float(place) for place in generation] for generation in order]
    wild: Told = [[10.0 ** (40 * place) for place in generation] for generation in order]
    assert member(CmaEs(), tame, 0) == member(CmaEs(), wild, 0)


@pytest.mark.parametrize("value", [1.0, None, math.nan, math.inf])
def test_a_flat_campaign_ends_or_goes_on_but_never_breaks(value: float | None) -> None:
    for generations in (1, 30, 200):
        answer = CmaEs().propose(breeding([[value] * 8] * generations, 0))
        assert isinstance(answer, Proposal) or "ended by itself" in answer.message


@pytest.mark.parametrize("count", [1, 201])
def test_too_few_or_too_many_numbers(count: int) -> None:
    answer = CmaEs().propose(breeding([], 0, program(f"x = {[0.5] * count}\n")))
    assert isinstance(answer, Rejection)
    assert answer.message == f"{count} real numbers may change in this program: CMA-ES works on 2 to 200 of them"


@pytest.mark.parametrize(
    ("told", "index", "population", "step", "message"),
    [
        ([], 8, 8, 0.3, "parameter index is 8: a generation has members 0 to 7"),
        ([[1.0] * 7], 0, 8, 0.3, "one fitness for each of 8 members"),
        ([], 0, 3, 0.3, "4 members or more"),
        ([], 0, 8, 0.0, "a positive step"),
    ],
)
def test_misuse_is_named(told: Told, index: int, population: int, step: float, message: str) -> None:
    with pytest.raises(BreedingError, match=message):
        CmaEs().propose(breeding(told, index, population=population, step=step))
