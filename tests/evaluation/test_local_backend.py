"""The local backend: judging, contexts, limits, caches, and warm processes that die."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from genesis.evaluation.backend.local import LocalBackend
from genesis.evaluation.backend.port import BackendError
from genesis.evaluation.job import Evaluated, Failed, Job, Limits, Outcome
from genesis.program import Source
from tests.evaluation.conftest import CONFINING, GOOD, started, write_problem
from tests.processes import descendants, survivors

KINDS = CONFINING


def returning(expression: str) -> str:
    return f"def entrypoint(*arguments):\n    return {expression}\n"


def test_stages_and_usage(problem) -> None:
    with started(problem()) as bench:
        good, bad, crashed = bench.evaluate_all([GOOD, "def f(:", "print('before')\n1/0"])
    assert isinstance(good, Evaluated)
    assert [(stage.name, stage.status) for stage in good.stages] == [
        ("syntax", "ok"),
        ("run", "ok"),
        ("validate", "ok"),
        ("complexity", "ok"),
    ]
    assert good.usage.max_rss_bytes > 1 << 20
    assert good.metrics["extra"] == 1.0
    assert good.metrics["complexity.lines"] == 2.0
    assert isinstance(bad, Failed)
    assert (bad.reason, bad.stage) == ("syntax_error", "syntax")
    assert bad.compiled is not None
    assert not bad.compiled.ok
    assert "line 1" in bad.compiled.diagnostics
    assert [stage.status for stage in bad.stages] == ["failed", "skipped", "skipped", "skipped"]
    assert isinstance(crashed, Failed)
    assert crashed.reason == "crash"
    assert 'File "main.py", line 2' in crashed.message
    assert "ZeroDivisionError" in crashed.message
    assert crashed.stdout_tail == "before\n"


VALIDATORS = {
    "raises": ("raise ValueError('too close')", "ValueError: too close (validate.py:2)"),
    "returns no dict": ("return 5", "a dict of metrics"),
    "misses a metric": ("return {'other': 1}", "no 'fitness'"),
    "gives NaN": ("return {'fitness': float('nan')}", "fitness = nan"),
    "gives text": ("return {'fitness': 'high'}", "fitness = 'high'"),
    "gives a huge integer": ("return {'fitness': 10**400}", "fitness = 1"),
    "says invalid": ("return {'is_valid': 0, 'fitness': 1.0, 'feedback': 'overlap'}", "overlap"),
}


@pytest.mark.parametrize("name", VALIDATORS)
def test_invalid_results_have_feedback(problem, tmp_path: Path, name: str) -> None:
    body, expected = VALIDATORS[name]
    (tmp_path / "validate.py").write_text(f"def validate(output):\n    {body}\n")
    with started(problem(), workers=1) as bench:
        outcome = bench.evaluate(GOOD)
    assert isinstance(outcome, Evaluated), outcome
    assert not outcome.is_valid
    assert expected in outcome.feedback


def test_numpy_numbers_are_metrics(problem, tmp_path: Path) -> None:
    (tmp_path / "validate.py").write_text(
        "import numpy as np\ndef validate(o):\n"
        "    return {'fitness': np.float32(1.5), 'is_valid': np.True_, 'n': np.int64(3), 'a': np.zeros(2)}\n"
    )
    with started(problem(preload=("numpy",)), workers=1) as bench:
        outcome = bench.evaluate(returning("__import__('numpy').zeros(3)"))
    assert isinstance(outcome, Evaluated), outcome
    assert outcome.is_valid
    assert {"fitness": 1.5, "n": 3.0, "is_valid": 1.0}.items() <= outcome.metrics.items()
    assert "a" not in outcome.metrics


@pytest.mark.parametrize("kind", KINDS)
def test_same_code_same_result(problem, kind: str) -> None:
    text = (
        "import random, numpy as np\nfirst = random.random()\n"
        "def entrypoint():\n    s = {str(i) for i in range(99)}\n"
        "    return {'x': first + np.random.random() + float(next(iter(s))) }\n"
    )
    seen = set()
    for _ in range(2):
        with started(problem(preload=("numpy",)), sandbox=kind) as bench:
            for outcome in bench.evaluate_all([text] * 4):
                assert isinstance(outcome, Evaluated), outcome
                seen.add(outcome.metrics["fitness"])
    assert len(seen) == 1


def test_helper_and_several_files(problem) -> None:
    source = Source(
        {"main.py": "import pkg.inner\nimport helper\ndef entrypoint():\n    return {'x': pkg.inner.X + helper.Y}",
         "pkg/__init__.py": "", "pkg/inner.py": "X = 1.0"},
        "main.py",
    )  # fmt: skip
    with started(problem(helper="Y = 2.0")) as bench:
        (outcome,) = bench.evaluate_sources([source])
    assert isinstance(outcome, Evaluated), outcome
    assert outcome.metrics["fitness"] == 3.0


CONTEXT_VALIDATE = "def validate(context, output):\n    return {'fitness': output['x'] + context['private'][0]}\n"
PRIVATE_CONTEXT = (
    "SALT = 'salt-of-context'\ndef build_context():\n    return {'n': 4, 'private': [38.25, 'the-answer']}\n"
)
SEARCH = """
import gc
def entrypoint(context):
    assert set(context) == {"n"}
    words = ["the-" + "answer", "salt-" + "of-context"]
    found = [o for o in gc.get_objects() for v in (o.values() if type(o) is dict else o if type(o) is list else ())
             if o is not words and type(v) is str and any(w == v for w in words)]
    return {"x": float(context["n"] + 1000 * len(found))}
