"""The constants operator: which numbers it moves, how far, and that this searches."""

import statistics

import pytest

from genesis.mutation.literals import numbers_of
from genesis.mutation.operators.constants import Constants, choose, move
from genesis.mutation.operators.port import Breeding, BreedingError, Parameter, Proposal, Rejection
from genesis.program import Source
from genesis.rng import draw
from tests.mutation.programs import POINTS, program


def proposed(source: Source, name: str, **parameters: Parameter) -> Proposal:
    answer = Constants().propose(Breeding((source,), "python", {"step": 0.1, **parameters}, name))
    assert isinstance(answer, Proposal)
    return answer


def values(source: Source) -> list[float | int]:
    numbers = numbers_of(source)
    assert not isinstance(numbers, str)
    return [literal.value for literal in numbers.literals]


def test_only_the_text_of_numbers_changes() -> None:
    source = program("x = [(0.5,   1.5),  # why\n     (2.5, 3.5)]\n")
    for i in range(50):
        text = proposed(source, str(i)).source.text
        assert "".join(c for c in text if c not in "-+.e0123456789") == "x = [(,   ),  # why\n     (, )]\n"


def test_types_stay() -> None:
    source = program("x = [1, 2, 3, 4]\ny = [0.5, 1.5]\nz = 7\n")
    before = [type(value) for value in values(source)]
    assert all([type(value) for value in values(proposed(source, str(i)).source)] == before for i in range(100))


def test_a_count_is_obeyed_and_told() -> None:
    source = program(f"x = {[i + 0.5 for i in range(10)]}\n")
    answer = proposed(source, "a", count=3, step=0.25)
    changed = [old != new for old, new in zip(values(source), values(answer.source), strict=True)]
    assert sum(changed) == 3
    assert answer.name == "constants: 3 of 10 literals, step 0.25"


def test_points_mostly_move_as_points() -> None:
    numbers = numbers_of(program(POINTS.replace("= 0.0", "= z").replace("< 0.0", "< z")))
    assert not isinstance(numbers, str)
    points = [i for i, literal in enumerate(numbers.literals) if literal.is_float]
    picks = [choose(numbers.literals, draw(str(i)), 0) for i in range(1000)]
    rows = {tuple(points[i : i + 2]) for i in range(0, len(points), 2)}
    assert sum(tuple(pick) in rows for pick in picks) > 400
    assert any(pick == points for pick in picks)
    assert any(len(pick) == 1 and pick[0] in points for pick in picks)


def test_counters_and_bounds_move_rarely_when_there_are_reals() -> None:
    numbers = numbers_of(program("x = 0.5\nfor i in range(8): x = x + a[3] * 2\n"))
    assert not isinstance(numbers, str)
    picks = [choose(numbers.literals, draw(str(i)), 0) for i in range(2000)]
    times = [sum(i in pick for pick in picks) for i in range(4)]
    assert times[0] > 1600
    assert 0 < times[1] < times[3] < 250
    assert 0 < times[2] < times[3]


def test_whole_numbers_move_freely_when_there_is_nothing_else() -> None:
    source = program("x = [[2, 0, 0], [0, 2, 0], [0, 0, 2]]\n")
    moved = {tuple(values(proposed(source, str(i)).source)) for i in range(50)}
    assert len(moved) > 30


@pytest.mark.parametrize("value", [0.5, 1e100, -1e-300, 0.0, 3, -(2**53)])
def test_a_moved_value_is_finite_and_of_its_type(value: float) -> None:
    for sigma in (1e-12, 1.0, 1e308):
        for i in range(50):
            moved = move(value, sigma, draw(str(i)))
            assert type(moved) is type(value)
            assert abs(moved) <= 1e100


def test_half_of_all_steps_are_shorter_than_sigma_and_both_ways() -> None:
    moves = [move(5.0, 0.01, draw(str(i))) - 5.0 for i in range(2000)]
    assert statistics.median(map(abs, moves)) == pytest.approx(0.01, rel=0.15)
    assert 900 < sum(step > 0 for step in moves) < 1100


def test_numbers_stay_short() -> None:
    assert all(len(proposed(program("x = 0.5\n"), str(i), step=0.1).source.text) < 20 for i in range(100))


def test_a_step_below_the_resolution_is_no_proposal() -> None:
    answer = Constants().propose(Breeding((program("x = 0.5\n"),), "python", {"step": 1e-300}, "a"))
    assert answer == Rejection("not_applicable", "step 1e-300 is too small to change any of the chosen numbers")


def test_a_missing_step_is_a_misuse() -> None:
    with pytest.raises(BreedingError, match="parameter step is None"):
        Constants().propose(Breeding((program("x = 0.5\n"),), "python", {}, "a"))


def test_it_finds_the_centre_of_a_sphere() -> None:
    centre = [0.3, -1.2, 0.7, 2.5, -0.4]
    best, step = program("x = [1.0, 1.0, 1.0, 1.0, 1.0]\n"), 0.1
    loss = start = sum((a - b) ** 2 for a, b in zip(values(best), centre, strict=True))
    for i in range(1500):
        offer = proposed(best, f"sphere/{i}", step=step).source
        offered = sum((a - b) ** 2 for a, b in zip(values(offer), centre, strict=True))
        best, loss, step = (offer, offered, step * 1.5) if offered < loss else (best, loss, max(1e-9, step * 0.93))
    assert loss < start * 1e-8
