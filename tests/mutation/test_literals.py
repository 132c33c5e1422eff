"""The numbers of a program: which there are, where, in what arrays, of what size; and how others are written there."""

import ast

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from genesis.mutation.literals import Literal, find_literals, numbers_of, rounded, scales, write_number
from genesis.mutation.python_text import edited, read_python
from tests.mutation.programs import POINTS, program, texts


def literals(text: str) -> tuple[Literal, ...]:
    files = read_python(program(text))
    assert not isinstance(files, str)
    return find_literals(files)


def values(text: str) -> list[float | int]:
    return [literal.value for literal in literals(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 0.5 + -2 - 3.", [0.5, -2, 3.0]),
        ("x = - 0.25", [-0.25]),
        ("x = -0.5 ** 2", [0.5, 2]),
        ("x = 'é', 1.5  # 2.5", [1.5]),
        ("x = True, None, 2j, '0.5', b'1', ...", []),
        ("x = f'{0.5} {y:.3f}', 1.5", [1.5]),
        ("def f(x: 3 = 4, *, y=5) -> 6: pass", [4, 5]),
        ("x: Literal[3] = 4", [4]),
        ("x = 1e999, 2e100, 1e100, 1.5", [1e100, 1.5]),
        (f"x = {2**53}, {2**53 + 1}, 0x10", [2**53, 16]),
        ("x = 0.5" + "0" * 40, []),
        ("match x:\n case -1.5: y = 2", [-1.5, 2]),
        ("x = a[1:2, 3] ; y = a.b(4).c", [1, 2, 3, 4]),
        ("x = lambda y=1: 2", [1, 2]),
    ],
)
def test_the_numbers_of_a_text(text: str, expected: list[float | int]) -> None:
    found = values(text)
    assert found == expected
    assert [type(value) for value in found] == [type(value) for value in expected]


def test_only_numbers_that_may_change() -> None:
    assert values(POINTS) == [0.1, 0.2, 0.5, -0.25, 0.75, 0.4, 0.0, 3, 0, 1, 1, 0, 0.0]


def test_each_stands_where_it_says_in_any_file_that_parses() -> None:
    text = "é = 'ü' ; x = -1.5\r\ny = (\r\n  2.5)\n\x0cz = '\u2028' + f(3.5)\rw = 4.5"
    for literal in literals(text):
        span = literal.span
        assert ast.literal_eval(literal.file.data[span.start : span.end].decode()) == literal.value


@settings(max_examples=60, deadline=None)
@given(texts())
def test_places_are_exact(text: str) -> None:
    files = read_python(program(text))
    assume(not isinstance(files, str))
    assert not isinstance(files, str)
    for literal in find_literals(files):
        written = literal.file.data[literal.span.start : literal.span.end].decode()
        assert ast.literal_eval(written) == literal.value


def test_arrays_rows_and_columns() -> None:
    found = literals("A = [9.0, ]\nB = [(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)]\nC = 7.0\nf(8.0)\n")
    flat, first, beside, second, _, third, _, alone, argument = found
    assert flat.array is not None
    assert first.array == second.array == third.array != flat.array
    assert len({first.row, second.row, third.row, flat.row}) == 4
    assert (first.column, beside.column) == (0, 1)
    assert (alone.array, alone.row) == (None, None)
    assert argument.array is None
    assert argument.row is not None


def test_bounds_are_known() -> None:
    found = literals("for i in range(5): a[2] = b[1:3] + 4 * c(6)")
    assert [literal.value for literal in found if literal.is_bound] == [5, 2, 1, 3]


def test_a_size_is_that_of_the_fellows_of_the_column() -> None:
    found = literals("A = [(0.0, 100.0), (2.0, 300.0), (-4.0, 0.5)]\nB = [0.0, 5.0, 7.0]\nC = 0.001\nD = 0.0\n")
    assert scales(found) == (2.0, 100.0, 2.0, 300.0, 4.0, 100.0, 5.0, 5.0, 7.0, 0.001, 4.5)
    assert scales(literals("x = 0.0, 0.0")) == (1.0, 1.0)


def test_a_value_is_rounded_to_what_its_step_can_tell() -> None:
    assert rounded(1.23456789, 0.1) == 1.2346
    assert rounded(-1234567.0, 1000.0) == -1234567.0
    assert rounded(1234567.0, 1e6) == 1235000.0
    assert rounded(0.5, 0.0) == 0.5


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("return-0.5", 0.25, "return 0.25"),
        ("x = 2.0 ** y", -0.5, "x = (-0.5) ** y"),
        ("x = 2.0.hex()", -0.5, "x = (-0.5).hex()"),
        ("x = a ** 2.0", -0.5, "x = a ** -0.5"),
        ("x = 1if y else z", 0, "x = 0 if y else z"),
        ("x = [-1.0][0]", 2.5, "x = [2.5][0]"),
        ("x = a--1.0", 2.5, "x = a-2.5"),
        ("x = ü*1.0", 1e-07, "x = ü*1e-07"),
    ],
)
def test_a_number_is_written_so_that_it_reads_as_itself(text: str, value: float, expected: str) -> None:
    source = program(f"def f():\n {text}\n" if text.startswith("return") else text)
    files = read_python(source)
    assert not isinstance(files, str)
    literal = find_literals(files)[0]
    assert edited(source, [(literal.file, write_number(literal, value))]).text.strip().endswith(expected)


@settings(max_examples=60, deadline=None)
@given(texts(), st.data())
def test_whatever_is_written_is_read_again(text: str, data: st.DataObject) -> None:
    source = program(text)
    numbers = numbers_of(source)
    assume(not isinstance(numbers, str))
    assert not isinstance(numbers, str)
    new: list[float | int] = [
        data.draw(st.floats(-1e100, 1e100) if one.is_float else st.integers(-(10**9), 10**9))
        for one in numbers.literals
    ]
    edits = [(one.file, write_number(one, value)) for one, value in zip(numbers.literals, new, strict=True)]
    again = numbers_of(edited(source, edits))
    assert not isinstance(again, str)
    assert [literal.value for literal in again.literals] == new
