"""Zig, from the path or from the package ziglang of Python's index."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from genesis.language.adapter import Adapter, Order
from genesis.language.build import Command, Diagnostic, Recipe, Tool
from genesis.language.diagnostics import matching
from genesis.language.lexicon import DOUBLE_QUOTED, SINGLE_QUOTED, Lexicon

__all__ = ["ZIG", "Zig"]

_ZIG: Final = Tool("zig", Command(("zig", "version")), "pip install ziglang, or https://ziglang.org/download")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Zig(Adapter):
    """Zig in mode ReleaseFast, for the machine it is built on."""

    name: str = "zig"
    title: str = "Zig"
    suffixes: tuple[str, ...] = (".zig",)
    comment: str = "//"
    entry: str = "program.zig"
    compilers: tuple[str, ...] = ("zig",)
    lexicon: Lexicon = _LEXICON
    needs: tuple[Tool, ...] = (_ZIG,)
    defines: tuple[tuple[str, str], ...] = (("optimize", "ReleaseFast"),)
    hints: str = (
        "@Vector(N, T) with @splat, @reduce, @select and @shuffle is portable SIMD; "
        "std.simd.suggestVectorLength(T) gives N.\n"
        "comptime builds tables and specialises loops; inline for unrolls where the count is known at compile "
        "time.\n"
        "Allocate once: an arena or a fixed buffer, never an allocation in a hot loop; slices carry no ownership.\n"
        "ReleaseFast checks neither bounds nor overflow; wrapping operators (+%, *%) say what is meant.\n"
        "Read input in one go and write once: std.os.linux.read and write are there in every version."
    )

    def make(self, order: Order) -> Recipe:
        """The entry file and what it imports; the define ``optimize`` is Zig's mode."""
        entry = order.entry()
        mode = ("-O", order.defines["optimize"], "-mcpu=native")
        return order.executable(
            Command(("zig", "build-exe", *mode, "-femit-bin=./program", *order.flags, entry), _CACHES),
            Command(("zig", "build-exe", "-fno-emit-bin", *order.flags, entry), _CACHES),
        )

    def read(self, lines: list[str]) -> Iterable[Diagnostic]:
        """The compiler's, and the message of a panic."""
        return matching(lines, _LINE, _GLOBAL, _PANIC)


ZIG: Final = Zig()
