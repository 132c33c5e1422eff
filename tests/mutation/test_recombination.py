"""The recombination operator: what it takes from the second parent, and where it puts it."""

from genesis.mutation.literals import numbers_of
from genesis.mutation.operators.port import Breeding, Proposal, Rejection
from genesis.mutation.operators.recombination import Recombination
from genesis.program import Source
from tests.mutation.programs import POINTS, program


def children(first: Source | str, second: Source | str, count: int = 80) -> dict[str, str]:
    """The texts that come of two parents in many draws, by text, with their names."""
    parents = tuple(program(parent) if isinstance(parent, str) else parent for parent in (first, second))
    found: dict[str, str] = {}
    for i in range(count):
        answer = Recombination().propose(Breeding(parents, "python", {}, str(i)))
        assert isinstance(answer, Proposal)
        found[answer.source.text] = answer.name
    return found


def reals(text: str) -> list[float | int]:
    numbers = numbers_of(program(text))
    assert not isinstance(numbers, str)
    return [literal.value for literal in numbers.literals]


def test_functions_of_the_same_name_change_places() -> None:
    first = "def f(x):\n    return x\n\n\ndef g(x):\n    return f(x)\n"
    second = "def g(x):\n    '''Other.'''\n    return -x\n\n\ndef h(x):\n    return x\n"
    assert children(first, second) == {
        "def f(x):\n    return x\n\n\ndef g(x):\n    '''Other.'''\n    return -x\n": "recombination: function g"
    }


def test_methods_are_matched_within_their_class() -> None:
    first = "class A:\n    def f(self):\n        return self\n\n\ndef f(x):\n    return x\n"
    second = "class A:\n    def f(self):\n        return None\n"
    assert list(children(first, second)) == [first.replace("return self", "return None")]


def test_values_of_the_same_name_change_places() -> None:
    first = "x = y = 2\na = x + y\nb = y\n"
    second = "x = y = 3\nb = 1\nc = x\na = (x\n     * y)\n"
    assert {"x = y = 2\na = (x\n     * y)\nb = y\n", "x = y = 2\na = x + y\nb = 1\n"} == set(children(first, second))


def test_a_part_that_needs_what_the_first_parent_lacks_stays_where_it_is() -> None:
    first = "def f(x):\n    return x\n\n\ndef g(x):\n    return f(x) + unknown\n"
    second = "import math\n\n\ndef f(x):\n    return math.exp(x)\n\n\ndef g(x):\n    return -x\n"
    assert list(children(first, second)) == [first.replace("f(x) + unknown", "-x")]


def test_rows_of_points_stay_together_more_often_than_not() -> None:
    first = "P = [(0.0, 0.25), (1.0, 1.25), (2.0, 2.25), (3.0, 3.25)]\n"
    second = "P = [(10.0, 10.25), (11.0, 11.25), (12.0, 12.25), (13.0, 13.25)]\n"
    taken = [
        [value >= 10 for value in reals(text)]
        for text in children(first, second, 300)
        if all(value % 1 in {0.0, 0.25} for value in reals(text))
    ]
    whole = [pattern for pattern in taken if pattern[::2] == pattern[1::2]]
    assert len(whole) > 8
    assert any(any(pattern) and not all(pattern) for pattern in whole)


def test_blends_lie_between_or_a_little_beyond() -> None:
    for text in children("x = [1.0, 1.0, 1.0]\n", "x = [2.0, 2.0, 2.0]\n"):
        assert all(0.75 <= value <= 2.25 for value in reals(text))


def test_whole_numbers_are_taken_and_never_blended() -> None:
    for text in children("x = [1, 2, 3, 4]\n", "x = [5, 6, 7, 8]\n"):
        assert all(value in pair for value, pair in zip(reals(text), ((1, 5), (2, 6), (3, 7), (4, 8)), strict=True))


def test_arrays_of_the_same_shape_cross_whatever_they_are_called() -> None:
    first = "A = [(0.5, 1.5), (2.5, 3.5)]\n\n\ndef f():\n    return A\n"
    second = "def g():\n    x = [777.5, 888.5, 999.5]\n    return x, [(14.5, 15.5), (16.5, 17.5)]\n"
    texts = children(first, second)
    assert all(text.endswith(")]\n\n\ndef f():\n    return A\n") for text in texts)
    assert all(name.endswith("of 4 literals") for name in texts.values())
    assert not any(value in text for text in texts for value in ("777.5", "888.5", "999.5"))


def test_only_what_may_change_is_taken() -> None:
    second = POINTS.replace("9.25", "8.25").replace("2.5", "3.5").replace("0.75", "0.875").replace("max(p)", "min(p)")
    for text in children(POINTS, second):
        assert "LIMIT = 9.25" in text
        assert "area(p, q) * 2.5" in text


def test_the_first_parent_is_not_turned_into_the_second() -> None:
    first, second = "x = [0.5, 1.5]\n", "x = [2.5, 3.5]\n"
    numbers = [text for text, name in children(first, second).items() if "literals" in name]
    assert numbers
    assert second not in numbers


def test_parents_with_nothing_in_common_or_no_difference_are_not_applicable() -> None:
    for first, second in (("x = 0.5\n", "x = 0.5\n"), ("x = y\n", "z = y\n"), ("x = [0.5]\n", "print(0.25)\n")):
        answer = Recombination().propose(Breeding((program(first), program(second)), "python", {}, "a"))
        assert isinstance(answer, Rejection)
        assert answer.reason == "not_applicable"
