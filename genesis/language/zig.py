"""Zig, from the path or from the package ziglang of Python's index."""

import re
from dataclasses import dataclass
from typing import Final

from genesis.language.build import BuildSettings, Command, Diagnostic, Recipe, Tool
from genesis.language.diagnostics import read_lines
from genesis.language.lexer import normal_form, quick_error
from genesis.language.lexicon import DOUBLE_QUOTED, SINGLE_QUOTED, Lexicon
from genesis.language.sources import choose, entry_of
from genesis.program import Source

__all__ = ["ZIG", "Zig"]

_ZIG: Final = Tool("zig", Command(("zig", "version")), "pip install ziglang, or https://ziglang.org/download")
_DEFINES: Final = {"optimize": "ReleaseFast"}
_CACHES: Final = {"ZIG_GLOBAL_CACHE_DIR": "{cache}/zig", "ZIG_LOCAL_CACHE_DIR": "{cache}/zig-local"}
_LEXICON: Final = Lexicon(
    block_comments=(),
    strings=(rf"@?{DOUBLE_QUOTED}", SINGLE_QUOTED, r"\\\\[^\n]*+"),
    operators=(
        "<<|= <<= >>= +%= -%= *%= +|= -|= *|= ... ++ ** .* .? => == != <= >= << >> += -= *= /= %= &= |= ^= "
        "+% -% *% +| -| *| || .."
    ),
)
_LINE: Final = re.compile(
    r"(?P<path>[^\s:][^:\n]*):(?P<line>\d+):(?P<column>\d+): (?P<severity>error|note|warning): (?P<message>.*)"
)
_GLOBAL: Final = re.compile(r"(?P<severity>error): (?P<message>.*)")
_PANIC: Final = re.compile(r"(?:thread \d+ )?(?P<message>panic: .*)")


@dataclass(frozen=True, slots=True)
class Zig:
    """Zig in mode ReleaseFast, for the machine it is built on."""

    name: str = "zig"
    suffixes: tuple[str, ...] = (".zig",)
    comment: str = "//"
    entry: str = "program.zig"
    compilers: tuple[str, ...] = ("zig",)
    hints: str = (
        "@Vector(N, T) with @splat, @reduce, @select and @shuffle is portable SIMD; "
        "std.simd.suggestVectorLength(T) gives N.\n"
        "comptime builds tables and specialises loops; inline for unrolls where the count is known at compile "
        "time.\n"
        "Allocate once: an arena or a fixed buffer, never an allocation in a hot loop; slices carry no ownership.\n"
        "ReleaseFast checks neither bounds nor overflow; wrapping operators (+%, *%) say what is meant.\n"
        "Read input in one go and write once: std.os.linux.read and write are there in every version."
    )

    def normalise(self, text: str) -> str:
        """Without comments and white space."""
        return normal_form(text, _LEXICON)

    def syntax_error(self, text: str) -> str | None:
        """Brackets and quotation marks."""
        return quick_error(text, _LEXICON)

    def tools(self, settings: BuildSettings) -> tuple[Tool, ...]:
        """``zig``."""
        choose(settings, self.name, compilers=self.compilers, defines=_DEFINES)
        return (_ZIG,)

    def recipe(self, source: Source, settings: BuildSettings) -> Recipe:
        """The entry file and what it imports; the define ``optimize`` is Zig's mode."""
        _, defines = choose(settings, self.name, compilers=self.compilers, defines=_DEFINES)
        entry = entry_of(source, self.suffixes, "Zig")
        mode = ("-O", defines["optimize"], "-mcpu=native")
        return Recipe(
            check=(Command(("zig", "build-exe", "-fno-emit-bin", *settings.flags, entry), _CACHES),),
            build=(Command(("zig", "build-exe", *mode, "-femit-bin=./program", *settings.flags, entry), _CACHES),),
            run=Command(("./program",)),
            artifact="program",
            tools=self.tools(settings),
        )

    def diagnostics(self, output: str) -> tuple[Diagnostic, ...]:
        """The compiler's, and the message of a panic."""
        return read_lines(output, _LINE, _GLOBAL, _PANIC)


ZIG: Final = Zig()
