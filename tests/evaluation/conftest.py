"""A small problem in a temporary directory, and local backends that run on it."""

import asyncio
import contextlib
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from genesis.evaluation.backend.local import LocalBackend
from genesis.evaluation.job import Job, Limits, Outcome, ProblemSetup
from genesis.evaluation.sandbox.table import KINDS
from genesis.program import Source

VALIDATE = """
def validate(output):
    return {"fitness": output["x"], "extra": 1}
"""
CONFINING = [kind for kind in KINDS if kind != "plain"]
GOOD = "def entrypoint():\n    return {'x': 2.5}\n"
# Little of everything but wall time: a program that does well may have to wait for a busy machine.
SHORT = Limits(wall_s=60.0, cpu_s=1.0, memory_bytes=256 * 2**20, output_bytes=4 * 2**20, disk_bytes=8 * 2**20)


def write_problem(directory: Path, *, limits: Limits = SHORT, **fields: object) -> ProblemSetup:
    """A problem that scores the ``x`` of what a program returns."""
    if not (directory / "validate.py").exists():
        (directory / "validate.py").write_text(VALIDATE)
    settings: dict = {"name": "small", "digest": "d", "metrics": ("fitness",), **fields}
    return ProblemSetup(directory=str(directory), limits=limits, **settings)


class Bench:
    """A started backend and the event loop that it lives in."""

    def __init__(self, runner: asyncio.Runner, backend: LocalBackend) -> None:
        self.runner = runner
        self.backend = backend

    def evaluate(self, text: str) -> Outcome:
        """The outcome of a program of one file."""
        return self.evaluate_all([text])[0]

    def evaluate_all(self, texts: list[str]) -> list[Outcome]:
        """Outcomes of programs that are all submitted at once."""
        return self.evaluate_sources([Source.single(text, "main.py") for text in texts])

    def evaluate_sources(self, sources: list[Source]) -> list[Outcome]:
        async def run() -> list[Outcome]:
            return await asyncio.gather(*(self.backend.evaluate(Job("p", source)) for source in sources))

        return self.runner.run(run())


@contextlib.contextmanager
def started(
    setup: ProblemSetup, *, sandbox: str = "auto", workers: int = 2, cache_entries: int = 0
) -> Generator[Bench]:
    """A backend for the length of a block."""
    with asyncio.Runner() as runner:
        backend = LocalBackend(setup, workers=workers, sandbox=sandbox, cache_entries=cache_entries)
        try:
            runner.run(backend.start())
            yield Bench(runner, backend)
        finally:
            runner.run(backend.aclose())


@pytest.fixture
def problem(tmp_path: Path) -> Callable[..., ProblemSetup]:
    """Makes a problem in this test's directory."""
    return lambda **fields: write_problem(tmp_path, **fields)


@pytest.fixture(scope="module", params=CONFINING)
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Bench]:
    """One backend a sandbox kind, shared by a module's tests."""
    with started(write_problem(tmp_path_factory.mktemp("problem")), sandbox=request.param) as bench:
        yield bench