"""


@pytest.mark.parametrize("kind", KINDS)
def test_private_context_reaches_the_validator_only(problem, tmp_path: Path, kind: str) -> None:
    (tmp_path / "context.py").write_text(PRIVATE_CONTEXT)
    (tmp_path / "validate.py").write_text(CONTEXT_VALIDATE)
    with started(problem(has_context=True), sandbox=kind) as bench:
        outcome = bench.evaluate(SEARCH)
        assert isinstance(outcome, Evaluated), outcome
        assert outcome.metrics["fitness"] == 42.25
        for pid in _zygote_pids(bench.backend):
            assert b"the-answer" not in _memory(pid)


def _zygote_pids(backend: LocalBackend) -> list[int]:
    first = backend.pids[0]
    return [first, *map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split())]


def _memory(pid: int) -> bytes:
    found = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            start, end = (int(part, 16) for part in line.split()[0].split("-"))
            if "rw" in line.split()[1]:
                memory.seek(start)
                found.append(memory.read(end - start))
    return b"".join(found)


def test_context_that_is_not_data_is_built_in_the_zygote(problem, tmp_path: Path) -> None:
    (tmp_path / "data.txt").write_text("7")
    (tmp_path / "context.py").write_text(
        "from pathlib import Path\nclass Thing:\n    pass\ndef build_context():\n    t = Thing()\n"
        "    t.n = int(Path(__file__).with_name('data.txt').read_text())\n    return t\n"
    )
    (tmp_path / "validate.py").write_text(
        "def validate(context, output):\n    return {'fitness': context.n * output}\n"
    )
    with started(problem(has_context=True)) as bench:
        outcome = bench.evaluate("def entrypoint(context):\n    return context.n")
    assert isinstance(outcome, Evaluated), outcome
    assert outcome.metrics["fitness"] == 49.0


@pytest.mark.parametrize(
    ("fields", "files", "expected"),
    [
        ({}, {"validate.py": "1/0"}, "validate.py fails when it is imported: ZeroDivisionError"),
        ({}, {"validate.py": "x = 1"}, "defines no validate()"),
        ({"helper": "import nowhere"}, {}, "helper.py fails when it is imported: ModuleNotFoundError"),
        ({"preload": ("nowhere",)}, {}, "cannot import 'nowhere'"),
        ({"has_context": True}, {}, "cannot read"),
        (
            {"has_context": True},
            {"context.py": "def build_context():\n    return {'private': 1, 'f': print}"},
            "as data",
        ),
        ({"setup_wall_s": 1.0}, {"validate.py": "import time\ntime.sleep(60)"}, "raise setup_wall_s"),
    ],
)
def test_broken_problems_are_explained(problem, tmp_path: Path, fields: dict, files: dict, expected: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(BackendError) as caught, started(problem(**fields)):
        pass
    assert expected in str(caught.value)


def test_wrong_arguments_are_explained(problem) -> None:
    with pytest.raises(BackendError, match="at least 1"):
        LocalBackend(problem(), workers=0)
    with pytest.raises(BackendError, match="namespaces, bubblewrap, landlock, plain"):
        LocalBackend(problem(), workers=1, sandbox="none")


def test_a_second_evaluation_of_the_same_text_is_cached(problem) -> None:
    with started(problem(), workers=1, cache_entries=2) as bench:
        for text, kept in ((GOOD, True), ("1/0", True), ("while True: pass", False)):
            first, second = bench.evaluate(text), bench.evaluate(text)
            assert all(stage.cached is False for stage in first.stages)
            assert all(stage.cached is kept for stage in second.stages), text
        assert bench.evaluate(GOOD).stages[0].cached
        bench.evaluate_all([GOOD + "\n", GOOD + "\n\n"])
        assert not bench.evaluate(GOOD).stages[0].cached, "the oldest entry should have gone"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("victim", [0, 1], ids=["zygote", "validator"])
def test_a_killed_warm_process_is_started_again_and_the_job_answered(problem, kind: str, victim: int) -> None:
    with started(problem(), sandbox=kind, workers=1) as bench:
        assert isinstance(bench.evaluate(GOOD), Evaluated)
        before = bench.backend.pids
        os.kill(before[victim], signal.SIGKILL)
        deadline_s, after = time.monotonic() + 60, before
        while len(after) < 2 or after[victim] == before[victim]:  # a process that is killed may still give an answer
            assert time.monotonic() < deadline_s, after
            outcome = bench.evaluate(GOOD)
            assert isinstance(outcome, Evaluated), outcome
            after = bench.backend.pids
        assert after[1 - victim] == before[1 - victim]


def test_a_zygote_killed_in_the_middle_of_a_job(problem, tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    helper = f"from pathlib import Path\nAGAIN = Path({str(killed)!r}).exists()\n"  # run by each zygote as it starts
    waiting = "import helper, time\nif not helper.AGAIN:\n    time.sleep(1000)\n" + GOOD
    with started(problem(helper=helper), workers=2) as bench:
        victim = bench.backend.pids[0]
        before = len(descendants(victim))

        async def evaluate_and_kill() -> list[Outcome]:
            jobs = [Job("p", Source.single(waiting + "\n" * number, "main.py")) for number in range(2)]
            outcomes = asyncio.gather(*map(bench.backend.evaluate, jobs))
            while len(descendants(victim)) < before + len(jobs):
                await asyncio.sleep(0.01)
            killed.touch()
            os.kill(victim, signal.SIGKILL)
            return await outcomes

        outcomes = bench.runner.run(evaluate_and_kill())
        assert all(isinstance(outcome, Evaluated) for outcome in outcomes), outcomes
        assert victim not in bench.backend.pids


def test_a_validator_that_hangs_dies_or_fills_memory(problem, tmp_path: Path) -> None:
    (tmp_path / "validate.py").write_text(
        textwrap.dedent("""
        import os, time
        def validate(output):
            if output == "hang":
                time.sleep(1000)
            if output == "die":
                os._exit(7)
            if output == "fill":
                return bytearray(1 << 40)
            return {"fitness": 1.0}
        """)
    )
    with started(problem(validate_wall_s=5.0), workers=1) as bench:
        for how, message in (("hang", "validate_wall_s"), ("die", "exit code 7"), ("fill", "memory")):
            outcome = bench.evaluate(returning(repr(how)))
            assert isinstance(outcome, Failed)
            assert outcome.reason == "validator_error"
            assert message in outcome.message
            assert isinstance(bench.evaluate(returning("1")), Evaluated)


LEAKS = """
import os
def leaks():
    found = 0
    for descriptor in range(3, 300):
        for path in ("self/status", "etc/passwd", "validate.py", "../etc/passwd"):
            try:
                os.close(os.open(path, os.O_RDONLY, dir_fd=descriptor))
                found += 1
            except OSError:
                pass
    return float(found)
