"""Vector instructions are told from scalar ones: in recorded listings, and in what compilers make here."""

from pathlib import Path

import pytest

from genesis.language import BuildSettings
from genesis.language.disassembly import VectorCount, count_vector_instructions, disassemble
from genesis.program import Source
from tests.contracts.test_language import perform, prepare, succeed

X86 = """
sc:     file format elf64-x86-64

Disassembly of section .text:

0000000000001000 <_start>:
    1000:\tvaddps %ymm0,%ymm1,%ymm2

0000000000001060 <main>:
    1060:\tlea    0x8(%rsp),%r10
    1064:\tvmovups (%rdx,%r9,1),%zmm0
    1068:\tvaddps (%rdi,%r9,1),%zmm0,%zmm0
    106c:\tvfmadd231pd %ymm1,%ymm2,%ymm3
    1070:\tpaddd  %xmm1,%xmm0
    1074:\tpackssdw %xmm1,%xmm0
    1078:\tpabsd %xmm1,%xmm0
    107c:\tvaddss %xmm1,%xmm0,%xmm0
    1080:\tvfmadd231sd %xmm1,%xmm2,%xmm3
    1084:\tcvtsi2sd %eax,%xmm0
    1088:\tvcvtss2sd %xmm0,%xmm0,%xmm0
    108c:\tucomiss %xmm0,%xmm1
    1090:\tmovq   %rax,%xmm0
    1094:\tpxor   %xmm0,%xmm0
    1098:\tpxor   %xmm1,%xmm0
    109c:\trep stos %al,%es:(%rdi)
    10a0:\tret
"""
ARM = """
0000000000000000 <add>:
   0:\tldr\tq0, [x0, x3]
   4:\tfadd\tv0.4s, v0.4s, v1.4s
   8:\tfmla\tv2.2d, v0.2d, v1.2d
   c:\tadd\tv0.8b, v0.8b, v1.8b
  10:\tfadd\tz0.s, z0.s, z1.s
  14:\tmov\tv0.16b, v1.16b
  18:\tfadd\ts0, s0, s1
  1c:\tret
"""
RUST = """
0000000000001000 <_RNvCscSYwAIFpW9W_7program3add>:
    1000:\tvpaddd %ymm0,%ymm1,%ymm2

0000000000002000 <_RINvNtNtNtNtCsgEmfK2I1SDS_4core5slice4sort8unstable8heapsort8heapsortmE2ltECscSYwAIFpW9W_7program>:
    2000:\tvpaddd %ymm0,%ymm1,%ymm2

0000000000004000 <_ZN4core3str5count14do_count_chars17h2a5c1a9d3be0d7f1E>:
    4000:\tvpaddd %ymm0,%ymm1,%ymm2

0000000000005000 <_ZN7program3addEPfS_>:
    5000:\taddss %xmm0,%xmm1

0000000000003000 <_RNvMs_NtNtCsduwmD7cSIQq_5gimli4read4lineE5parseECsjrHSEGnQ3l9_3std>:
    3000:\tvpaddd %ymm0,%ymm1,%ymm2
"""
PLAIN, LOOP = "a[i] += b[i] * 3;", "for (int i = 0; i < n; i++)"
C = "void f(float *restrict a, const float *restrict b, int n) { LOOP BODY }\nint main(void) { return 0; }\n"
CPP = C.replace("restrict", "__restrict").replace("(void)", "()").replace("void f", 'extern "C" void f')
RUST_TEXT = """
#[no_mangle] #[inline(never)]
pub fn f(a: &mut [u32], b: &[u32]) { for (x, y) in a.iter_mut().zip(b) { *x = x.wrapping_add(*y); } }
fn main() { let mut v: Vec<u32> = std::env::args().map(|s| s.len() as u32).collect(); let w = v.clone();
  f(&mut v, &w); println!("{}", v[0]); }
"""


def test_packed_arithmetic_counts_and_scalars_and_moves_do_not() -> None:
    count = count_vector_instructions(X86)
    assert count == VectorCount(instructions=17, vector=6, vector_moves=2, by_bits={128: 4, 256: 1, 512: 1})
    assert count.metrics() == {"vector_instructions": 6.0, "vector_share": 6 / 17, "vector_bits": 512.0}


def test_arm_is_read_as_well() -> None:
    assert count_vector_instructions(ARM) == VectorCount(8, 4, 1, {0: 1, 64: 1, 128: 2})


def test_the_standard_library_of_rust_counts_where_the_program_instantiates_it() -> None:
    assert count_vector_instructions(RUST) == VectorCount(3, 2, 0, {256: 2})


@pytest.mark.parametrize("text", ["", "\0" * 10, "x" * 1000, "1000:\t\n", "<" * 500, "0 <_RCs1_99a>:\n   0:\tret\n"])
def test_other_text_has_none(text: str) -> None:
    count = count_vector_instructions(text)
    assert (count.vector, count.share) == (0, 0.0)


@pytest.mark.parametrize(
    ("language", "text", "scalar_flags"),
    [
        ("c", C.replace("LOOP", LOOP).replace("BODY", PLAIN), ("-fno-tree-vectorize",)),
        ("cpp", CPP.replace("LOOP", LOOP).replace("BODY", PLAIN), ("-fno-tree-vectorize",)),
        ("rust", RUST_TEXT, ("-Cno-vectorize-loops", "-Cno-vectorize-slp")),
    ],
)
def test_a_loop_that_the_compiler_vectorises_shows(
    language: str, text: str, scalar_flags: tuple[str, ...], tmp_path: Path
) -> None:
    counts: list[VectorCount] = []
    for name, flags in (("scalar", scalar_flags), ("vector", ())):
        directory = tmp_path / name
        directory.mkdir()
        entry = {"c": "program.c", "cpp": "program.cpp", "rust": "program.rs"}[language]
        recipe = prepare(language, Source.single(text, entry), directory, BuildSettings(flags=flags))
        succeed(recipe.build, directory, tmp_path)
        assert recipe.artifact is not None
        done = perform(disassemble(recipe.artifact), directory, tmp_path)
        assert done.returncode == 0, done.stderr
        counts.append(count_vector_instructions(done.stdout))
    scalar, vector = counts
    assert scalar.vector == 0 < vector.vector
    assert vector.instructions < 20_000  # the standard library is not in it
