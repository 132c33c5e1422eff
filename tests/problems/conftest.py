"""Shipped problems as tests see them: validators loaded by path, seeds run in a process of their own."""

import json
import runpy
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.problems.compiled import Compiled, load

PROBLEMS = Path(__file__).parents[2] / "problems"
SEED_TIMEOUT_S = 200

# Runs in the seed's process: what a program is given, and what it returns, as JSON.
RUN_SEED = """
import json, pathlib, runpy, sys
directory, seed = map(pathlib.Path, sys.argv[1:])
sys.path.insert(0, str(directory))
entrypoint = runpy.run_path(str(seed))["entrypoint"]
arguments = []
if (directory / "context.py").exists():
    context = runpy.run_path(str(directory / "context.py"))["build_context"]()
    arguments.append({name: value for name, value in context.items() if name != "private"})
print(json.dumps(entrypoint(*arguments), default=lambda value: value.tolist()))
"""


@dataclass(frozen=True)
class Shipped:
    """A shipped problem."""

    directory: Path
    module: dict[str, Any]
    context: dict[str, Any] | None

    def validate(self, output: object) -> dict[str, float]:
        """The metrics of what a program returned."""
        arguments = (output,) if self.context is None else (self.context, output)
        return self.module["validate"](*arguments)

    def helper(self) -> dict[str, Any]:
        """The names of helper.py."""
        return runpy.run_path(str(self.directory / "helper.py"))

    def run(self, seed: str) -> Any:
        """What an initial program returns, run in a fresh process."""
        path = self.directory / "initial_programs" / seed
        done = subprocess.run(
            [sys.executable, "-B", "-c", RUN_SEED, str(self.directory), str(path)],
            capture_output=True,
            text=True,
            timeout=SEED_TIMEOUT_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="session")
def shipped() -> Callable[[str], Shipped]:
    """Loads a shipped problem by name."""
    return _load


def _load(name: str) -> Shipped:
    directory = PROBLEMS / name
    # Every problem calls its helper "helper": each validator must find its own, and leave none behind.
    sys.path.insert(0, str(directory))
    try:
        sys.modules.pop("helper", None)
        module = runpy.run_path(str(directory / "validate.py"))
        has_context = (directory / "context.py").exists()
        context = runpy.run_path(str(directory / "context.py"))["build_context"]() if has_context else None
    finally:
        sys.path.remove(str(directory))
        sys.modules.pop("helper", None)
    return Shipped(directory, module, context)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory, toolchain_cache: Path) -> Callable[[str], Compiled]:
    """Loads a shipped problem with cases by name."""
    scratch = tmp_path_factory.mktemp("compiled")
    return lambda name: load(name, scratch, toolchain_cache)


@pytest.fixture(scope="module")
def problem(request: pytest.FixtureRequest, compiled: Callable[[str], Compiled]) -> Compiled:
    """The problem with cases that a module ``test_NAME`` is about."""
    return compiled(request.module.__name__.rpartition(".test_")[2])
