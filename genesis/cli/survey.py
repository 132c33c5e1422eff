"""What this machine has that a run could use. Imports nothing that another package could hide."""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from genesis.cli.packages import OUR_PACKAGES, Package, inspect_package
from genesis.cli.servers import Server, find_clickhouse, find_nats
from genesis.language import LANGUAGES, BuildSettings, Language
from genesis.language import Tool as Needed
from genesis.language.toolchain import Toolchain, probe
from genesis.version import __version__

__all__ = ["Disk", "Machine", "ModelCheck", "Sandbox", "Survey", "Tool", "Toolset", "survey"]

_KEYS = (
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "GEMINI_API_KEY",
    "DEEPSEEK_API_KEY",
    "OPENROUTER_API_KEY",
    "AZURE_OPENAI_API_KEY",
    "VLLM_API_KEY",
    "LLAMACPP_API_KEY",
    "COMPATIBLE_API_KEY",
    "E2B_API_KEY",
    "MODAL_TOKEN_ID",
)
_AUTOMATIC = ("namespaces", "bubblewrap", "landlock")
_KINDS = (*_AUTOMATIC, "plain")
_TOOL_WAIT_S = 5.0
_SANDBOX_WAIT_S = 20.0
_WRITES, _WRITE_BYTES = 32, 4096


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A kind of sandbox: whether this machine allows it, and if not, why."""

    kind: str
    available: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Tool:
    """A compiler, interpreter or device that programs of a language need.

    Attributes:
        name: The tool's.
        path: Where it is; empty when nowhere.
        version: What it says; empty when it is not there or would not say.
        fault: Why it cannot be used; empty when it can.
        install: How to get it.
        only_to_run: Whether programs can be built without it.
    """

    name: str
    path: str
    version: str
    fault: str
    install: str
    only_to_run: bool


@dataclass(frozen=True, slots=True)
class Toolset:
    """What a language needs here, and the other compilers that its problems may ask for."""

    language: str
    needs: tuple[Tool, ...]
    others: tuple[Tool, ...]

    @property
    def usable(self) -> bool:
        """Whether programs of the language can be built and run here."""
        return not any(tool.fault for tool in self.needs)


@dataclass(frozen=True, slots=True)
class Disk:
    """Where runs are kept: whether it can be written, and how many milliseconds a small durable write takes."""

    directory: str
    writable: bool
    fsync_ms: float | None
    detail: str


@dataclass(frozen=True, slots=True)
class Machine:
    """Processors that this process may use, and bytes of memory, in all and not in use."""

    platform: str
    cpus: int
    memory_bytes: int
    available_bytes: int


@dataclass(frozen=True, slots=True)
class ModelCheck:
    """A language model that was asked for one token: what is wrong, empty when nothing is, and how long it took."""

    model: str
    problem: str
    latency_s: float


@dataclass(frozen=True, slots=True)
class Survey:
    """All of it.

    Attributes:
        version: Of Genesis.
        python: Version of the interpreter.
        executable: Its path.
        machine: Processors and memory.
        packages: The names that Genesis is installed under.
        sandboxes: Every kind.
        automatic: What ``evaluation.sandbox=auto`` picks, None when it would find none.
        toolsets: What every language needs, and whether it is here.
        keys: Names of the variables that hold API keys and are set; never a value.
        servers: Brokers and stores.
        disk: Where runs are kept.
        obstacles: What would keep a run from working, with the remedy; empty when nothing would.
        models: Language models that were asked, if that was wanted.
    """

    version: str
    python: str
    executable: str
    machine: Machine
    packages: tuple[Package, ...]
    sandboxes: tuple[Sandbox, ...]
    automatic: str | None
    toolsets: tuple[Toolset, ...]
    keys: tuple[str, ...]
    servers: tuple[Server, ...]
    disk: Disk
    obstacles: tuple[str, ...]
    models: tuple[ModelCheck, ...] = ()


def survey(runs_dir: Path, environment: Mapping[str, str]) -> Survey:
    """Looks at everything, each with a time limit of its own; some seconds at most."""
    with ThreadPoolExecutor() as threads:
        toolsets = threads.submit(_toolsets, environment)
        sandboxes = tuple(threads.map(_sandbox, _KINDS))
        servers = (find_nats(environment), find_clickhouse(environment))
        found = toolsets.result()
    packages = tuple(map(inspect_package, OUR_PACKAGES))
    allowed = {each.kind for each in sandboxes if each.available}
    automatic = next((kind for kind in _AUTOMATIC if kind in allowed), None)
    disk = _disk(runs_dir)
    return Survey(
        version=__version__,
        python=platform.python_version(),
        executable=sys.executable,
        machine=_machine(),
        packages=packages,
        sandboxes=sandboxes,
        automatic=automatic,
        toolsets=found,
        keys=tuple(name for name in _KEYS if environment.get(name)),
        servers=servers,
        disk=disk,
        obstacles=tuple(_obstacles(packages, automatic, disk)),
    )


def _obstacles(packages: tuple[Package, ...], automatic: str | None, disk: Disk) -> list[str]:
    found = [f"package {package.name}: {package.detail}; {package.remedy}" for package in packages if not package.ours]
    if automatic is None:
        found.append(
            "no sandbox is to be had: allow unprivileged user namespaces or Landlock, or, for programs that you trust, "
            "add evaluation.sandbox=plain"
        )
    if not disk.writable:
        found.append(f"{disk.directory} cannot be written ({disk.detail}): choose another place with runs_dir=PATH")
    return found


def _sandbox(kind: str) -> Sandbox:
    command = [sys.executable, "-P", "-m", "genesis.cli.sandbox_probe", kind]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SANDBOX_WAIT_S, check=False)
    except subprocess.TimeoutExpired:
        return Sandbox(kind, available=False, detail=f"no answer within {_SANDBOX_WAIT_S:g} s")
    if done.returncode == 0:
        return Sandbox(kind, available=True, detail="")
    said = (done.stdout or done.stderr).strip().splitlines()
    return Sandbox(kind, available=False, detail=said[-1] if said else f"exit code {done.returncode}")


def _toolsets(environment: Mapping[str, str]) -> tuple[Toolset, ...]:
    """Every language, each tool asked once, all at the same time."""
    needs = {name: language.tools(BuildSettings()) for name, language in LANGUAGES.items()}
    others = {name: tuple(_others(language, needs[name])) for name, language in LANGUAGES.items()}
    asked = {tool.name: tool for tools in (*needs.values(), *others.values()) for tool in tools}
    found = {each.tool.name: _tool(each) for each in probe(asked.values(), environment, wait_s=_TOOL_WAIT_S)}
    return tuple(
        Toolset(name, tuple(found[each.name] for each in needs[name]), tuple(found[each.name] for each in others[name]))
        for name in LANGUAGES
    )


def _others(language: Language, needs: tuple[Needed, ...]) -> Iterator[Needed]:
    known = {tool.name for tool in needs}
    for compiler in language.compilers[1:]:
        yield from (tool for tool in language.tools(BuildSettings(compiler=compiler)) if tool.name not in known)


def _tool(found: Toolchain) -> Tool:
    path = "" if found.located is None else found.located.path
    return Tool(found.tool.name, path, found.version, found.fault, found.tool.install, found.tool.only_to_run)


def _disk(runs_dir: Path) -> Disk:
    there = next(path for path in (runs_dir.absolute(), *runs_dir.absolute().parents) if path.is_dir())
    try:
        with tempfile.TemporaryFile(dir=there, buffering=0) as file:
            times = [_durable_write(file.fileno()) for _ in range(_WRITES)]
    except OSError as error:
        return Disk(str(there), writable=False, fsync_ms=None, detail=(error.strerror or str(error)).lower())
    return Disk(str(there), writable=True, fsync_ms=1000 * statistics.median(times), detail="")


def _durable_write(file: int) -> float:
    began = time.perf_counter()
    os.write(file, bytes(_WRITE_BYTES))
    os.fdatasync(file)
    return time.perf_counter() - began


def _machine() -> Machine:
    sizes = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
    return Machine(
        platform=f"{platform.system()} {platform.release()} {platform.machine()}",
        cpus=len(os.sched_getaffinity(0)),
        memory_bytes=int(sizes["MemTotal"].split()[0]) * 1024,
        available_bytes=int(sizes["MemAvailable"].split()[0]) * 1024,
    )
