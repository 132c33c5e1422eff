"""SIGKILL at random moments of a real run, with resume after each: nothing is lost, nothing twice, nothing differs."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import genesis
from events.log import verify
from genesis.analysis.replay import rederive
from genesis.engine.state import State
from tests.normal_form import normal_form
from tests.processes import descendants, survivors

EVALUATIONS = 150
LINES = 4 * EVALUATIONS  # fewer than the run has, so that the kills fit in
SETTINGS = {
    "run_id": "killed",
    "seed": 5,
    "window": 8,
    "stop": {"evaluations": EVALUATIONS, "fitness": 1e9},
    "evaluation": {"wall_s": 60.0},  # no program takes long, and a machine that is busy must not decide what one is
}
UP_TO = """
import signal, sys
import genesis
def observe(event):
    while event.sequence >= int(sys.argv[1]):
        signal.pause()
"""
BEGIN = f"{UP_TO}\ngenesis.evolve('toy', observe=observe, **{SETTINGS!r})"
RESUME = f"{UP_TO}\ngenesis.resume('runs/killed', observe=observe)"
"""Programs that go on with the run up to an event, and wait there to be killed."""


def _kill_at(folder: Path, program: str, *, log: Path, lines: int, most: int, pause_s: float) -> bool:
    """Kills a run a moment after its log has grown by so many lines, of ``most``; whether it lived to be killed."""
    there = _lines(log)
    process = subprocess.Popen([sys.executable, "-c", program, str(there + most)], cwd=folder, stderr=subprocess.PIPE)
    while process.poll() is None and _lines(log) < there + lines:
        time.sleep(0.002)
    try:
        process.wait(pause_s)
    except subprocess.TimeoutExpired:
        below = descendants(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert not survivors(below), "a process outlived its engine"
    _, errors = process.communicate()
    assert process.returncode in {0, -signal.SIGKILL}, errors.decode()
    return process.returncode != 0


def _lines(log: Path) -> int:
    return log.read_bytes().count(b"\n") if log.exists() else 0


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> genesis.Run:
    return genesis.evolve(
        "toy",
        runs_dir=str(tmp_path_factory.mktemp("whole")),
        **SETTINGS,
    )


def _next(log: Path) -> str | None:
    """What goes on with the run: a beginning, a resumption, or nothing when it is finished."""
    if not (log.exists() and b"\n" in log.read_bytes()):
        shutil.rmtree(log.parent, ignore_errors=True)  # killed before its first event: there is no run to resume yet
        return BEGIN
    return None if genesis.Run.open(log.parent).state.run.finished else RESUME


def _run_through_kills(folder: Path, kills: int, dice: random.Random) -> tuple[Path, int]:
    log = folder / "runs" / "killed" / "evolution_events.jsonl"
    kept, killed = b"", 0
    most = LINES // kills
    while killed < kills and (program := _next(log)) is not None:
        starting_up = dice.random() < 0.2  # before it has said anything at all
        lines, pause_s = (0, dice.random()) if starting_up else (dice.randint(1, most), dice.random() * 0.02)
        killed += _kill_at(folder, program, log=log, lines=lines, most=most, pause_s=pause_s)
        now = log.read_bytes() if log.exists() else b""
        assert now.startswith(kept[: kept.rfind(b"\n") + 1]), "an event that was appended is gone or changed"
        kept = now
    if (program := _next(log)) is not None:
        process = subprocess.run(
            [sys.executable, "-c", program, str(sys.maxsize)], cwd=folder, capture_output=True, check=False
        )
        assert process.returncode == 0, process.stderr.decode()
    return log, killed


def _check(folder: Path, log: Path, whole: genesis.Run) -> None:
    assert verify(log).sequence > 0
    run = genesis.Run.open(log.parent)
    assert run.status == "completed"
    assert normal_form(run.events()) == normal_form(whole.events())
    assert rederive(run.events(), State()).difference is None


@pytest.mark.timeout(1200)
def test_a_run_killed_six_times_is_the_run_that_was_never_killed(tmp_path: Path, whole: genesis.Run) -> None:
    log, killed = _run_through_kills(tmp_path, 6, random.Random(1))
    assert killed == 6
    _check(tmp_path, log, whole)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_two_hundred_kills(tmp_path: Path, whole: genesis.Run) -> None:
    dice, killed, round_number = random.Random(2), 0, 0
    while killed < 200:
        folder = tmp_path / str(round_number)
        folder.mkdir()
        log, count = _run_through_kills(folder, 6, dice)
        _check(folder, log, whole)
        killed, round_number = killed + count, round_number + 1
