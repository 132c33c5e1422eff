"""JavaScript, by Node.js."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from genesis.language.adapter import Adapter, Order
from genesis.language.build import Command, Diagnostic, Recipe, Tool
from genesis.language.diagnostics import diagnostic_of
from genesis.language.lexicon import DOUBLE_QUOTED, SINGLE_QUOTED, Lexicon, Quotation

__all__ = ["ENGINE_HINTS", "JAVASCRIPT", "JAVASCRIPT_LEXICON", "NODE", "JavaScript", "read_node"]

NODE: Final = Tool("node", Command(("node", "--version")), "apt install nodejs, or https://nodejs.org")
ENGINE_HINTS: Final = (
    "Keep the shapes of objects and the kinds of array elements the same, so that V8 compiles for one type: "
    "create fields in one order, no holes, no delete, no mixing of integers and fractions in hot arrays.\n"
    "Typed arrays (Uint8Array, Int32Array, Float64Array) and x | 0 keep numbers unboxed; a Uint8Array table of "
    "classes beats regular expressions and chains of comparisons.\n"
    "charCodeAt beats indexing a string; slice once instead of appending characters; avoid closures, spread "
    "and exceptions in hot loops.\n"
    "Read input with fs.readFileSync(0), and write output once."
)
JAVASCRIPT_LEXICON: Final = Lexicon(
    line_comments=("//", r"\A#!"),
    strings=(DOUBLE_QUOTED, SINGLE_QUOTED),
    quotations=(Quotation("`", "`", "${", "}"),),
    layout="lines",
    division=True,
    words=r"#?(?:[^\W\d]|\$)[\w$]*+",
)
_UNITS: Final = (".js", ".mjs", ".cjs")
_PLACE: Final = re.compile(r"(?:file://)?(?P<path>/[^\n:]*|\.?[\w./-]+):(?P<line>\d+)$")
_CARET: Final = re.compile(r"(?P<before>[ \t]*)\^+[ \t]*$")
_ERROR: Final = re.compile(r"(?P<message>(?:Uncaught )?[A-Za-z_$][\w$.]*(?:Error|Exception)?(?: \[\w+\])?: .*)")
_FRAME: Final = re.compile(r"    at .*?\(?(?:file://)?(?P<path>/[^\s():]+):(?P<line>\d+):(?P<column>\d+)\)?$")


def read_node(lines: list[str]) -> Iterator[Diagnostic]:
    """The errors that ended a program or kept it from starting: the place that Node.js prints above each."""
    place: dict[str, str | None] = {}
    for number, line in enumerate(lines):
        if found := _PLACE.match(line):
            place = dict(found.groupdict())
        elif place and (caret := _CARET.match(line)):
            place["column"] = str(len(caret["before"]) + 1)
        elif error := _ERROR.match(line):
            if place or (place := _frame(lines[number + 1 : number + 2])):
                yield diagnostic_of({**place, "message": error["message"]})
            place = {}


def _frame(lines: list[str]) -> dict[str, str | None]:
    found = _FRAME.match(lines[0]) if lines else None
    return dict(found.groupdict()) if found else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class JavaScript(Adapter):
    """JavaScript as Node.js runs it: CommonJS, or modules in ``.mjs`` files."""

    name: str = "javascript"
    title: str = "JavaScript"
    suffixes: tuple[str, ...] = _UNITS
    comment: str = "//"
    entry: str = "program.js"
    compilers: tuple[str, ...] = ("node",)
    lexicon: Lexicon = JAVASCRIPT_LEXICON
    needs: tuple[Tool, ...] = (NODE,)
    hints: str = ENGINE_HINTS

    def make(self, order: Order) -> Recipe:
        """Nothing is built; every file is checked. Flags are those of Node.js: ``--max-old-space-size=…``."""
        checks = (Command(("node", "--check", file)) for file in order.by_name())
        return order.interpreted(Command(("node", *order.flags, order.entry())), *checks)

    def read(self, lines: list[str]) -> Iterable[Diagnostic]:
        """What kept the program from starting, or ended it: the place that Node.js prints above each error."""
        return read_node(lines)


JAVASCRIPT: Final = JavaScript()
