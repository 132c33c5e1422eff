"""Counts vector instructions in what a compiler made: the evidence that a loop was vectorised.

What is counted are instructions that work on several numbers at once, on x86 (SSE, AVX, AVX-512) and ARM (NEON, SVE).
Scalar floating-point arithmetic, which uses the same registers, is not; moves, with which compilers also copy
structures, and clearing a register, are told apart. Code of the toolchain's own that is linked into every program
(Rust's standard library, the start-up code of C) is left out, but for what the program's own types make of it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from genesis.language.build import Command, Tool
from genesis.language.sources import argument

__all__ = ["OBJDUMP", "VectorCount", "count_vector_instructions", "disassemble"]

OBJDUMP: Final = Tool("objdump", Command(("objdump", "--version")), "apt install binutils")

_SYMBOL: Final = re.compile(r"[0-9a-f]+ <(?P<name>[^>]*)>:$")
_INSTRUCTION: Final = re.compile(r" *[0-9a-f]+:\t(?P<mnemonic>\S+)(?:[ \t]+(?P<operands>.*))?$")
_PREFIXES: Final = frozenset(("rep", "repz", "repnz", "lock", "bnd", "notrack", "data16", "cs", "ds"))
_X86_REGISTER: Final = re.compile(r"%(?P<kind>[xyz])mm\d+")
_ARM_REGISTER: Final = re.compile(r"\b(?:v\d+\.(?P<lanes>\d+)(?P<size>[bhsd])|z\d+\.[bhsdq])\b")
_BITS: Final[Mapping[str, int]] = {"x": 128, "y": 256, "z": 512}
_ARM_BITS: Final[Mapping[str, int]] = {"b": 8, "h": 16, "s": 32, "d": 64}
_SCALAR: Final = re.compile(
    r"v?(?:(?:add|sub|mul|div|min|max|sqrt|rcp(?:14)?|rsqrt(?:14)?|mov|cmp\w*|u?comi|round|rndscale|scalef|getexp|getmant|"
    r"range|reduce|fixupimm|fn?m(?:add|sub)\d{3})s[sdh]|cvt\w*(?:s[sdh]2|2s[sdh])\w*|movd|movq|p?extr[bwdq]|ldmxcsr|stmxcsr)$"
)
_MOVE: Final = re.compile(
    r"v?(?:mov(?:[ah]?[lh]?[ap]?[pu]?[sd]|dq[au]\d*|nt\w*|[au]p[sd]|lp[sd]|hp[sd])|lddqu|zero\w+)$"
)
_ARM_MOVE: Final = re.compile(r"(?:mov|movi|mvni|ld[1-4r]\w*|st[1-4]\w*|ldp|stp|ldr|str|dup|umov|smov|ins)$")
_CLEARS: Final = re.compile(r"v?(?:p?xor\w*)$")
# Names by which a Rust symbol, in mangling version 0, says from which crates it comes; _<length><name>.
_CRATE: Final = re.compile(r"C(?:s[0-9A-Za-z]*_)?(?P<length>[1-9]\d*)_?(?=[A-Za-z_])")
_TOOLCHAIN: Final = (
    "std core alloc proc_macro test compiler_builtins panic_unwind panic_abort unwind std_detect __rustc "
    "rustc_demangle gimli addr2line object miniz_oxide adler adler2 hashbrown memchr cfg_if libc"
)
_CRATES_OF_RUST: Final = frozenset(_TOOLCHAIN.split())
# Programs are built with version 0; what bears the older names is the library of a toolchain that was built with them.
_OLDER_RUST: Final = re.compile(r"_ZN.*17h[0-9a-f]{16}E(?:\.llvm\.\d+)?$")
_START_UP: Final = re.compile(
    r"_init$|_fini$|_start$|\.plt|.*@plt|(?:de)?register_tm_clones$|__do_global_dtors_aux$|frame_dummy$|_dl_relocate_static_pie$"
    r"|__libc_\w+$|_Unwind_\w+$|__cxa_\w+$|rust_\w+$|__rust\w*$|__rdl_\w+$"
)


@dataclass(frozen=True, slots=True)
class VectorCount:
    """What the program's own machine code is made of.

    Attributes:
        instructions: All of them.
        vector: Those that calculate with, compare or rearrange several numbers at once.
        vector_moves: Those that load, store or copy vector registers.
        by_bits: The vector instructions (moves not counted) by the width of the widest register they use; 0 for widths
            that the processor chooses (SVE).
    """

    instructions: int = 0
    vector: int = 0
    vector_moves: int = 0
    by_bits: Mapping[int, int] = field(default_factory=dict[int, int])

    @property
    def share(self) -> float:
        """Vector instructions among all, from 0 to 1."""
        return self.vector / self.instructions if self.instructions else 0.0

    def metrics(self) -> dict[str, float]:
        """As auxiliary metrics: ``vector_instructions``, ``vector_share`` and ``vector_bits`` (the widest in use)."""
        widest = max(self.by_bits, default=0)
        return {
            "vector_instructions": float(self.vector),
            "vector_share": self.share,
            "vector_bits": float(widest),
        }


def disassemble(artifact: str) -> Command:
    """The command whose output ``count_vector_instructions`` reads, for a path relative to the directory."""
    return Command(("objdump", "--disassemble", "--wide", "--no-show-raw-insn", argument(artifact)), {"LC_ALL": "C"})


def count_vector_instructions(disassembly: str) -> VectorCount:
    """What objdump's disassembly holds; all zero for a text that is none."""
    instructions = moves = 0
    widths: Counter[int] = Counter()
    for mnemonic, operands in _own_instructions(disassembly):
        instructions += 1
        bits = _vector_bits(mnemonic, operands)
        if bits is None:
            continue
        if _is_move(mnemonic, operands):
            moves += 1
        else:
            widths[bits] += 1
    return VectorCount(instructions, widths.total(), moves, dict(sorted(widths.items())))


