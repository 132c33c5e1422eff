"""Bad input: one screen with the value, the rule and the remedy; the right exit code; nothing written over."""

import asyncio
import re
from pathlib import Path

import pytest

from events.log import FileLog
from genesis.clock import system_clock
from genesis.run import LOG_NAME
from tests.cli.command import cold, genesis
from tests.problem.directory import write_problem

USAGE, ENVIRONMENT = 2, 3


def snapshot(folder: Path) -> dict[Path, bytes]:
    """All files but the locks, which say who writes and hold nothing of a run."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("run heilbron", USAGE, "did you mean heilbronn?"),
        ("run broken", USAGE, r"metrics\.yaml:\d+: "),
        ("run toy stop.evaluation=5", USAGE, "did you mean stop.evaluations?"),
        ("run toy seed=many", USAGE, "seed = 'many'"),
        ("run toy run_id=golden", USAGE, "resume it with 'genesis resume runs/golden'"),
        ("run toy runs_dir=/dev/null/runs", ENVIRONMENT, "not a directory"),
        ("resume golden", USAGE, "is finished"),
        ("resume gold", USAGE, "did you mean golden?"),
        ("show empty", USAGE, "holds no run"),
        ("verify empty", USAGE, "holds no run"),
        ("resume empty", USAGE, "holds no run"),
        ("show broken", USAGE, "is not a run"),
        ("show golden p999999", USAGE, "has no program 'p999999'"),
        ("replay golden --to 164", USAGE, "has 163 events"),
        ("replay golden --to 0", USAGE, "--to"),
        ("problem check broken", USAGE, r"metrics\.yaml:\d+: "),
        ("evolve toy", USAGE, "No such command"),
        ("show", USAGE, "Missing argument"),
    ],
)
def test_bad_input_is_explained_on_one_screen(home: Path, arguments: str, code: int, said: str) -> None:
    write_problem(home, {"metrics.yaml": "specs:\n  score:\n    description: x\n    colour: red\n"}, name="broken")
    empty = home / "runs" / "empty" / LOG_NAME
    empty.parent.mkdir()
    empty.touch()
    before = snapshot(home)
    done = genesis(*arguments.split(), cwd=home)
    assert (done.returncode, done.stdout) == (code, "")
    assert re.search(said, done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 24
    assert snapshot(home) == before


def test_a_run_that_another_process_writes_is_left_alone(home: Path, unfinished: Path) -> None:
    async def try_to_resume() -> None:
        log = FileLog.open(unfinished, clock=system_clock, each=lambda event: None)
        before = unfinished.read_bytes()
        try:
            done = await asyncio.to_thread(genesis, "resume", "golden", cwd=home)
            listed = await asyncio.to_thread(genesis, "list", cwd=home)
        finally:
            await log.aclose()
        assert done.returncode == ENVIRONMENT
        assert "is being written by process" in done.stderr
        assert "Traceback" not in done.stderr
        assert unfinished.read_bytes() == before
        assert "running" in listed.stdout

    asyncio.run(try_to_resume())


def test_a_damaged_log_stops_every_command_with_its_line(home: Path, log: Path) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([*lines[:30], *lines[31:]]))
    before = log.read_bytes()
    for command in ("show", "verify", "resume"):
        done = genesis(command, "golden", cwd=home)
        assert (done.returncode, done.stdout) == (ENVIRONMENT, "")
        assert re.search(r"^error: .*line 31", done.stderr, re.MULTILINE)
        assert "Traceback" not in done.stderr
    assert log.read_bytes() == before


def test_seeds_that_are_all_invalid_fail_the_run(tmp_path: Path) -> None:
    hopeless = {
        f"initial_programs/{name}.py": f"def entrypoint():\n    return {name!r}.no\n" for name in ("one", "two")
    }
    write_problem(tmp_path, hopeless, name="hopeless")
    checked = genesis("problem", "check", "hopeless", cwd=tmp_path)
    assert checked.returncode == 1
    assert "0 of 2 seeds are valid" in checked.stdout
    assert "AttributeError" in checked.stdout
    done = genesis("run", "hopeless", "run_id=hopeless", cwd=tmp_path)
    assert done.returncode == 1
    assert "none of the 2 initial programs is valid" in done.stdout
    assert "Traceback" not in done.stderr
    best = genesis("best", "hopeless", cwd=tmp_path)
    assert (best.returncode, best.stdout) == (1, "")
    assert "no valid program" in best.stderr


def test_another_package_named_events_is_diagnosed(home: Path) -> None:
    foreign = home / "elsewhere" / "events" / "__init__.py"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("class Events:\n    pass\n")
    hidden = {"PYTHONPATH": str(foreign.parent.parent)}
    for arguments in (("run", "toy"), ("show", "golden")):
        done = cold(*arguments, cwd=home, env=hidden)
        assert (done.returncode, done.stdout) == (ENVIRONMENT, "")
        assert f"another package hides ours: it is imported from {foreign}" in done.stderr
        assert "Traceback" not in done.stderr
    doctor = cold("doctor", cwd=home, env={**hidden, "COLUMNS": "1000"})
    assert doctor.returncode == ENVIRONMENT
    assert str(foreign) in doctor.stdout
    assert "rename" in doctor.stdout
    assert cold("--version", cwd=home, env=hidden).returncode == 0
