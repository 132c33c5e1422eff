"""Rust: one file by rustc, or a Cargo project with the crates that come with it."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeGuard

from genesis.language.adapter import Adapter, Order
from genesis.language.build import BuildError, Command, Diagnostic, Recipe, Tool
from genesis.language.diagnostics import diagnostic_of
from genesis.language.gnu import gnu_tool
from genesis.language.lexicon import Lexicon

__all__ = ["RUST", "Rust"]

_MANIFEST, _LOCK = "Cargo.toml", "Cargo.lock"
_INSTALL: Final = "https://rustup.rs, or apt install rustc cargo"
_RUSTC: Final = Tool("rustc", Command(("rustc", "--version")), _INSTALL)
_CARGO: Final = Tool("cargo", Command(("cargo", "--version")), _INSTALL)
_OPTIMISED: Final = ("-Copt-level=3", "-Ctarget-cpu=native", "-Ccodegen-units=1", "-Csymbol-mangling-version=v0")
_LEXICON: Final = Lexicon(
    nested=True,
    strings=(
        r'(?:br|cr|r)(?P<hashes>#*+)"[\s\S]*?"(?P=hashes)',
        r'[bc]?"(?:[^"\\]|\\[\s\S])*+"',
        r"b?'(?:[^'\\\n]|\\(?:u\{[^}\n]*\}|x[0-9A-Fa-f]{2}|[^\n]))'",
    ),
    unclosed=(r'(?:br|cr|r)#*+"', '"'),
    words=r"'[^\W\d]\w*+|(?:r#)?[^\W\d]\w*+",
)
_HEADER: Final = re.compile(r"(?P<severity>error|warning)(?:\[\w+\])?: (?P<message>.*)")
_PLACE: Final = re.compile(r" *--> (?P<path>.+?):(?P<line>\d+):(?P<column>\d+)$")
_LABEL: Final = re.compile(r"[ \d]*\|.*?\^+ (?P<label>\S.*)")
_PANIC: Final = re.compile(r"thread '[^']*'(?: \(\d+\))? panicked at (?P<path>.+?):(?P<line>\d+):(?P<column>\d+):$")
_SUMMARY: Final = re.compile(r"aborting due to|could not compile|\d+ warnings? emitted|.* generated \d+ warnings?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rust(Adapter):
    """Rust 2021, optimised for the machine it is built on."""

    name: str = "rust"
    title: str = "Rust"
    suffixes: tuple[str, ...] = (".rs",)
    comment: str = "//"
    entry: str = "program.rs"
    compilers: tuple[str, ...] = ("rustc", "cargo")
    lexicon: Lexicon = _LEXICON
    needs: tuple[Tool, ...] = (_RUSTC, gnu_tool("gcc"))
    defines: tuple[tuple[str, str], ...] = (("edition", "2021"), ("features", ""), ("vendor", ""))
    hints: str = (
        "Iterate over slices (iter, zip, chunks_exact, windows) instead of indexing, or slice to the length first: "
        "then bounds checks go and loops vectorise. get_unchecked only where a proof is near.\n"
        "Ownership: pass &[T] and &mut [T], reuse buffers, mem::take and swap instead of clone; "
        "Vec::with_capacity; split_at_mut to write two parts of one slice.\n"
        "SIMD: std::arch::x86_64 intrinsics behind is_x86_feature_detected! or #[target_feature]; several "
        "accumulators break dependency chains.\n"
        "sort_unstable and radix sorts beat sort; a small integer key beats a comparison; u32 indices halve "
        "memory.\n"
        "Read stdin whole (read_to_end) and parse bytes; write through one Vec<u8> or a BufWriter on "
        "stdout().lock()."
    )

    def tools_by(self, compiler: str) -> tuple[Tool, ...]:
        """``rustc`` and a linker; ``cargo`` too where the settings ask for it by name."""
        return (*((_CARGO,) if compiler == "cargo" else ()), *self.needs)

    def make(self, order: Order) -> Recipe:
        """By Cargo when ``Cargo.toml`` is among the files, by rustc otherwise.

        Defines: ``edition`` (rustc), ``features`` (Cargo's, comma-separated), ``vendor`` (a directory of crates
        that stands for crates.io; a ``.cargo/config.toml`` among the files can say the same).
        """
        if _MANIFEST in order.source.files:
            return _by_cargo(order)
        if order.compiler == "cargo":
            raise BuildError(f"compiler cargo: there is no {_MANIFEST} among {sorted(order.source.files)}; add one")
        base = ("rustc", f"--edition={order.defines['edition']}", "--crate-name=program", "--color=never")
        entry = order.entry()
        return order.executable(
            Command((*base, *_OPTIMISED, "-o", "./program", *order.flags, entry)),
            Command((*base, "--emit=metadata", "-o", "./program.rmeta", *order.flags, entry)),
        )

    def read(self, lines: list[str]) -> Iterator[Diagnostic]:
        """The compiler's, with the label under the place added to the message; and panics of a run."""
        parts: dict[str, str | None] = {}
        for number, line in enumerate(lines):
            if header := _HEADER.match(line):
                if parts:
                    yield diagnostic_of(parts)
                parts = {} if _SUMMARY.match(header["message"]) else dict(header.groupdict())
            elif panic := _PANIC.match(line):
                if parts:
                    yield diagnostic_of(parts)
                parts = {}
                yield diagnostic_of({**panic.groupdict(), "message": " ".join(lines[number + 1 : number + 2])})
            elif parts:
                _refine(parts, line)
        if parts:
            yield diagnostic_of(parts)


