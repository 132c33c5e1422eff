"""What the compilers of the GNU and the LLVM collections have in common."""

import re
from typing import Final

from genesis.language.build import Command, Diagnostic, Tool
from genesis.language.diagnostics import read_lines

__all__ = ["GNU_LINE", "OPTIMISED", "gnu_tool", "read_gnu"]

OPTIMISED: Final = ("-O3", "-march=native")
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


def read_gnu(output: str) -> tuple[Diagnostic, ...]:
    """The messages of GCC, Clang and the linker behind them."""
    return read_lines(output, GNU_LINE, _LINKER_LINE)
