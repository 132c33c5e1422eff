"""Numbers in programs of other languages: found by their look, changed in place, and still read by the compilers."""

import pytest

from genesis.mutation.operators.port import Breeding, Proposed
from genesis.mutation.propose import propose
from genesis.mutation.text_numbers import find_numbers, read_texts
from genesis.program import Source

RUST = """\
// A comment with 1 number; and "a string with 2".
fn scale<'a>(x: &'a [f32; 3]) -> f32 {
    let tile: usize = 64;
    let eps = -1.5e-3_f64; let hex = 0xff; let name = "7 \\" 8"; let c = '9';
    for i in 0..tile { }
    let table = [1.0, 2.5, -3.0f32, 4.];
    /* 5 */ x[2] * 2f32 - 3.0
}
"""
C = """\
#include <stdio.h>
#define TILE 32
static const double table[] = {0.5, 1e3, -2.0f};
long big = 10UL; int octal = 017; int x1 = 3;
"""


def numbers(path: str, text: str) -> list[tuple[float | int, str]]:
    return [(each.value, each.suffix) for each in find_numbers(read_texts(Source.single(text, path)))]


def test_numbers_of_rust() -> None:
    assert numbers("program.rs", RUST) == [
        (3, ""), (64, ""), (-0.0015, "_f64"), (1.0, ""), (2.5, ""), (-3.0, "f32"), (4.0, ""), (2, ""), (2, "f32"),
        (3.0, ""),
    ]  # fmt: skip


def test_numbers_of_c() -> None:
    assert numbers("program.c", C) == [
        (32, ""), (0.5, ""), (1000.0, ""), (-2.0, "f"), (10, "UL"), (3, "")
    ]  # fmt: skip


def test_lists_are_told_and_so_are_indices() -> None:
    found = find_numbers(read_texts(Source.single(RUST, "program.rs")))
    table = [each for each in found if each.array is not None]
    assert [(each.value, each.column) for each in table] == [(1.0, 0), (2.5, 1), (-3.0, 2), (4.0, 3)]
    assert [each.value for each in found if each.is_bound] == [2]


def test_places_are_those_of_the_text_whatever_it_holds() -> None:
    source = Source.single('const char *s = "äöü"; /* 名 */ int n = 12;\n', "program.c")
    (file,) = read_texts(source)
    (number,) = find_numbers((file,))
    assert file.data[number.span.start : number.span.end] == b"12"


@pytest.mark.parametrize(
    "text", ["'" * 2000, '"' * 2001, "/*" * 3000, "1" * 5000, "-" * 5000, "1,2," * 3000, "\ud800 5"]
)
def test_odd_text_is_read_to_its_end(text: str) -> None:
    find_numbers(read_texts(Source.single(text, "program.c")))


MIXED = Source(
    {
        "program.py": "X = 1.0\ndef entrypoint(): ...\n",
        "kernel.c": "int fixed = 5;\n// EVOLVE-BLOCK-START\ndouble free = 2.0;\n// EVOLVE-BLOCK-END\n",
    },
    "program.py",
)


@pytest.mark.parametrize("draw", range(8))
def test_constants_change_whichever_file_has_regions(draw: int) -> None:
    answer = propose("constants", Breeding((MIXED,), "python", {"step": 0.3}, f"{draw:032x}"))
    assert isinstance(answer, Proposed), answer
    assert answer.source.files["program.py"] == MIXED.files["program.py"]
    assert answer.source.files["kernel.c"].startswith("int fixed = 5;\n")
    assert answer.source.files["kernel.c"] != MIXED.files["kernel.c"]


def test_constants_of_a_program_in_rust() -> None:
    source = Source.single('fn main() { let tile: u64 = 64u64; println!("{}", tile); }\n', "program.rs")
    answers = [propose("constants", Breeding((source,), "rust", {"step": 0.5}, f"{draw:032x}")) for draw in range(6)]
    texts = {answer.source.text for answer in answers if isinstance(answer, Proposed)}
    assert len(texts) > 2
    assert all("u64 = " in text and "u64;" in text for text in texts)