"""


@pytest.mark.parametrize("kind", KINDS)
def test_no_inherited_descriptor_leads_outside(problem, tmp_path: Path, kind: str) -> None:
    (tmp_path / "validate.py").write_text(LEAKS + "def validate(o):\n    return {'fitness': o, 'own': leaks()}\n")
    with started(problem(), sandbox=kind, workers=1) as bench:
        outcome = bench.evaluate(LEAKS + "def entrypoint():\n    return leaks()\n")
    assert isinstance(outcome, Evaluated), outcome
    assert (outcome.metrics["fitness"], outcome.metrics["own"]) == (0.0, 0.0)


def test_output_tails_are_bounded_and_decoded(problem) -> None:
    with started(problem(), workers=1) as bench:
        outcome = bench.evaluate(
            "import os, sys\nprint('x' * 10000 + 'end')\nsys.stdout.flush()\nos.write(2, b'\\xff')\n" + GOOD
        )
    assert isinstance(outcome, Evaluated)
    assert len(outcome.stdout_tail) == 4096
    assert outcome.stdout_tail.endswith("end\n")
    assert outcome.stderr_tail == "\ufffd"


def test_a_hundred_megabytes_reach_the_validator(problem, tmp_path: Path) -> None:
    (tmp_path / "validate.py").write_text("def validate(o):\n    return {'fitness': float(o.nbytes), 'last': o[-1]}\n")
    limits = Limits(wall_s=60.0, output_bytes=128 * 2**20)
    with started(problem(limits=limits, preload=("numpy",)), workers=1) as bench:
        outcome = bench.evaluate(returning("__import__('numpy').arange(12_500_000, dtype='f8')"))
    assert isinstance(outcome, Evaluated), outcome
    assert outcome.metrics["fitness"] == 1e8
    assert outcome.metrics["last"] == 12_499_999.0


def test_results_over_the_limit(problem) -> None:
    with started(problem(), workers=1) as bench:
        outcome = bench.evaluate(returning("b'x' * 5_000_000"))
    assert isinstance(outcome, Failed)
    assert outcome.reason == "output_limit"


def test_more_processes_when_the_problem_allows_them(problem) -> None:
    limits = Limits(wall_s=60.0, processes=4)
    text = (
        "import os\ndef entrypoint():\n    r, w = os.pipe()\n    if os.fork() == 0:\n        os.write(w, b'4')\n"
        "        os._exit(0)\n    os.wait()\n    if os.fork() == 0:\n        import time\n        time.sleep(1000)\n"
        "    return {'x': float(os.read(r, 1))}\n"
    )
    with started(problem(limits=limits)) as bench:
        for outcome in bench.evaluate_all([text] * 3):
            assert isinstance(outcome, Evaluated), outcome
            assert outcome.metrics["fitness"] == 4.0
        deadline_s = time.monotonic() + 60
        inner = _zygote_pids(bench.backend)[1]
        children = Path(f"/proc/{inner}/task/{inner}/children")
        while children.read_text() and time.monotonic() < deadline_s:
            time.sleep(0.01)
        assert children.read_text() == ""


ENGINE = """
import asyncio, os, sys
from pathlib import Path
from genesis.evaluation.backend.local import LocalBackend
from genesis.evaluation.job import Job, Limits
from genesis.program import Source
from tests.evaluation.conftest import GOOD, write_problem
from tests.processes import descendants

