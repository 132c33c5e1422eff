"""Where a language's tools are, and whether they answer. The only module of this room that starts processes.

What it starts are compilers and interpreters that the user installed, asked for their version or their own directory;
never a program under evolution.
"""

import functools
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import repeat
from pathlib import Path
from typing import Final

from genesis.errors import EnvironmentFault
from genesis.language.build import Command, Tool

__all__ = ["Located", "MissingTool", "Toolchain", "locate", "probe", "require"]

# The first version call of a large compiler on a cold disk takes seconds.
_WAIT_S: Final = 10.0
# Packages of Python's index that carry a whole toolchain inside the package.
_CARRIERS: Final = ("ziglang",)
_VERSION: Final = re.compile(r"\d+\.\d+[\w.+-]*")
# What version calls may see: enough for rustup, npm and their like to find their own files.
_PASSED: Final = (
    "HOME",
    "PATH",
    "RUSTUP_HOME",
    "CARGO_HOME",
    "RUSTUP_TOOLCHAIN",
    "GOROOT",
    "CUDA_HOME",
    "JULIA_DEPOT_PATH",
)


class MissingTool(EnvironmentFault):
    """A tool that building or running needs is not there or does not answer; the message says how to install it."""


@dataclass(frozen=True, slots=True)
class Located:
    """A tool that was found.

    Attributes:
        path: Absolute path of the program to start: proxies such as rustup's are resolved, and so are links that keep
            the name, such as those of npm, because such tools find their files from where they are.
        roots: Directories outside the system's own that the tool reads; a sandbox has to show them, read-only.
        env: Variables that the tool needs to work, whatever it is asked for.
    """

    path: str
    roots: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A tool and what came of asking it for its version.

    Attributes:
        tool: What was asked for.
        located: Where it is; None when it is not on the path.
        version: Its version number; empty when it did not say one.
        fault: Why it cannot be used, in one line; empty when it can.
    """

    tool: Tool
    located: Located | None
    version: str
    fault: str


def locate(name: str, environment: Mapping[str, str] | None = None) -> Located | None:
    """The program of that name: beside this interpreter, then on PATH, then in packages that carry toolchains.

    Args:
        name: Of the program, without a directory; ``python3`` is always this interpreter.
        environment: Where PATH is looked up; that of this process by default.
    """
    given = os.environ if environment is None else environment
    return _locate(name, tuple((key, given[key]) for key in _PASSED if key in given))


def probe(
    tools: Iterable[Tool], environment: Mapping[str, str] | None = None, *, wait_s: float = _WAIT_S
) -> tuple[Toolchain, ...]:
    """Asks every tool for its version, all at the same time, and answers in the order given.

    Args:
        tools: What to ask.
        environment: Where PATH is looked up; that of this process by default.
        wait_s: How long one may take to answer.
    """
    asked = tuple(tools)
    given = dict(os.environ if environment is None else environment)
    with ThreadPoolExecutor(max_workers=max(1, len(asked))) as threads:
        return tuple(threads.map(_ask, asked, repeat(given), repeat(wait_s)))


def require(
    tools: Iterable[Tool], *, purpose: str, environment: Mapping[str, str] | None = None
) -> tuple[Toolchain, ...]:
    """The tools, all of them usable.

    Args:
        tools: What is needed.
        purpose: What needs them, for the message: ``problem sort_rust``.
        environment: Where PATH is looked up.

    Raises:
        MissingTool: One or more are not; the message names each, the command that failed and how to install it.
    """
    found = probe(tools, environment)
    missing = [each for each in found if each.fault]
    if missing:
        doing = "run" if all(each.tool.only_to_run for each in missing) else "built or run"
        reasons = "; ".join(f"{each.fault}; to install it: {each.tool.install}" for each in missing)
        raise MissingTool(f"{purpose} cannot be {doing} here: {reasons}")
    return found


def _ask(tool: Tool, environment: Mapping[str, str], wait_s: float) -> Toolchain:
    located = locate(tool.version.argv[0], environment)
    spelled = shlex.join(tool.version.argv)
    if located is None:
        return Toolchain(
            tool, None, "", f"{tool.name}: `{spelled}` did not start, {tool.version.argv[0]} is not on the path"
        )
    try:
        done = _run(tool.version, located, environment, wait_s)
    except subprocess.TimeoutExpired:
        return Toolchain(tool, located, "", f"{tool.name}: `{spelled}` gave no answer within {wait_s:g} s")
    except OSError as error:
        return Toolchain(tool, located, "", f"{tool.name}: `{spelled}` did not start ({error.strerror or error})")
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        reason = f": {said[-1][:200]}" if said else ""
        return Toolchain(tool, located, "", f"{tool.name}: `{spelled}` ended with exit code {done.returncode}{reason}")
    return Toolchain(tool, located, _version(done.stdout or done.stderr), "")


def _run(
    command: Command, located: Located, environment: Mapping[str, str], wait_s: float
) -> "subprocess.CompletedProcess[str]":
    placed = command.placed(directory="/", cache="/nonexistent", program=located.path)
    passed = {key: environment[key] for key in _PASSED if key in environment}
    return subprocess.run(
        placed.argv,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=wait_s,
        stdin=subprocess.DEVNULL,
        check=False,
        env={**passed, **located.env, **placed.env},
    )


def _version(said: str) -> str:
    """The number in ``gcc (Debian 12.2.0-14) 12.2.0``, or in the line that speaks of a release, as nvcc's last does."""
    lines = [line for line in said.splitlines() if _VERSION.search(line)]
    picked = next((line for line in lines if "release" in line), lines[0] if lines else "")
    return (_VERSION.findall(picked) or [""])[-1]


