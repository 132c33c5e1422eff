"""Hostile candidates: each is contained and recorded with its reason, and the next is evaluated as if nothing was."""

import os
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from benchmarks.traces import family
from genesis.evaluation.job import Evaluated, Failed, Limits
from tests.evaluation.attacks import ATTACKS, EVALUATED, Attack
from tests.evaluation.conftest import CONFINING, GOOD, Bench, started, write_problem

LIMITS = Limits(wall_s=60.0, cpu_s=30.0, memory_bytes=256 * 2**20, output_bytes=4 * 2**20, disk_bytes=8 * 2**20)

Benches = Callable[[bool, bool], Bench]
"""The backend for candidates of several processes or of one, and for those that only time ends or for all others."""


@pytest.fixture(scope="module", params=CONFINING)
def benches(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Benches]:
    """Backends in one sandbox kind, each started when it is first needed."""
    directory = tmp_path_factory.mktemp("problem")
    (directory / "cases").mkdir()
    (directory / "cases" / "1.out").write_text("42")
    (directory / "context.py").write_text("SECRET = 42")
    with ExitStack() as running:

        @cache
        def bench(several: bool, ended_by_time: bool) -> Bench:
            limits = replace(LIMITS, processes=6) if several else LIMITS
            validate_wall_s = 60.0
            if ended_by_time:  # soon; nothing else may be, however busy the machine is
                limits, validate_wall_s = replace(limits, wall_s=5.0, cpu_s=1.0), 5.0
            problem = write_problem(directory, limits=limits, validate_wall_s=validate_wall_s, preload=("numpy",))
            return running.enter_context(started(problem, sandbox=request.param, workers=1))

        yield bench


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.chapter}: {attack.name}")
def test_contained_and_recorded(benches: Benches, attack: Attack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    bench = benches(attack.chapter == "Several processes", bool({"timeout", "validator_error"} & {*attack.recorded}))
    zygote = bench.backend.pids[0]
    directory = bench.backend._setup.directory
    code = attack.code.replace("{problem}", directory).replace("{engine}", str(os.getpid()))
    outcome = bench.evaluate(code)
    if isinstance(outcome, Failed):
        assert outcome.reason in attack.recorded, outcome
        assert outcome.message
    else:
        assert EVALUATED in attack.recorded, outcome
        judged = bench.evaluate(attack.then) if attack.then else outcome
        assert isinstance(judged, Evaluated), judged
        assert judged.is_valid == (attack.fitness is not None), judged
        assert judged.metrics.get("fitness") == attack.fitness, judged
    after = bench.evaluate(GOOD)
    assert isinstance(after, Evaluated), after
    assert after.metrics["fitness"] == 2.5
    assert bench.backend.pids[0] == zygote, "the warm process was lost"
    assert not Path("/tmp/pwned").exists()


def test_the_table_covers_what_it_should() -> None:
    assert len({(attack.chapter, attack.name) for attack in ATTACKS}) == len(ATTACKS) >= 40
    assert all(attack.recorded and attack.stopped for attack in ATTACKS)


def test_threads_are_counted(bench: Bench) -> None:
    outcome = bench.evaluate(
        "import threading\nthreading.stack_size(32768)\ne = threading.Event()\nn = 0\n"
        "def entrypoint():\n    global n\n    while n < 5000:\n        try:\n"
        "            threading.Thread(target=e.wait, daemon=True).start()\n            n += 1\n"
        "        except RuntimeError:\n            break\n    return {'x': float(n)}"
    )
    assert isinstance(outcome, Evaluated), outcome
    assert outcome.metrics["fitness"] < 300


def test_a_candidate_sees_no_other_candidate(bench: Bench) -> None:
    first, second = bench.evaluate_all(
        [
            "import time, os\nopen('secret.txt', 'w').write('s')\ntime.sleep(0.3)\n" + GOOD,
            "import time, os\ntime.sleep(0.1)\n"
            "def entrypoint():\n    return {'x': float('secret.txt' in os.listdir('.'))}",
        ]
    )
    assert isinstance(first, Evaluated)
    assert isinstance(second, Evaluated)
    assert second.metrics["fitness"] == 0.0


def test_the_next_candidate_finds_an_empty_scratch_directory(bench: Bench) -> None:
    deep = (
        "import os\nfor i in range(800):\n    os.mkdir('d')\n    os.chdir('d')\nopen('f', 'w')\n"
        "os.symlink('/', 'link')\nos.mkdir('shut', 0)\n" + GOOD
    )
    assert isinstance(bench.evaluate(deep), Evaluated)
    listing = "import os\ndef entrypoint():\n    return {'x': float(len(os.listdir('.')))}"
    for outcome in bench.evaluate_all([listing + "\n" * i for i in range(4)]):
        assert isinstance(outcome, Evaluated), outcome
        assert outcome.metrics["fitness"] == 1.0  # its own main.py


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def _traces(bench: Bench) -> dict[str, object]:
    pids = sorted(pid for warm in bench.backend.pids for pid in family(warm))
    return {
        "processes": pids,
        "states": {_state(pid) for pid in pids},
        "descriptors": [len(os.listdir(f"/proc/{pid}/fd")) for pid in [os.getpid(), *pids]],
        "mounts": [Path(f"/proc/{pid}/mountinfo").read_text().count("\n") for pid in [os.getpid(), *pids]],
        "temporary files": sorted(str(path) for pid in pids for path in Path("/tmp").glob(f"genesis-*-{pid}/*/*")),
    }


def _own_bytes(bench: Bench) -> int:
    """Memory without that of files: how many others share theirs says nothing of us."""
    rolled_up = (Path(f"/proc/{pid}/smaps_rollup").read_text() for warm in bench.backend.pids for pid in family(warm))
    return sum(int(text.partition("Pss_Anon:")[2].split()[0]) * 1024 for text in rolled_up)


def _settled(bench: Bench) -> dict[str, object]:
    """The traces when they stay the same: an answer comes a moment before the last descriptor is closed.

    And when all processes sleep, since they wait for requests then: one that is held up has not closed it yet.
    """
    seen = [_traces(bench)]
    deadline_s = time.monotonic() + 60
    while seen[-1]["states"] != {"S"} or seen[-4:] != [seen[-1]] * 4:
        assert time.monotonic() < deadline_s, seen[-1]
        time.sleep(0.05)
        seen.append(_traces(bench))
    return seen[-1]


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=[pytest.mark.long, pytest.mark.timeout(1800)])])
@pytest.mark.parametrize("kind", CONFINING)
def test_many_in_a_row_leave_nothing_behind(tmp_path: Path, kind: str, count: int) -> None:
    # One worker: a second validator that starts when it is first needed would look like something left behind.
    with started(write_problem(tmp_path), sandbox=kind, workers=1) as bench:
        _many_in_a_row(bench, count)


def _many_in_a_row(bench: Bench, count: int) -> None:
    texts = [
        GOOD,
        "open('f', 'w').write('x')\n" + GOOD,
        "1/0",
        "def f(:",
        "import os\nos._exit(3)",
        "print('x')\n" + GOOD,
    ]
    bench.evaluate_all([text + "\n" * 7 for text in texts])
    before = _settled(bench)
    size = _own_bytes(bench)
    outcomes = bench.evaluate_all([texts[i % len(texts)] + "\n" * (i % 499) for i in range(count)])
    assert sum(isinstance(outcome, Evaluated) for outcome in outcomes) == count // 2
    assert _settled(bench) == before
    assert _own_bytes(bench) - size < 8 * 2**20
