"""Mojo, by the compiler of the package mojo-compiler of Python's index."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from genesis.language.adapter import Adapter, Order
from genesis.language.build import Command, Diagnostic, Recipe, Tool
from genesis.language.diagnostics import matching
from genesis.language.lexicon import DOUBLE_QUOTED, SINGLE_QUOTED, Lexicon

__all__ = ["MOJO", "Mojo"]

_MOJO: Final = Tool("mojo", Command(("mojo", "--version")), "pip install mojo-compiler")
_ENVIRONMENT: Final = {"HOME": "{cache}", "MODULAR_HOME": "{cache}/modular", "MODULAR_CRASH_REPORTING_ENABLED": "false"}
_PREFIX: Final = r"[rRfFtTbB]{0,2}"
_LEXICON: Final = Lexicon(
    line_comments=("#",),
    block_comments=(),
    strings=(
        rf'{_PREFIX}"""(?:[^\\]|\\[\s\S])*?"""',
        rf"{_PREFIX}'''(?:[^\\]|\\[\s\S])*?'''",
        rf"{_PREFIX}(?!\"\"\"){DOUBLE_QUOTED}",
        rf"{_PREFIX}(?!'''){SINGLE_QUOTED}",
        r"`[^`\n]*+`",
    ),
    operators="**= //= <<= >>= ... -> := ** // << >> <= >= == != += -= *= /= %= &= |= ^= @=",
    layout="indented",
)
_LINE: Final = re.compile(
    r"(?P<path>[^\s:][^:\n]*\.mojo):(?P<line>\d+):(?P<column>\d+): (?P<severity>error|warning|note): (?P<message>.*)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mojo(Adapter):
    """Mojo, optimised for the machine it is built on."""

    name: str = "mojo"
    title: str = "Mojo"
    suffixes: tuple[str, ...] = (".mojo",)
    comment: str = "#"
    entry: str = "program.mojo"
    compilers: tuple[str, ...] = ("mojo",)
    lexicon: Lexicon = _LEXICON
    needs: tuple[Tool, ...] = (_MOJO,)
    hints: str = (
        "SIMD[DType.float32, width] is the basic type: vectorize loops with simd_width_of, load and store whole "
        "vectors, reduce_add at the end; fma fuses.\n"
        "Compile-time parameters specialise functions and unroll loops; alias and comptime values cost nothing at "
        "run time.\n"
        "Own memory with List and UnsafePointer, pass by read or mut reference, transfer with ^ instead of "
        "copying.\n"
        "Typed variables and def with types compile to machine code without boxing; avoid Python objects in hot "
        "code.\n"
        "Read input whole from /dev/stdin: input() loses what lies behind the first line of a pipe."
    )

    def make(self, order: Order) -> Recipe:
        """The entry file and what it imports. There is no check quicker than the build."""
        build = ("mojo", "build", "-O3", "-I", ".", "-o", "./program", *order.flags, order.entry())
        return order.executable(Command(build, _ENVIRONMENT))

    def read(self, lines: list[str]) -> Iterable[Diagnostic]:
        """The compiler's."""
        return matching(lines, _LINE)


MOJO: Final = Mojo()
