"""Policies: the distributions that they claim, and their edges."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis.strategy.archive import Admission, Axis, Best, Candidate, MapElites, Refusal
from genesis.strategy.mix import adaptive, choose, uniform
from genesis.strategy.parents import rank, tournament
from genesis.strategy.steps import lineage_step
from projections import Elite, Island
from projections.operators import Litter, OperatorRecord

DRAWS = 20_000


@pytest.mark.parametrize("count", [1, 2, 7, 40])
@pytest.mark.parametrize(
    "pick",
    [
        lambda count, generator: tournament(count, size=1, generator=generator),
        lambda count, generator: tournament(count, size=3, generator=generator),
        lambda count, generator: rank(count, pressure=2.0, generator=generator),
        lambda count, generator: rank(count, pressure=1.0, generator=generator),
    ],
)
def test_selection_draws_with_the_probabilities_that_it_reports(pick, count: int) -> None:
    generator = random.Random(1)
    picks = [pick(count, generator) for _ in range(DRAWS)]
    claimed = {each.index: each.probability for each in picks}
    counted = Counter(each.index for each in picks)
    assert set(counted) <= set(range(count))
    for index, probability in claimed.items():
        assert counted[index] / DRAWS == pytest.approx(probability, abs=0.02)
    assert sum(claimed.values()) <= 1 + 1e-9


def test_rank_selection_favours_the_best_by_the_pressure() -> None:
    generator = random.Random(2)
    counted = Counter(rank(10, pressure=2.0, generator=generator).index for _ in range(DRAWS))
    assert counted[0] / DRAWS == pytest.approx(0.2, abs=0.02)
    assert counted[9] == 0


def _record(tries: int, improved: int) -> OperatorRecord:
    record = OperatorRecord()
    for number in range(tries):
        record.add(proposed=True, archived=number < improved, improved=number < improved)
    return record


def test_the_mix_gives_more_tries_to_the_operator_that_has_been_improving() -> None:
    shares = adaptive({"good": _record(100, 60), "bad": _record(100, 0), "new": _record(0, 0)}, floor=0.05, horizon=200)
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["good"] > shares["new"] > shares["bad"] >= 0.05


def test_only_recent_outcomes_count() -> None:
    faded = _record(100, 60)
    for _ in range(50):
        faded.add(proposed=True, archived=False, improved=False)
    assert faded.latest(50).improved == 0
    assert faded.latest(1000).improved == faded.improved == 60
    shares = adaptive({"faded": faded, "steady": _record(50, 10)}, floor=0.05, horizon=50)
    assert shares["steady"] > shares["faded"]


def test_operators_are_chosen_by_their_shares() -> None:
    generator = random.Random(3)
    shares = {"a": 0.7, "b": 0.25, "c": 0.05}
    counted = Counter(choose(shares, generator) for _ in range(DRAWS))
    assert {name: count / DRAWS for name, count in counted.items()} == pytest.approx(shares, abs=0.02)
    assert uniform(["x", "y"]) == {"x": 0.5, "y": 0.5}


def test_steps_shrink_along_a_barren_lineage_but_long_ones_stay_possible() -> None:
    def median(litter: Litter) -> float:
        return sorted(lineage_step(litter, random.Random(number)) for number in range(2001))[1000]

    assert median(Litter(0.3, 0)) > median(Litter(0.3, 40)) > median(Litter(0.3, 400))
    steps = [lineage_step(Litter(1e-5, 500), random.Random(number)) for number in range(2000)]
    assert min(steps) < 1e-4
    assert max(steps) > 0.5
    assert all(1e-6 <= step <= 2 for step in steps)


def _island(*elites: Elite) -> Island:
    island = Island()
    for elite in elites:
        island.add(elite)
    return island


def test_map_elites_keeps_the_best_of_each_cell_and_ties_go_to_the_incumbent() -> None:
    policy = MapElites((Axis("x", 0.0, 1.0, 4), Axis("y", -1.0, 1.0, 2)))
    assert policy.cells == 8
    island = _island(Elite(-1.0, "p000001", "2/1"))
    inside = {"x": 0.6, "y": 0.5}
    assert policy.place(island, Candidate("p000002", 2.0, inside)) == Admission("2/1", "p000001", "better")
    assert policy.place(island, Candidate("p000002", 1.0, inside)) == Refusal("2/1", "p000001")
    assert policy.place(island, Candidate("p000002", 0.0, {"x": 0.1, "y": 0.5})) == Admission("0/1", None, "empty_cell")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_value_falls_into_a_bin(value: float) -> None:
    axis = Axis("x", -2.0, 3.0, 5)
    assert 0 <= axis.bin({"x": value}) <= 4
    assert axis.bin({}) == 0
    if -2 <= value < 3:
        assert -2 + axis.bin({"x": value}) <= value + 1e-12


def test_without_axes_there_is_one_cell() -> None:
    assert MapElites(()).cells == 1
    assert MapElites(()).place(Island(), Candidate("p", 1.0, {})) == Admission("0", None, "empty_cell")


def test_best_keeps_n_and_lets_the_worst_go() -> None:
    policy = Best(2)
    assert policy.cells is None
    one = _island(Elite(-1.0, "p000001", None))
    assert policy.place(one, Candidate("p000002", 0.0, {})) == Admission(None, None, "room")
    full = _island(Elite(-1.0, "p000001", None), Elite(-3.0, "p000002", None))
    assert full.ranked[0].program == "p000002"
    assert policy.place(full, Candidate("p000003", 2.0, {})) == Admission(None, "p000001", "better")
    assert policy.place(full, Candidate("p000003", 1.0, {})) == Refusal(None, "p000001")


def test_an_island_forgets_what_is_removed() -> None:
    island = _island(Elite(-1.0, "p000001", "0"), Elite(-1.0, "p000002", "1"), Elite(-2.0, "p000003", "2"))
    island.remove("p000002")
    assert [elite.program for elite in island.ranked] == ["p000003", "p000001"]
    assert "p000002" not in island and "1" not in island.cells
    with pytest.raises(KeyError):
        island.remove("p000002")
