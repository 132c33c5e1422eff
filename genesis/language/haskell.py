"""Haskell, by GHC."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from genesis.language.build import BuildSettings, Command, Diagnostic, Recipe, Tool
from genesis.language.diagnostics import diagnostic_of, plain_text
from genesis.language.gnu import gnu_tool
from genesis.language.lexer import normal_form, quick_error
from genesis.language.lexicon import Lexicon
from genesis.language.sources import choose, entry_of
from genesis.program import Source

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


@dataclass(frozen=True, slots=True)
class Haskell:
    """Haskell with the libraries that come with GHC."""

    name: str = "haskell"
    suffixes: tuple[str, ...] = (".hs",)
    comment: str = "--"
    entry: str = "Main.hs"
    compilers: tuple[str, ...] = ("ghc",)
    hints: str = (
        "Strictness decides: BangPatterns and strict fields on what a loop carries, foldl' instead of foldl, no "
        "lazy state; {-# UNPACK #-} for small fields.\n"
        "Lists are for control, not for data: Data.ByteString.Char8, unboxed arrays (Data.Array.Unboxed, "
        "Data.Array.ST with unsafeRead and unsafeWrite), IntMap.\n"
        "Worker loops with an accumulator in ST or IO compile to tight code; INLINE and SPECIALISE small "
        "overloaded functions; give every top-level function a monomorphic type.\n"
        "Read with ByteString's getContents and readInt; write one Builder with hPutBuilder."
    )

    def normalise(self, text: str) -> str:
        """Without comments, blank lines and superfluous white space; indentation and pragmas stay."""
        return normal_form(text, _LEXICON)

    def syntax_error(self, text: str) -> str | None:
        """Brackets and quotation marks."""
        return quick_error(text, _LEXICON)

    def tools(self, settings: BuildSettings) -> tuple[Tool, ...]:
        """``ghc`` and a linker."""
        choose(settings, self.name, compilers=self.compilers)
        return (_GHC, gnu_tool("gcc"))

    def recipe(self, source: Source, settings: BuildSettings) -> Recipe:
        """The entry file, whose module is Main, and what it imports."""
        choose(settings, self.name, compilers=self.compilers)
        entry = entry_of(source, self.suffixes, "Haskell")
        base = ("ghc", "-v1", "-fdiagnostics-color=never", "-i.", "-outputdir", "./obj")
        environment = {"HOME": "{cache}"}
        return Recipe(
            check=(Command((*base, "-fno-code", *settings.flags, entry), environment),),
            build=(Command((*base, "-O2", "-o", "./program", *settings.flags, entry), environment),),
            run=Command(("./program",)),
            artifact="program",
            tools=self.tools(settings),
        )

    def diagnostics(self, output: str) -> tuple[Diagnostic, ...]:
        """The compiler's, each with the lines that explain it; and what ended a run, where it names a place."""
        return tuple(dict.fromkeys(_read(plain_text(output).split("\n"))))


HASKELL: Final = Haskell()


def _read(lines: list[str]) -> Iterator[Diagnostic]:
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
