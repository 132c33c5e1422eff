"""Mojo, by the compiler of the package mojo-compiler of Python's index."""

import re
from dataclasses import dataclass
from typing import Final

from genesis.language.build import BuildSettings, Command, Diagnostic, Recipe, Tool
from genesis.language.diagnostics import read_lines
from genesis.language.lexer import normal_form, quick_error
from genesis.language.lexicon import DOUBLE_QUOTED, SINGLE_QUOTED, Lexicon
from genesis.language.sources import choose, entry_of
from genesis.program import Source

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


@dataclass(frozen=True, slots=True)
class Mojo:
    """Mojo, optimised for the machine it is built on."""

    name: str = "mojo"
    suffixes: tuple[str, ...] = (".mojo",)
    comment: str = "#"
    entry: str = "program.mojo"
    compilers: tuple[str, ...] = ("mojo",)
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

    def normalise(self, text: str) -> str:
        """Without comments, blank lines and white space within lines; indentation stays."""
        return normal_form(text, _LEXICON)

    def syntax_error(self, text: str) -> str | None:
        """Brackets and quotation marks."""
        return quick_error(text, _LEXICON)

    def tools(self, settings: BuildSettings) -> tuple[Tool, ...]:
        """``mojo``."""
        choose(settings, self.name, compilers=self.compilers)
        return (_MOJO,)

    def recipe(self, source: Source, settings: BuildSettings) -> Recipe:
        """The entry file and what it imports. There is no check quicker than the build."""
        choose(settings, self.name, compilers=self.compilers)
        entry = entry_of(source, self.suffixes, "Mojo")
        build = Command(("mojo", "build", "-O3", "-I", ".", "-o", "./program", *settings.flags, entry), _ENVIRONMENT)
        return Recipe((), (build,), Command(("./program",)), "program", self.tools(settings))

    def diagnostics(self, output: str) -> tuple[Diagnostic, ...]:
        """The compiler's."""
        return read_lines(output, _LINE)


MOJO: Final = Mojo()
