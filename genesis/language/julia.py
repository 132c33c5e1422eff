"""Julia, compiled when it runs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from genesis.language.adapter import Adapter, Order
from genesis.language.build import Command, Diagnostic, Recipe, Tool
from genesis.language.diagnostics import diagnostic_of
from genesis.language.lexicon import Lexicon, Quotation

__all__ = ["JULIA", "Julia"]

_JULIA: Final = Tool("julia", Command(("julia", "--version")), "https://julialang.org/downloads (juliaup)")
_ENVIRONMENT: Final = {"JULIA_DEPOT_PATH": "{cache}/julia:", "JULIA_NUM_THREADS": "1", "JULIA_PKG_OFFLINE": "true"}
# Parses without running: of what it reads, only the places where parsing stopped are evaluated, and these just throw.
_PARSE: Final = (
    "for path in ARGS, part in Meta.parseall(read(path, String); filename=path).args; "
    "part isa Expr && part.head in (:error, :incomplete) && Core.eval(Main, part); end"
)
_LEXICON: Final = Lexicon(
    line_comments=("#",),
    block_comments=(("#=", "=#"),),
    nested=True,
    # A quote behind a value is the adjoint, not a character.
    strings=(
        r'\w*raw"(?:[^"\\]|\\[\s\S])*+"',
        r"(?<![\w)\]}'.])'(?:[^'\\\n]|\\(?:u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}|x[0-9A-Fa-f]{2}|[^\n]))'",
    ),
    quotations=(Quotation('"""', '"""', "$(", ")"), Quotation('"', '"', "$(", ")"), Quotation("`", "`", "$(", ")")),
    unclosed=(),
    operators="=== !== >>> ... |> => -> :: == != <= >= << >> && || += -= *= /= ^= .+ .- .* ./ .^ .=",
    layout="lines",
    spaced=True,
    words=r"[^\W\d][\w!]*+",
)
_ERROR: Final = re.compile(r"ERROR: (?:LoadError: )*(?P<message>.*)")
_PARSE_PLACE: Final = re.compile(r"# Error @ (?P<path>.+?):(?P<line>\d+):(?P<column>\d+)$")
_PARSE_LABEL: Final = re.compile(r"[#\s]*[└─┘╙]+ ── (?P<message>.*)")
_FRAME: Final = re.compile(r"\s+@ (?:(?P<module>\S+) )?(?P<path>[^\s@]+\.jl):(?P<line>\d+)")
_EXPRESSION: Final = re.compile(r"in expression starting at (?P<path>.+?):(?P<line>\d+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Julia(Adapter):
    """Julia with its standard library."""

    name: str = "julia"
    title: str = "Julia"
    suffixes: tuple[str, ...] = (".jl",)
    comment: str = "#"
    entry: str = "program.jl"
    compilers: tuple[str, ...] = ("julia",)
    lexicon: Lexicon = _LEXICON
    needs: tuple[Tool, ...] = (_JULIA,)
    defines: tuple[tuple[str, str], ...] = (("check-bounds", "auto"),)
    hints: str = (
        "Put everything that is hot into functions with concrete argument types, and keep variables of one type; "
        "globals and abstract containers (Vector{Any}) cost 10 to 100 times.\n"
        "Arrays are column-major: let the first index run innermost. Preallocate and write in place (map!, mul!, "
        ".=); @views avoids copies of slices.\n"
        "@inbounds and @simd (and @fastmath where the error allows) let inner loops vectorise; muladd and fma "
        "fuse.\n"
        "Compilation counts in the run: fewer methods and specialisations start sooner."
    )

    def make(self, order: Order) -> Recipe:
        """Nothing is built; every file is parsed. The define ``check-bounds`` is Julia's option of that name."""
        base = ("julia", "--startup-file=no", "--history-file=no", "--color=no")
        run = (*base, "-O3", f"--check-bounds={order.defines['check-bounds']}", *order.flags, order.entry())
        check = (*base, "--compile=min", "-e", _PARSE, *order.by_name())
        return order.interpreted(Command(run, _ENVIRONMENT), Command(check, _ENVIRONMENT))

    def read(self, lines: list[str]) -> Iterator[Diagnostic]:
        """The error of a run, placed at its innermost frame outside Julia's own files; or where parsing stopped."""
        parts: dict[str, str | None] = {}
        for line in lines:
            if error := _ERROR.match(line):
                parts = dict(error.groupdict())
            elif parts and (label := _PARSE_LABEL.match(line)):
                parts["message"] = f"{parts['message']} {label['message']}".removeprefix("ParseError: ")
            elif parts and "path" not in parts and (place := _place(line)):
                parts.update(place)
            if "path" in parts and _EXPRESSION.match(line):
                yield diagnostic_of(parts)
                parts = {}
        if "path" in parts:
            yield diagnostic_of(parts)


JULIA: Final = Julia()


def _place(line: str) -> dict[str, str | None] | None:
    """Where the line says that it was, unless that is in a module of Julia's own."""
    found = _PARSE_PLACE.match(line) or _FRAME.match(line) or _EXPRESSION.match(line)
    if found is None:
        return None
    parts: dict[str, str | None] = dict(found.groupdict())
    module = parts.pop("module", None)
    return parts if module is None or module.partition(".")[0] == "Main" else None