RUST: Final = Rust()


def _refine(parts: dict[str, str | None], line: str) -> None:
    """The first place below a header is its own, and so is the first label."""
    if "path" not in parts and (place := _PLACE.match(line)):
        parts.update(place.groupdict())
    elif "label" not in parts and "path" in parts and (label := _LABEL.match(line)):
        parts["label"] = label["label"]
        parts["message"] = f"{parts['message']}: {label['label']}"


def _by_cargo(order: Order) -> Recipe:
    source, defines = order.source, order.defines
    common = ["--release", "--offline", "--color=never", "--target-dir=./target"]
    if _LOCK in source.files:
        common.append("--locked")
    if defines["features"]:
        common.append(f"--features={order.defines['features']}")
    if defines["vendor"]:
        common += ["--config", 'source.crates-io.replace-with="genesis-vendor"']
        common += ["--config", f"source.genesis-vendor.directory={order.defines['vendor']!r}"]
    environment = {
        "CARGO_HOME": "{cache}/cargo",
        "RUSTC": "{tool}/rustc",
        "RUSTFLAGS": "-Ctarget-cpu=native -Csymbol-mangling-version=v0",
    }
    artifact = _product(source.files[_MANIFEST])
    return Recipe(
        check=(Command(("cargo", "check", *common, *order.flags), environment),),
        build=(Command(("cargo", "build", *common, *order.flags), environment),),
        run=Command((f"./{artifact}",)),
        artifact=artifact,
        tools=(_CARGO, _RUSTC, gnu_tool("gcc")),
    )


def _product(manifest: str) -> str:
    """The path of what a release build makes: the first program, or the library where there is none."""
    try:
        read: dict[str, object] = tomllib.loads(manifest)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BuildError(f"{_MANIFEST}: {error}; correct it") from error
    name = _name(read.get("package"))
    if name is None:
        raise BuildError(f"{_MANIFEST} has no [package] with a name: add one (workspaces are not built)")
    programs = read.get("bin")
    first = _name(programs[0]) if _is_list(programs) and programs else None
    library = read.get("lib")
    if first is None and _is_table(library) and "cdylib" in str(library.get("crate-type", "")):
        return f"target/release/lib{(_name(library) or name).replace('-', '_')}.so"
    return f"target/release/{first or name}"


def _name(table: object) -> str | None:
    if not _is_table(table):
        return None
    name = table.get("name")
    return name if isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9_-]+", name) else None


def _is_table(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)
