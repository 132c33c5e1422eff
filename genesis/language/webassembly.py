"""WebAssembly in its text format, assembled, compiled and run by wasmtime, the package of Python's index."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from genesis.language.adapter import Adapter, Order
from genesis.language.build import Command, Diagnostic, Recipe, Tool
from genesis.language.diagnostics import diagnostic_of
from genesis.language.lexicon import Lexicon

__all__ = ["WEBASSEMBLY", "WebAssembly"]

_VERSION: Final = 'from importlib.metadata import version; import wasmtime; print(version("wasmtime"))'
_WASMTIME: Final = Tool("wasmtime", Command(("python3", "-P", "-c", _VERSION)), "pip install wasmtime")
_COMPILE: Final = """\
import sys, wasmtime
source, target = sys.argv[1:]
try:
    module = wasmtime.Module(wasmtime.Engine(), wasmtime.wat2wasm(open(source, "rb").read()))
except wasmtime.WasmtimeError as error:
    sys.exit("error: " + str(error).replace("<anon>", source))
open(target, "wb").write(module.serialize())
"""
_RUN: Final = """\
import sys, wasmtime
engine = wasmtime.Engine()
linker = wasmtime.Linker(engine)
linker.define_wasi()
wasi = wasmtime.WasiConfig()
wasi.inherit_stdin(), wasi.inherit_stdout(), wasi.inherit_stderr()
store = wasmtime.Store(engine)
store.set_wasi(wasi)
try:
    exports = linker.instantiate(store, wasmtime.Module.deserialize_file(engine, sys.argv[1])).exports(store)
    exports["_start"](store)
except wasmtime.ExitTrap as ended:
    sys.exit(ended.code)
except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
    sys.exit("error: " + str(error))
except KeyError:
    sys.exit("error: the module exports no function _start")
"""
_LEXICON: Final = Lexicon(
    line_comments=(";;",),
    block_comments=(("(;", ";)"),),
    nested=True,
    strings=(r'"(?:[^"\\\n]|\\[^\n])*+"',),
    unclosed=('"',),
    operators="",
    brackets=("()",),
    words=r'[^\s()";]+',
)
_ERROR: Final = re.compile(r"error: (?P<message>.*)")
_PLACE: Final = re.compile(r" *--> (?P<path>.+?):(?P<line>\d+):(?P<column>\d+)$")
_CAUSE: Final = re.compile(r"    (?:\d+: )?(?P<message>.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAssembly(Adapter):
    """A module in text format with a function ``_start``; input and output by WASI."""

    name: str = "webassembly"
    title: str = "WebAssembly text"
    suffixes: tuple[str, ...] = (".wat",)
    comment: str = ";;"
    entry: str = "program.wat"
    compilers: tuple[str, ...] = ("wasmtime",)
    lexicon: Lexicon = _LEXICON
    needs: tuple[Tool, ...] = (_WASMTIME,)
    hints: str = (
        "v128 is SIMD: v128.load, i32x4.add, f32x4.mul, i8x16.shuffle; relaxed_madd fuses.\n"
        "Keep what a loop uses in locals; fold constant offsets into load and store (offset=, align=); no calls "
        "inside.\n"
        "memory.copy and memory.fill beat loops; br_table beats chains of comparisons; select avoids branches.\n"
        "Read input with few large fd_read calls and write once with fd_write; grow memory once."
    )

    def make(self, order: Order) -> Recipe:
        """Assembled and compiled to machine code once; a run loads that."""
        return Recipe(
            check=(),
            build=(Command(("python3", "-P", "-c", _COMPILE, order.entry(), "./program.cwasm")),),
            run=Command(("python3", "-P", "-c", _RUN, "./program.cwasm")),
            artifact="program.cwasm",
            tools=order.tools,
        )

    def read(self, lines: list[str]) -> Iterator[Diagnostic]:
        """Where assembling stopped; a module that is not valid says the offset in its binary form instead."""
        parts: dict[str, str | None] = {}
        for line in lines:
            if error := _ERROR.match(line):
                if parts:
                    yield diagnostic_of(parts)
                parts = dict(error.groupdict())
            elif parts and "path" not in parts and (place := _PLACE.match(line)):
                parts.update(place.groupdict())
            elif parts and "path" not in parts and (cause := _CAUSE.match(line)):
                parts["message"] = f"{parts['message']}: {cause['message']}"
        if parts:
            yield diagnostic_of(parts)


WEBASSEMBLY: Final = WebAssembly()
