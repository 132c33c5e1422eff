"""C, by GCC or Clang."""

from dataclasses import dataclass
from typing import Final

from genesis.language.build import BuildSettings, Command, Diagnostic, Recipe, Tool
from genesis.language.gnu import OPTIMISED, gnu_tool, read_gnu
from genesis.language.lexer import normal_form, quick_error
from genesis.language.lexicon import DOUBLE_QUOTED, SINGLE_QUOTED, Lexicon
from genesis.language.sources import choose, entry_of, sources
from genesis.program import Source

__all__ = ["C", "CLanguage"]

_DEFINES: Final = {"std": "gnu17"}
_LEXICON: Final = Lexicon(directives=True, strings=(rf"(?:u8|[uUL])?{DOUBLE_QUOTED}", rf"[uUL]?{SINGLE_QUOTED}"))


@dataclass(frozen=True, slots=True)
class CLanguage:
    """C17 with GNU extensions, optimised for the machine it is built on."""

    name: str = "c"
    suffixes: tuple[str, ...] = (".c", ".h")
    comment: str = "//"
    entry: str = "program.c"
    compilers: tuple[str, ...] = ("gcc", "clang")
    hints: str = (
        "The compiler vectorises inner loops whose trip count is known at entry and whose pointers are restrict; "
        "give it both, and keep branches and calls out of them.\n"
        "Where it does not, <immintrin.h> (AVX2, AVX-512 if the machine has it) or vector extensions do it by "
        "hand.\n"
        "Memory decides: walk arrays in order, block for the caches, prefer structures of arrays, reuse buffers.\n"
        "Read input with one fread and write output with one fwrite; scanf and printf cost more than most "
        "algorithms."
    )

    def normalise(self, text: str) -> str:
        """Without comments and white space; preprocessor lines keep theirs."""
        return normal_form(text, _LEXICON)

    def syntax_error(self, text: str) -> str | None:
        """Brackets and quotation marks, unless the preprocessor chooses between texts."""
        return quick_error(text, _LEXICON)

    def tools(self, settings: BuildSettings) -> tuple[Tool, ...]:
        """``gcc``, or ``clang`` where the settings say so."""
        return (gnu_tool(choose(settings, self.name, compilers=self.compilers, defines=_DEFINES)[0]),)

    def recipe(self, source: Source, settings: BuildSettings) -> Recipe:
        """Every ``.c`` file is compiled and linked in one step, with the mathematics library."""
        compiler, defines = choose(settings, self.name, compilers=self.compilers, defines=_DEFINES)
        entry_of(source, (".c",), "C")
        files = sources(source, (".c",))
        base = (compiler, f"-std={defines['std']}", "-fdiagnostics-color=never")
        return Recipe(
            check=(Command((*base, "-fsyntax-only", *settings.flags, *files)),),
            build=(Command((*base, *OPTIMISED, "-o", "./program", *files, *settings.flags, "-lm", "-pthread")),),
            run=Command(("./program",)),
            artifact="program",
            tools=self.tools(settings),
        )

    def diagnostics(self, output: str) -> tuple[Diagnostic, ...]:
        """The compiler's and the linker's."""
        return read_gnu(output)


C: Final = CLanguage()
