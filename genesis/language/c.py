"""C, by GCC or Clang."""

from dataclasses import dataclass
from typing import Final

from genesis.language.gnu import Gnu
from genesis.language.lexicon import DOUBLE_QUOTED, SINGLE_QUOTED, Lexicon

__all__ = ["C", "CLanguage"]

_LEXICON: Final = Lexicon(directives=True, strings=(rf"(?:u8|[uUL])?{DOUBLE_QUOTED}", rf"[uUL]?{SINGLE_QUOTED}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CLanguage(Gnu):
    """C17 with GNU extensions, optimised for the machine it is built on."""

    name: str = "c"
    title: str = "C"
    suffixes: tuple[str, ...] = (".c", ".h")
    comment: str = "//"
    entry: str = "program.c"
    compilers: tuple[str, ...] = ("gcc", "clang")
    lexicon: Lexicon = _LEXICON
    defines: tuple[tuple[str, str], ...] = (("std", "gnu17"),)
    units: tuple[str, ...] = (".c",)
    libraries: tuple[str, ...] = ("-lm", "-pthread")
    hints: str = (
        "The compiler vectorises inner loops whose trip count is known at entry and whose pointers are restrict; "
        "give it both, and keep branches and calls out of them.\n"
        "Where it does not, <immintrin.h> (AVX2, AVX-512 if the machine has it) or vector extensions do it by "
        "hand.\n"
        "Memory decides: walk arrays in order, block for the caches, prefer structures of arrays, reuse buffers.\n"
        "Read input with one fread and write output with one fwrite; scanf and printf cost more than most "
        "algorithms."
    )


C: Final = CLanguage()
