"""TypeScript, checked and translated by tsc, run by Node.js."""

import re
from dataclasses import dataclass
from typing import Final

from genesis.language.build import BuildSettings, Command, Diagnostic, Recipe, Tool
from genesis.language.diagnostics import read_lines
from genesis.language.javascript import ENGINE_HINTS, JAVASCRIPT_LEXICON, NODE, read_node
from genesis.language.lexer import normal_form, quick_error
from genesis.language.sources import choose, entry_of
from genesis.program import Source

__all__ = ["TYPESCRIPT", "TypeScript"]

_TSC: Final = Tool("tsc", Command(("tsc", "--version")), "npm install -g typescript @types/node")
_UNITS: Final = (".ts", ".mts", ".cts")
_DEFINES: Final = {"target": "es2022"}
_LINE: Final = re.compile(
    r"(?P<path>[^\s(][^(\n]*)\((?P<line>\d+),(?P<column>\d+)\): (?P<severity>\w+) TS\d+: (?P<message>.*)"
)
_GLOBAL: Final = re.compile(r"(?P<severity>error) TS\d+: (?P<message>.*)")


@dataclass(frozen=True, slots=True)
class TypeScript:
    """TypeScript in strict mode; types of Node.js are known."""

    name: str = "typescript"
    suffixes: tuple[str, ...] = _UNITS
    comment: str = "//"
    entry: str = "program.ts"
    compilers: tuple[str, ...] = ("tsc",)
    hints: str = (
        f"{ENGINE_HINTS}\n"
        "Types are gone at run time: an enum or a class costs what its JavaScript costs; const enum and literal types "
        "cost nothing."
    )

    def normalise(self, text: str) -> str:
        """Without comments, blank lines and white space within lines; line ends can end statements and stay."""
        return normal_form(text, JAVASCRIPT_LEXICON)

    def syntax_error(self, text: str) -> str | None:
        """Brackets and quotation marks, unless a slash behind a bracket could open a regular expression."""
        return quick_error(text, JAVASCRIPT_LEXICON)

    def tools(self, settings: BuildSettings) -> tuple[Tool, ...]:
        """``tsc`` and ``node``."""
        choose(settings, self.name, compilers=self.compilers, defines=_DEFINES)
        return (_TSC, NODE)

    def recipe(self, source: Source, settings: BuildSettings) -> Recipe:
        """The entry and what it imports are checked and written as JavaScript below ``out``.

        Types of Node.js are looked for beside the compiler, where ``npm install -g`` puts them.
        """
        _, defines = choose(settings, self.name, compilers=self.compilers, defines=_DEFINES)
        entry = entry_of(source, _UNITS, "TypeScript")
        base = ("tsc", "--pretty", "false", "--strict", "--target", defines["target"], "--module", "nodenext")
        types = ("--typeRoots", "{tool}/../../@types", "--types", "node", "--skipLibCheck")
        compiled = f"out/{source.entry[:-2]}js"
        return Recipe(
            check=(Command((*base, *types, "--noEmit", *settings.flags, entry)),),
            build=(Command((*base, *types, "--rootDir", ".", "--outDir", "./out", *settings.flags, entry)),),
            run=Command(("node", f"./{compiled}")),
            artifact=None,
            tools=self.tools(settings),
        )

    def diagnostics(self, output: str) -> tuple[Diagnostic, ...]:
        """Those of tsc, or of Node.js when the program has been translated."""
        return read_lines(output, _LINE, _GLOBAL) or read_node(output)


TYPESCRIPT: Final = TypeScript()
