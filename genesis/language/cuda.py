"""CUDA C++, by nvcc: built anywhere, run where there is a GPU."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from genesis.language.adapter import Adapter, Order
from genesis.language.build import Command, Diagnostic, Recipe, Tool
from genesis.language.cpp import CPP_LEXICON
from genesis.language.diagnostics import matching
from genesis.language.gnu import GNU_LINE, gnu_tool
from genesis.language.lexicon import Lexicon

__all__ = ["CUDA", "Cuda"]

# A program for sm_80 also holds PTX, which later GPUs compile when they load it.
_NVCC: Final = Tool(
    "nvcc",
    Command(("nvcc", "--version")),
    "the CUDA toolkit (apt install nvidia-cuda-toolkit, or https://developer.nvidia.com/cuda-downloads)",
)
_GPU: Final = Tool(
    "GPU",
    Command(("nvidia-smi", "-L")),
    "a machine with an NVIDIA GPU and its driver; programs can be built, and not run, without",
    only_to_run=True,
)
_LINE: Final = re.compile(
    r"(?P<path>[^\s:(][^:(\n]*)\((?P<line>\d+)\): (?P<severity>(?:catastrophic )?error|warning|remark)(?: #\S+)?: "
    r"(?P<message>.*)"
)
_ASSEMBLER_LINE: Final = re.compile(r"ptxas (?:\S+, line \d+; )?(?P<severity>error|fatal) *: (?P<message>.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuda(Adapter):
    """CUDA C++17."""

    name: str = "cuda"
    title: str = "CUDA"
    suffixes: tuple[str, ...] = (".cu", ".cuh")
    comment: str = "//"
    entry: str = "program.cu"
    compilers: tuple[str, ...] = ("nvcc",)
    lexicon: Lexicon = CPP_LEXICON
    needs: tuple[Tool, ...] = (_NVCC, gnu_tool("g++"), _GPU)
    defines: tuple[tuple[str, str], ...] = (("std", "c++17"), ("arch", "sm_80"))
    units: tuple[str, ...] = (".cu",)
    hints: str = (
        "Global memory decides: neighbouring threads of a warp read neighbouring addresses (float4 loads where "
        "aligned), and every element is read once.\n"
        "Reduce within a warp with __shfl_down_sync or __reduce_add_sync, then across warps through shared memory; "
        "avoid bank conflicts by padding.\n"
        "Blocks of 128 to 512 threads, a multiple of 32; enough blocks to fill every multiprocessor; grid-stride "
        "loops; __launch_bounds__ where registers limit occupancy.\n"
        "Branches that split a warp run one after the other. Fuse kernels instead of writing intermediate results.\n"
        "Use __expf, __fdividef and fmaf where the error allows; tensor cores (mma.sync, wmma) for products of "
        "matrices."
    )

    def make(self, order: Order) -> Recipe:
        """Every ``.cu`` and ``.cpp`` file is compiled and linked in one step.

        The define ``arch`` is nvcc's ``-arch``: ``native`` on the machine that has the GPU.
        """
        files = order.files(".cpp")
        base = ("nvcc", f"-std={order.defines['std']}", f"-arch={order.defines['arch']}")
        return order.executable(
            Command((*base, "-O3", "-o", "./program", *files, *order.flags)),
            Command((*base, "-O0", "-cuda", "-odir", ".", *order.flags, *files)),
        )

    def read(self, lines: list[str]) -> Iterable[Diagnostic]:
        """Those of nvcc, of its assembler, and of the host's compiler."""
        return matching(lines, _LINE, _ASSEMBLER_LINE, GNU_LINE)


CUDA: Final = Cuda()
