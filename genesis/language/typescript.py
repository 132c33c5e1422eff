"""TypeScript, checked and translated by tsc, run by Node.js."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from genesis.language.adapter import Adapter, Order
from genesis.language.build import Command, Diagnostic, Recipe, Tool
from genesis.language.diagnostics import matching
from genesis.language.javascript import ENGINE_HINTS, JAVASCRIPT_LEXICON, NODE, read_node
from genesis.language.lexicon import Lexicon

__all__ = ["TYPESCRIPT", "TypeScript"]

_TSC: Final = Tool("tsc", Command(("tsc", "--version")), "npm install -g typescript @types/node")
_UNITS: Final = (".ts", ".mts", ".cts")
_LINE: Final = re.compile(
    r"(?P<path>[^\s(][^(\n]*)\((?P<line>\d+),(?P<column>\d+)\): (?P<severity>\w+) TS\d+: (?P<message>.*)"
)
_GLOBAL: Final = re.compile(r"(?P<severity>error) TS\d+: (?P<message>.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeScript(Adapter):
    """TypeScript in strict mode; types of Node.js are known."""

    name: str = "typescript"
    title: str = "TypeScript"
    suffixes: tuple[str, ...] = _UNITS
    comment: str = "//"
    entry: str = "program.ts"
    compilers: tuple[str, ...] = ("tsc",)
    lexicon: Lexicon = JAVASCRIPT_LEXICON
    needs: tuple[Tool, ...] = (_TSC, NODE)
    defines: tuple[tuple[str, str], ...] = (("target", "es2022"),)
    hints: str = (
        f"{ENGINE_HINTS}\n"
        "Types are gone at run time: an enum or a class costs what its JavaScript costs; const enum and literal types "
        "cost nothing."
    )

    def make(self, order: Order) -> Recipe:
        """The entry and what it imports are checked and written as JavaScript below ``out``.

        Types of Node.js are looked for beside the compiler, where ``npm install -g`` puts them.
        """
        base = ("tsc", "--pretty", "false", "--strict", "--target", order.defines["target"], "--module", "nodenext")
        types = ("--typeRoots", "{tool}/../../@types", "--types", "node", "--skipLibCheck")
        compiled = f"out/{order.source.entry[:-2]}js"
        return Recipe(
            check=(Command((*base, *types, "--noEmit", *order.flags, order.entry())),),
            build=(Command((*base, *types, "--rootDir", ".", "--outDir", "./out", *order.flags, order.entry())),),
            run=Command(("node", f"./{compiled}")),
            artifact=None,
            tools=order.tools,
        )

    def read(self, lines: list[str]) -> Iterable[Diagnostic]:
        """Those of tsc, or of Node.js when the program has been translated."""
        return list(matching(lines, _LINE, _GLOBAL)) or read_node(lines)


TYPESCRIPT: Final = TypeScript()