async def main():
    setup = write_problem(Path(sys.argv[1]), limits=Limits(wall_s=1000.0, processes=int(sys.argv[3])))
    backend = LocalBackend(setup, workers=2, sandbox=sys.argv[2])
    await backend.start()
    await backend.evaluate(Job("p", Source.single(GOOD, "main.py")))
    fork = "os.fork()" if setup.limits.processes > 1 else "0"
    texts = [f"import os, time\\n{fork}\\ntime.sleep(100{n})" for n in range(2)]
    tasks = [asyncio.create_task(backend.evaluate(Job("p", Source.single(text, "main.py")))) for text in texts]
    print(len(descendants(os.getpid())), flush=True)
    await asyncio.gather(*tasks)

asyncio.run(main())
"""


@pytest.mark.parametrize("processes", [1, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_no_process_survives_a_killed_engine(tmp_path: Path, kind: str, processes: int) -> None:
    write_problem(tmp_path)
    command = [sys.executable, "-c", ENGINE, str(tmp_path), kind, str(processes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as engine:
        assert engine.stdout is not None
        warm = int(engine.stdout.readline())  # without candidates: none of their processes has begun
        assert warm >= 4  # a zygote and a validator, of two processes each
        deadline_s = time.monotonic() + 60
        while len(started_by_it := descendants(engine.pid)) < warm + 2 * min(2, processes):
            assert time.monotonic() < deadline_s, started_by_it
            time.sleep(0.01)
        engine.kill()
    assert survivors(started_by_it) == set()


def test_interrupts_are_the_engines_alone(problem) -> None:
    with started(problem(), workers=1) as bench:
        for pid in bench.backend.pids:
            os.kill(pid, signal.SIGINT)
        before = bench.backend.pids
        assert isinstance(bench.evaluate(GOOD), Evaluated)
        assert bench.backend.pids == before


def test_plain_runs_and_warns(problem, capsys: pytest.CaptureFixture[str]) -> None:
    with started(problem(), sandbox="plain", workers=1) as bench:
        assert isinstance(bench.evaluate(GOOD), Evaluated)
        outcome = bench.evaluate("while True:\n    print('x' * 1000)")
        assert isinstance(outcome, Failed)
        assert outcome.reason == "output_limit"
        assert bench.backend.worker_kind == "local/plain"
    assert "can read your files" in capsys.readouterr().out