def _own_instructions(disassembly: str) -> Iterator[tuple[str, str]]:
    own = False
    for line in disassembly.splitlines():
        if found := _INSTRUCTION.match(line):
            if own:
                yield _without_prefix(found["mnemonic"], found["operands"] or "")
        elif symbol := _SYMBOL.match(line):
            own = _is_own(symbol["name"])


def _without_prefix(mnemonic: str, operands: str) -> tuple[str, str]:
    while mnemonic in _PREFIXES and operands:
        mnemonic, _, operands = operands.partition(" ")
    return mnemonic, operands


def _is_own(symbol: str) -> bool:
    if not symbol.startswith("_R"):
        return _START_UP.match(symbol) is None and _OLDER_RUST.match(symbol) is None
    return any(crate not in _CRATES_OF_RUST for crate in _crates(symbol))


def _crates(symbol: str) -> Iterator[str]:
    for found in _CRATE.finditer(symbol):
        name = symbol[found.end() : found.end() + int(found["length"])]
        if len(name) == int(found["length"]):
            yield name


def _vector_bits(mnemonic: str, operands: str) -> int | None:
    """The width of the widest vector register in use; None for an instruction on single numbers."""
    registers = [_BITS[kind] for kind in _X86_REGISTER.findall(operands)]
    if registers:
        return None if _SCALAR.match(mnemonic) else max(registers)
    arm = list(_ARM_REGISTER.finditer(operands))
    if not arm:
        return None
    return max(int(each["lanes"]) * _ARM_BITS[each["size"]] if each["lanes"] else 0 for each in arm)


def _is_move(mnemonic: str, operands: str) -> bool:
    if _CLEARS.match(mnemonic):
        return len(set(operands.split(","))) == 1
    pattern = _MOVE if "%" in operands else _ARM_MOVE
    return pattern.match(mnemonic) is not None
