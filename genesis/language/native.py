"""Native code beside Python: what builds the libraries that a program loads with ctypes or imports as modules."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from sysconfig import get_paths
from types import MappingProxyType
from typing import Final

from genesis.language.build import BuildError, BuildSettings, Command, Recipe, Tool
from genesis.language.gnu import gnu_tool, library
from genesis.language.rust import RUST, rust_library
from genesis.language.sources import argument, stem
from genesis.program import Source

__all__ = ["native_steps"]

_MANIFEST: Final = "Cargo.toml"
_STANDARDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {".c": ("gcc", "gnu17"), ".cpp": ("g++", "gnu++20"), ".cc": ("g++", "gnu++20"), ".cxx": ("g++", "gnu++20")}
)
_PYBIND11: Final = "pybind11/"
_HEADERS: Final = Tool(
    "pybind11", Command(("python3", "-P", "-c", "import pybind11; print(pybind11.__version__)")), "pip install pybind11"
)


def native_steps(source: Source, settings: BuildSettings) -> tuple[tuple[Command, ...], tuple[Tool, ...]]:
    """The commands, and the tools they need; none when the program is Python alone.

    Each ``.c``, ``.cpp`` and ``.rs`` file becomes a library of its own in the directory it is in: ``kernel.cpp``
    gives ``libkernel.so``; C++ that includes pybind11 gives the module ``kernel.so``. With a ``Cargo.toml``, the Rust
    files are a Cargo project instead, whose library ``NAME`` is put beside it as the module ``NAME.so``. The
    settings' flags go to every compiler but Cargo.

    Raises:
        BuildError: Two files would give the same library, or ``Cargo.toml`` makes none.
    """
    made: dict[str, str] = {}
    commands: list[Command] = []
    tools: dict[str, Tool] = {}
    for path in sorted(source.files):
        built = _built(path, source, settings)
        if built is None:
            continue
        target, command, needed = built
        if target in made:
            raise BuildError(f"{made[target]!r} and {path!r} would both give {target}: rename one")
        made[target] = path
        commands.append(command)
        tools |= {tool.name: tool for tool in needed}
    if _MANIFEST in source.files:
        project, module = _cargo(source, settings)
        commands += (*project.build, module)
        tools |= {tool.name: tool for tool in project.tools}
    return tuple(commands), tuple(tools.values())


def _built(path: str, source: Source, settings: BuildSettings) -> tuple[str, Command, tuple[Tool, ...]] | None:
    suffix = Path(path).suffix
    target = str(Path(path).with_name(f"lib{stem(path)}.so"))
    if suffix == ".rs" and _MANIFEST not in source.files:
        command = rust_library(argument(path), argument(target), settings.flags)
        return target, command, RUST.tools(BuildSettings())
    if suffix not in _STANDARDS:
        return None
    compiler, standard = _STANDARDS[suffix]
    flags, tools = settings.flags, (gnu_tool(compiler),)
    if suffix != ".c" and _PYBIND11 in source.files[path]:
        target = str(Path(path).with_name(f"{stem(path)}.so"))
        flags, tools = (*_includes(), *flags), (*tools, _HEADERS)
    return target, library(compiler, standard, argument(path), argument(target), flags), tools


def _includes() -> tuple[str, ...]:
    """Where Python's and pybind11's headers are, of the interpreter that will load the module."""
    spec = find_spec("pybind11")
    package = list(spec.submodule_search_locations or ()) if spec is not None else []
    directories = [get_paths()["include"], *(str(Path(each) / "include") for each in package)]
    return tuple(f"-I{directory}" for directory in directories)


def _cargo(source: Source, settings: BuildSettings) -> tuple[Recipe, Command]:
    recipe = RUST.recipe(source, replace(settings, compiler="cargo", flags=()))
    made = recipe.artifact or ""
    if not made.endswith(".so"):
        raise BuildError(f'{_MANIFEST}: Python can load no program; make it a library: [lib] crate-type = ["cdylib"]')
    if any(stem(made) == f"lib{name}" for name in sys.stdlib_module_names):
        raise BuildError(f"{_MANIFEST}: {stem(made)[3:]!r} is the name of a module of Python's own: choose another")
    module = f"./{stem(made).removeprefix('lib')}.so"
    return recipe, Command(("cp", argument(made), module))
