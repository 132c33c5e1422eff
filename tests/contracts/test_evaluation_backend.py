"""The contract of an evaluation backend, held by every backend and every sandbox kind."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from genesis.evaluation.backend.inline import InlineBackend
from genesis.evaluation.backend.local import LocalBackend
from genesis.evaluation.backend.port import Backend
from genesis.evaluation.job import Compiled, Evaluated, Failed, Job, Limits, Outcome, ProblemSetup, Stage, Usage
from genesis.program import Source

VALIDATE = "def validate(output):\n    return {'fitness': output}\n"
GOOD = "def entrypoint():\n    return 2.5\n"
CRASHING = "1/0\n"
BROKEN = "def entrypoint(:\n"


def _judge(source: Source) -> Outcome:
    """What the small problem above says of the programs above."""
    if source.text == BROKEN:
        compiled = Compiled(ok=False, diagnostics="line 1: invalid syntax", duration_s=0.0)
        stages = (Stage("syntax", "failed", 0.0), Stage("run", "skipped", 0.0))
        return Failed("syntax_error", "syntax", compiled.diagnostics, "", "", stages, Usage(), "inline", compiled)
    compiled = Compiled(ok=True, diagnostics="", duration_s=0.0)
    shared = {"stdout_tail": "", "stderr_tail": "", "usage": Usage(), "worker": "inline", "compiled": compiled}
    if "entrypoint" in source.text:
        return Evaluated(True, {"fitness": 2.5}, "", stages=(Stage("run", "ok", 0.0),), **shared)
    return Failed("crash", "run", "ZeroDivisionError", stages=(Stage("run", "failed", 0.0),), **shared)


def _local(kind: str, directory: Path) -> Backend:
    (directory / "validate.py").write_text(VALIDATE)
    setup = ProblemSetup("contract", str(directory), "digest", ("fitness",), limits=Limits(wall_s=60.0))
    return LocalBackend(setup, workers=2, sandbox=kind)


BACKENDS: dict[str, Callable[[Path], Backend]] = {
    "inline": lambda _: InlineBackend(_judge),
    "local/namespaces": lambda directory: _local("namespaces", directory),
    "local/bubblewrap": lambda directory: _local("bubblewrap", directory),
    "local/landlock": lambda directory: _local("landlock", directory),
    "local/plain": lambda directory: _local("plain", directory),
}


@pytest.mark.parametrize("name", BACKENDS)
class TestBackend:
    def run(self, name: str, directory: Path, use: Callable[[Backend], Awaitable[None]]) -> None:
        async def go() -> None:
            backend = BACKENDS[name](directory)
            await backend.start()
            try:
                await use(backend)
            finally:
                await backend.aclose()
                await backend.aclose()

        asyncio.run(go())

    def test_judges_good_and_bad(self, name: str, tmp_path: Path) -> None:
        async def use(backend: Backend) -> None:
            good = await backend.evaluate(Job("p1", Source.single(GOOD, "main.py")))
            assert isinstance(good, Evaluated)
            assert good.is_valid
            assert good.metrics["fitness"] == 2.5
            assert good.compiled.ok
            assert all(stage.status == "ok" for stage in good.stages)
            bad = await backend.evaluate(Job("p2", Source.single(CRASHING, "main.py")))
            assert isinstance(bad, Failed)
            assert bad.reason == "crash"
            assert "ZeroDivisionError" in bad.message
            assert bad.stage in {stage.name for stage in bad.stages if stage.status == "failed"}

        self.run(name, tmp_path, use)

    def test_a_program_that_does_not_compile_fails_in_an_early_stage(self, name: str, tmp_path: Path) -> None:
        async def use(backend: Backend) -> None:
            outcome = await backend.evaluate(Job("p1", Source.single(BROKEN, "main.py")))
            assert isinstance(outcome, Failed)
            assert (outcome.reason, outcome.stage) == ("syntax_error", "syntax")
            assert outcome.compiled is not None
            assert not outcome.compiled.ok
            assert "line 1" in outcome.compiled.diagnostics
            assert {stage.status for stage in outcome.stages[1:]} == {"skipped"}

        self.run(name, tmp_path, use)

    def test_a_build_check_says_what_is_wrong_and_runs_nothing(self, name: str, tmp_path: Path) -> None:
        async def use(backend: Backend) -> None:
            assert await backend.build_check(Source.single(GOOD, "main.py")) == ""
            assert await backend.build_check(Source.single(CRASHING, "main.py")) == ""
            assert "line 1" in await backend.build_check(Source.single(BROKEN, "main.py"))

        self.run(name, tmp_path, use)

    def test_the_same_program_gets_the_same_answer(self, name: str, tmp_path: Path) -> None:
        async def use(backend: Backend) -> None:
            job = Job("p1", Source.single(GOOD, "main.py"))
            first, second = await backend.evaluate(job), await backend.evaluate(job)
            assert isinstance(first, Evaluated)
            assert isinstance(second, Evaluated)
            assert first.metrics == second.metrics
            assert [stage.name for stage in first.stages] == [stage.name for stage in second.stages]

        self.run(name, tmp_path, use)

    def test_many_at_a_time_give_each_its_own_answer(self, name: str, tmp_path: Path) -> None:
        async def use(backend: Backend) -> None:
            texts = [(CRASHING if number % 3 == 0 else GOOD) + "\n" * number for number in range(24)]
            jobs = [Job(f"p{number}", Source.single(text, "main.py")) for number, text in enumerate(texts)]
            outcomes = await asyncio.gather(*map(backend.evaluate, jobs))
            assert [isinstance(outcome, Failed) for outcome in outcomes] == [n % 3 == 0 for n in range(24)]

        self.run(name, tmp_path, use)

    def test_a_cancelled_evaluation_does_no_harm(self, name: str, tmp_path: Path) -> None:
        async def use(backend: Backend) -> None:
            job = Job("p1", Source.single("import time\ntime.sleep(0.2)\n" + GOOD, "main.py"))
            tasks = [asyncio.ensure_future(backend.evaluate(job)) for _ in range(6)]
            await asyncio.sleep(0.05)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            after = await backend.evaluate(Job("p2", Source.single(GOOD, "main.py")))
            assert isinstance(after, Evaluated)

        self.run(name, tmp_path, use)

    def test_closes_without_having_started(self, name: str, tmp_path: Path) -> None:
        asyncio.run(BACKENDS[name](tmp_path).aclose())

    def test_says_what_works(self, name: str, tmp_path: Path) -> None:
        async def use(backend: Backend) -> None:
            assert backend.worker_kind == name

        self.run(name, tmp_path, use)