@functools.lru_cache(maxsize=256)
def _locate(name: str, environment: tuple[tuple[str, str], ...]) -> Located | None:
    if name in {"python", "python3"}:
        return Located(sys.executable, _python_roots())
    path = _which(name, dict(environment).get("PATH", os.defpath))
    if path is None:
        return None
    real = os.path.realpath(path)
    if Path(real).name == "rustup":
        return _behind_rustup(name, real, dict(environment))
    return _found(path)


def _which(name: str, path: str) -> str | None:
    beside = str(Path(sys.executable).parent)
    carriers = [each for package in _CARRIERS for each in _directories(package)]
    return shutil.which(name, path=os.pathsep.join((beside, path, *carriers)))


def _directories(package: str) -> list[str]:
    spec = find_spec(package)
    return [] if spec is None else list(spec.submodule_search_locations or ())


def _behind_rustup(name: str, rustup: str, environment: Mapping[str, str]) -> Located | None:
    """The real tool: rustup's proxies read the home directory, which a sandbox does not show."""
    try:
        done = subprocess.run(
            [rustup, "which", name],
            capture_output=True,
            text=True,
            timeout=_WAIT_S,
            stdin=subprocess.DEVNULL,
            check=False,
            env=dict(environment),
        )
    except (subprocess.TimeoutExpired, OSError):
        return None
    path = done.stdout.strip()
    if done.returncode != 0 or not path:
        return None
    return _found(path)


def _found(path: str) -> Located:
    real = os.path.realpath(path)
    started = real if Path(real).name == Path(path).name else path
    return Located(started, _roots(path, real))


def _python_roots() -> tuple[str, ...]:
    return tuple(dict.fromkeys(root for root in (sys.prefix, sys.base_prefix) if not _of_system(Path(root))))


def _roots(path: str, real: str) -> tuple[str, ...]:
    """The installation that the program is part of, seen from its own name and from where its links lead."""
    found = (_root(Path(each)) for each in (path, real))
    return tuple(dict.fromkeys(str(root) for root in found if not _of_system(root)))


def _root(program: Path) -> Path:
    """``PREFIX`` of ``PREFIX/bin/NAME``, unless that is a directory where people keep other things as well."""
    directory = program.parent
    if directory.name != "bin":
        return directory
    home = Path.home()
    personal = {home, home / ".local", home / ".cargo", *home.parents}
    return directory if directory.parent in personal else directory.parent


def _of_system(root: Path) -> bool:
    return root == Path("/bin") or root == Path("/usr") or Path("/usr") in root.parents
