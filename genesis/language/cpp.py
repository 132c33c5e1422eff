"""C++, by GCC or Clang."""

from dataclasses import dataclass
from typing import Final

from genesis.language.gnu import Gnu
from genesis.language.lexicon import DOUBLE_QUOTED, SINGLE_QUOTED, Lexicon

__all__ = ["CPP", "CPP_LEXICON", "Cpp"]

_UNITS: Final = (".cpp", ".cc", ".cxx")
_RAW_PREFIX: Final = '(?:u8|[uUL])?R"'
CPP_LEXICON: Final = Lexicon(
    directives=True,
    strings=(
        rf"{_RAW_PREFIX}(?P<delimiter>[^\s()\\]{{0,16}})\([\s\S]*?\)(?P=delimiter)\"",
        rf"(?:u8|[uUL])?{DOUBLE_QUOTED}",
        rf"(?:u8|[uUL])?{SINGLE_QUOTED}",
    ),
    unclosed=(_RAW_PREFIX, '"', "'"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cpp(Gnu):
    """C++20 with GNU extensions, optimised for the machine it is built on."""

    name: str = "cpp"
    title: str = "C++"
    suffixes: tuple[str, ...] = (*_UNITS, ".hpp", ".hh", ".hxx")
    comment: str = "//"
    entry: str = "program.cpp"
    compilers: tuple[str, ...] = ("g++", "clang++")
    lexicon: Lexicon = CPP_LEXICON
    defines: tuple[tuple[str, str], ...] = (("std", "gnu++20"),)
    units: tuple[str, ...] = _UNITS
    libraries: tuple[str, ...] = ("-pthread",)
    hints: str = (
        "The compiler vectorises inner loops with a known trip count and __restrict pointers; keep calls, branches "
        "and virtual functions out of them.\n"
        "Where it does not, <immintrin.h> (AVX2 and FMA; AVX-512 if the machine has it) does it by hand: several "
        "independent accumulators hide the latency of an FMA.\n"
        "Memory decides: block for L1 and L2, pack what is read with a stride, prefer std::vector and structures "
        "of arrays, reserve, and move instead of copying.\n"
        "Read input with one fread and write output with one fwrite (or std::from_chars and std::to_chars on a "
        "buffer); iostreams are slow, and std::endl flushes.\n"
        "constexpr and templates move work to compile time."
    )


CPP: Final = Cpp()
