"""JavaScript, by Node.js."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from genesis.language.build import BuildSettings, Command, Diagnostic, Recipe, Tool
from genesis.language.diagnostics import diagnostic_of, plain_text
from genesis.language.lexer import normal_form, quick_error
from genesis.language.lexicon import DOUBLE_QUOTED, SINGLE_QUOTED, Lexicon, Quotation
from genesis.language.sources import argument, choose, entry_of
from genesis.program import Source

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


def read_node(output: str) -> tuple[Diagnostic, ...]:
    """The errors that ended a program or kept it from starting: the place that Node.js prints above each."""
    return tuple(dict.fromkeys(_read(plain_text(output).split("\n"))))


def _read(lines: list[str]) -> Iterator[Diagnostic]:
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


@dataclass(frozen=True, slots=True)
class JavaScript:
    """JavaScript as Node.js runs it: CommonJS, or modules in ``.mjs`` files."""

    name: str = "javascript"
    suffixes: tuple[str, ...] = _UNITS
    comment: str = "//"
    entry: str = "program.js"
    compilers: tuple[str, ...] = ("node",)
    hints: str = ENGINE_HINTS

    def normalise(self, text: str) -> str:
        """Without comments, blank lines and white space within lines; line ends can end statements and stay."""
        return normal_form(text, JAVASCRIPT_LEXICON)

    def syntax_error(self, text: str) -> str | None:
        """Brackets and quotation marks, unless a slash behind a bracket could open a regular expression."""
        return quick_error(text, JAVASCRIPT_LEXICON)

    def tools(self, settings: BuildSettings) -> tuple[Tool, ...]:
        """``node``."""
        choose(settings, self.name, compilers=self.compilers)
        return (NODE,)

    def recipe(self, source: Source, settings: BuildSettings) -> Recipe:
        """Nothing is built; every file is checked. Flags are those of Node.js: ``--max-old-space-size=…``."""
        files = [path for path in sorted(source.files) if path.endswith(_UNITS)]
        entry = entry_of(source, _UNITS, "JavaScript")
        return Recipe(
            check=tuple(Command(("node", "--check", argument(path))) for path in files),
            build=(),
            run=Command(("node", *settings.flags, entry)),
            artifact=None,
            tools=self.tools(settings),
        )

    def diagnostics(self, output: str) -> tuple[Diagnostic, ...]:
        """What kept the program from starting, or ended it."""
        return read_node(output)


JAVASCRIPT: Final = JavaScript()
