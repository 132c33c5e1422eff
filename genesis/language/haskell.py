"""Haskell, by GHC."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from genesis.language.adapter import Adapter, Order
from genesis.language.build import Command, Diagnostic, Recipe, Tool
from genesis.language.diagnostics import diagnostic_of
from genesis.language.gnu import gnu_tool
from genesis.language.lexicon import Lexicon

__all__ = ["HASKELL", "Haskell"]

_GHC: Final = Tool("ghc", Command(("ghc", "--version")), "apt install ghc, or https://www.haskell.org/ghcup")
_SYMBOLS: Final = r"!#$%&*+./<=>?@\^|~:-"
_LEXICON: Final = Lexicon(
    # Dashes that are part of an operator, as in -->, start no comment.
    line_comments=(rf"--+(?![{re.escape(_SYMBOLS)}])",),
    block_comments=(("{-", "-}"),),
    nested=True,
    kept_comments=(r"\{-#[\s\S]*?#-\}",),
    strings=(r'"(?:[^"\\\n]|\\(?:\s++\\|[^\s]))*+"', r"(?<![\w'])'(?:[^'\\\n]|\\[^\s'][^\s']*+|\\')'"),
    unclosed=('"', r"\{-#"),
    operators="",
    symbolic=_SYMBOLS,
    layout="indented",
    spaced=True,
    words=r"[^\W\d][\w']*+#?",
)
_PLACE: Final = re.compile(
    r"(?P<path>[^\s:][^:\n]*\.l?hs):"
    r"(?:(?P<line>\d+):(?P<column>\d+)(?:-\d+)?|\((?P<from>\d+),(?P<at>\d+)\)-\(\d+,\d+\)): ?"
    r"(?:(?P<severity>error|warning):)?(?P<message>.*)"
)
_CODE: Final = re.compile(r"^ *(?:\[(?:-W[\w-]+|GHC-\d+|[-\w, =]+)\] *)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Haskell(Adapter):
    """Haskell with the libraries that come with GHC."""

    name: str = "haskell"
    title: str = "Haskell"
    suffixes: tuple[str, ...] = (".hs",)
    comment: str = "--"
    entry: str = "Main.hs"
    compilers: tuple[str, ...] = ("ghc",)
    lexicon: Lexicon = _LEXICON
    needs: tuple[Tool, ...] = (_GHC, gnu_tool("gcc"))
    hints: str = (
        "Strictness decides: BangPatterns and strict fields on what a loop carries, foldl' instead of foldl, no "
        "lazy state; {-# UNPACK #-} for small fields.\n"
        "Lists are for control, not for data: Data.ByteString.Char8, unboxed arrays (Data.Array.Unboxed, "
        "Data.Array.ST with unsafeRead and unsafeWrite), IntMap.\n"
        "Worker loops with an accumulator in ST or IO compile to tight code; INLINE and SPECIALISE small "
        "overloaded functions; give every top-level function a monomorphic type.\n"
        "Read with ByteString's getContents and readInt; write one Builder with hPutBuilder."
    )

    def make(self, order: Order) -> Recipe:
        """The entry file, whose module is Main, and what it imports."""
        entry = order.entry()
        base = ("ghc", "-v1", "-fdiagnostics-color=never", "-i.", "-outputdir", "./obj")
        environment = {"HOME": "{cache}"}
        return order.executable(
            Command((*base, "-O2", "-o", "./program", *order.flags, entry), environment),
            Command((*base, "-fno-code", *order.flags, entry), environment),
        )

    def read(self, lines: list[str]) -> Iterator[Diagnostic]:
        """The compiler's, each with the lines that explain it; and what ended a run, where it names a place."""
        parts: dict[str, str | None] = {}
        for line in lines:
            if found := _PLACE.match(line):
                if parts:
                    yield diagnostic_of(parts)
                parts = dict(found.groupdict())
                parts["line"], parts["column"] = parts["line"] or parts.pop("from"), parts["column"] or parts.pop("at")
                parts["message"] = _CODE.sub("", parts["message"] or "")
            elif parts and line.startswith("    "):
                parts["message"] = f"{parts['message']} {line.strip()}".strip()
            elif parts:
                yield diagnostic_of(parts)
                parts = {}
        if parts:
            yield diagnostic_of(parts)


HASKELL: Final = Haskell()
