"""What the compilers of the GNU and the LLVM collections have in common."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from genesis.language.adapter import Adapter, Order
from genesis.language.build import Command, Diagnostic, Recipe, Tool
from genesis.language.diagnostics import matching

__all__ = ["GNU_LINE", "Gnu", "gnu_tool"]

_OPTIMISED: Final = ("-O3", "-march=native")
# The place is that of GCC and Clang; 'fatal error' is a missing header, and the linker's lines have no number.
GNU_LINE: Final = re.compile(
    r"(?P<path>[^\s:][^:\n]*):(?P<line>\d+):(?:(?P<column>\d+):)? "
    r"(?P<severity>(?:fatal )?error|warning|note): (?P<message>.*)"
)
_LINKER_LINE: Final = re.compile(
    r"(?:\S*ld: )?[^\n]*: (?P<message>(?:undefined reference to|multiple definition of) .*)"
)


def gnu_tool(name: str) -> Tool:
    """A compiler of the GNU or LLVM collection."""
    package = name.replace("clang++", "clang")
    return Tool(name, Command((name, "--version")), f"apt install {package} (or your system's package of that name)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gnu(Adapter):
    """A language of these compilers: every file that could be the entry is compiled and linked in one step.

    Attributes:
        libraries: Put behind everything else of a build.
    """

    libraries: tuple[str, ...]

    def tools_by(self, compiler: str) -> tuple[Tool, ...]:
        """The compiler alone, which links, too."""
        return (gnu_tool(compiler),)

    def make(self, order: Order) -> Recipe:
        """See :class:`genesis.language.adapter.Adapter`."""
        files = order.files()
        base = (order.compiler, f"-std={order.defines['std']}", "-fdiagnostics-color=never")
        return order.executable(
            Command((*base, *_OPTIMISED, "-o", "./program", *files, *order.flags, *self.libraries)),
            Command((*base, "-fsyntax-only", *order.flags, *files)),
        )

    def read(self, lines: list[str]) -> Iterable[Diagnostic]:
        """The compiler's and the linker's."""
        return matching(lines, GNU_LINE, _LINKER_LINE)
