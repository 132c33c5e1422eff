"""C++, by GCC or Clang."""

from dataclasses import dataclass
from typing import Final

from genesis.language.build import BuildSettings, Command, Diagnostic, Recipe, Tool
from genesis.language.gnu import OPTIMISED, gnu_tool, read_gnu
from genesis.language.lexer import normal_form, quick_error
from genesis.language.lexicon import DOUBLE_QUOTED, SINGLE_QUOTED, Lexicon
from genesis.language.sources import choose, entry_of, sources
from genesis.program import Source

__all__ = ["CPP", "CPP_LEXICON", "Cpp"]

_UNITS: Final = (".cpp", ".cc", ".cxx")
_DEFINES: Final = {"std": "gnu++20"}
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


@dataclass(frozen=True, slots=True)
class Cpp:
    """C++20 with GNU extensions, optimised for the machine it is built on."""

    name: str = "cpp"
    suffixes: tuple[str, ...] = (*_UNITS, ".hpp", ".hh", ".hxx")
    comment: str = "//"
    entry: str = "program.cpp"
    compilers: tuple[str, ...] = ("g++", "clang++")
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

    def normalise(self, text: str) -> str:
        """Without comments and white space; preprocessor lines keep theirs."""
        return normal_form(text, CPP_LEXICON)

    def syntax_error(self, text: str) -> str | None:
        """Brackets and quotation marks, unless the preprocessor chooses between texts."""
        return quick_error(text, CPP_LEXICON)

    def tools(self, settings: BuildSettings) -> tuple[Tool, ...]:
        """``g++``, or ``clang++`` where the settings say so."""
        return (gnu_tool(choose(settings, self.name, compilers=self.compilers, defines=_DEFINES)[0]),)

    def recipe(self, source: Source, settings: BuildSettings) -> Recipe:
        """Every C++ file is compiled and linked in one step."""
        compiler, defines = choose(settings, self.name, compilers=self.compilers, defines=_DEFINES)
        entry_of(source, _UNITS, "C++")
        files = sources(source, _UNITS)
        base = (compiler, f"-std={defines['std']}", "-fdiagnostics-color=never")
        return Recipe(
            check=(Command((*base, "-fsyntax-only", *settings.flags, *files)),),
            build=(Command((*base, *OPTIMISED, "-o", "./program", *files, *settings.flags, "-pthread")),),
            run=Command(("./program",)),
            artifact="program",
            tools=self.tools(settings),
        )

    def diagnostics(self, output: str) -> tuple[Diagnostic, ...]:
        """The compiler's and the linker's."""
        return read_gnu(output)


CPP: Final = Cpp()
