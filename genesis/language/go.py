"""Go, by its own toolchain, without a network."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from genesis.language.adapter import Adapter, Order
from genesis.language.build import Command, Diagnostic, Recipe, Tool
from genesis.language.diagnostics import diagnostic_of
from genesis.language.lexer import normal_form
from genesis.language.lexicon import DOUBLE_QUOTED, SINGLE_QUOTED, Lexicon
from genesis.language.sources import argument
from genesis.program import Source

__all__ = ["GO", "Go"]

_GO: Final = Tool("go", Command(("go", "version")), "apt install golang-go, or https://go.dev/dl")
_LEXICON: Final = Lexicon(
    # Comments with which the toolchain is told something; behind import "C" stands C code.
    kept_comments=(r"//(?:go:|export |line | \+build )[^\n]*+",),
    strings=(DOUBLE_QUOTED, SINGLE_QUOTED, r"`[^`]*+`"),
    unclosed=('"', "'", "`"),
    operators="&^= <<= >>= ... := <- ++ -- && || == != <= >= += -= *= /= %= &= |= ^= &^ << >>",
    layout="lines",
)
_CGO: Final = re.compile(r'^[ \t]*import\s+"C"', re.MULTILINE)
_LINE: Final = re.compile(r"(?:vet: )?(?P<path>[^\s:][^:\n]*\.go):(?P<line>\d+):(?:(?P<column>\d+):)? (?P<message>.*)")
_PANIC: Final = re.compile(r"(?P<message>(?:panic|fatal error): .*)")
_FRAME: Final = re.compile(r"\t(?P<path>\S+\.go):(?P<line>\d+)(?: \+0x[0-9a-f]+)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Go(Adapter):
    """Go with the standard library; modules only as files of the program."""

    name: str = "go"
    title: str = "Go"
    suffixes: tuple[str, ...] = (".go",)
    comment: str = "//"
    entry: str = "program.go"
    compilers: tuple[str, ...] = ("go",)
    lexicon: Lexicon = _LEXICON
    needs: tuple[Tool, ...] = (_GO,)
    defines: tuple[tuple[str, str], ...] = (("tags", ""), ("amd64", "v1"))
    hints: str = (
        "Go's compiler does not vectorise: unroll by hand, keep several accumulators, and let it prove bounds (_ = "
        "s[n-1] before a loop; s = s[:n]; range).\n"
        "Allocate once: make with a capacity, reuse slices, keep values on the stack (go build -gcflags=-m tells), "
        "no interfaces and closures in hot loops, structures of arrays.\n"
        "Goroutines help above some 10,000 elements each, and only where there are processors; share nothing "
        "within a cache line.\n"
        "Read stdin whole (io.ReadAll) and parse bytes; write one []byte with strconv.AppendInt; fmt and "
        "bufio.Scanner are slow."
    )

    def normalise(self, text: str) -> str:
        """By the lexicon, unless there is C code in the comments."""
        return text.strip() if _CGO.search(text) else normal_form(text, self.lexicon)

    def make(self, order: Order) -> Recipe:
        """The package of the entry file: by ``go.mod`` where there is one, else all ``.go`` files beside it.

        The define ``amd64`` is Go's ``GOAMD64``: ``v3`` uses AVX2 and FMA, and compiles the standard library again
        for it when the cache is empty. Flags stand before the files.
        """
        order.entry()
        source = order.source
        directory = source.entry.rpartition("/")[0]
        files = [argument(directory)] if "go.mod" in source.files else _beside(source, directory)
        tags = (f"-tags={order.defines['tags']}",) if order.defines["tags"] else ()
        environment = {
            "GOCACHE": "{cache}/go-build",
            "GOPATH": "{cache}/go",
            "GOENV": "off",
            "GOFLAGS": "-trimpath",
            "GOPROXY": "off",
            "GOTOOLCHAIN": "local",
            "GOTELEMETRY": "off",
            "GOAMD64": order.defines["amd64"],
            "CGO_ENABLED": "0",
        }
        return order.executable(
            Command(("go", "build", "-o", "./program", *tags, *order.flags, *files), environment),
            Command(("go", "build", "-o", "/dev/null", "-gcflags=-e", *tags, *files), environment),
        )

    def read(self, lines: list[str]) -> Iterator[Diagnostic]:
        """The compiler's; and the panic of a run, placed at its innermost frame outside the standard library."""
        parts: dict[str, str | None] = {}
        for line in lines:
            if panic := _PANIC.match(line):
                parts = dict(panic.groupdict())
            elif "path" not in parts and parts and (frame := _FRAME.match(line)):
                if "/runtime/" not in frame["path"] and not frame["path"].startswith("runtime/"):
                    yield diagnostic_of({**parts, **frame.groupdict()})
                    parts = {}
            elif found := _LINE.match(line):
                yield diagnostic_of(found.groupdict())


GO: Final = Go()


def _beside(source: Source, directory: str) -> list[str]:
    return [
        argument(path)
        for path in sorted(source.files)
        if path.endswith(".go") and not path.endswith("_test.go") and path.rpartition("/")[0] == directory
    ]
