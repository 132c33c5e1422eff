"""``run`` and ``resume`` on real candidates: progress, the end, and being interrupted."""

import json
import re
import signal
import subprocess
from pathlib import Path

from genesis.run import Run
from tests.cli.command import COMMAND, ENDLESS, Terminal, environment, genesis

INTERRUPTED = 130
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"


def test_a_run_ends_with_a_summary_and_the_best_program(tmp_path: Path) -> None:
    done = genesis("run", "toy", "stop.evaluations=20", "run_id=short", cwd=tmp_path)
    run = Run.open(tmp_path / "runs" / "short")
    best = run.best
    assert done.returncode == 0
    assert best is not None
    assert f"{best.metrics['score']:.6f}" in done.stdout
    assert "20 programs" in done.stdout
    assert "completed: 20 programs are evaluated" in done.stdout
    for command in ("best", "verify", "replay"):
        assert f"genesis {command} short" in done.stdout
    assert (tmp_path / "runs" / "short" / "best" / "program" / "program.py").is_file()
    assert re.search(r"^0:00:\d\d  best score 0\.\d{6} \(p\d{6}, \w+\)", done.stderr, re.MULTILINE)
    assert "\x1b" not in done.stderr + done.stdout


def test_a_run_says_its_summary_to_programs(tmp_path: Path) -> None:
    done = genesis("run", "toy", "stop.evaluations=6", "seed=3", "--json", cwd=tmp_path)
    told = json.loads(done.stdout)
    run = Run.open(tmp_path / told["run"])
    assert (told["status"], told["evaluations"], told["seed"]) == ("completed", 6, 3)
    assert told["best"]["value"] == run.state.progress.best.metrics["score"]  # type: ignore[union-attr]
    assert told["first"]["evaluations"] == 1


def test_a_terminal_is_drawn_over_and_tidied_up(tmp_path: Path) -> None:
    with Terminal("run", "toy", *ENDLESS, "run_id=live", cwd=tmp_path) as terminal:
        terminal.wait_for(r"best score 0\.\d{6}[^\0]*by \w+[^\0]* left[^\0]*\d evaluations +\d+/s +\d+ % valid")
        terminal.signal(signal.SIGINT)
        assert terminal.end() == INTERRUPTED
    assert HIDE_CURSOR in terminal.shown
    assert terminal.shown.rindex(SHOW_CURSOR) > terminal.shown.rindex(HIDE_CURSOR)
    assert "interrupted by SIGINT" in terminal.text
    assert "genesis resume live" in terminal.text
    run = Run.open(tmp_path / "runs" / "live")
    assert run.status == "interrupted"
    with Terminal("resume", "live", cwd=tmp_path) as resumed:
        resumed.wait_for(r"\d evaluations +[1-9]\d*/s")
        resumed.signal(signal.SIGINT)
        assert resumed.end() == INTERRUPTED
    again = Run.open(tmp_path / "runs" / "live").state
    assert again.progress.evaluations > run.state.progress.evaluations
    assert again.run.processes == 2


def test_two_signals_stop_at_once_and_the_log_goes_on(tmp_path: Path) -> None:
    slow = "import time\n\n\ndef entrypoint():\n    time.sleep(1000)\n    return [0, 0, 0, 0]\n"
    shipped = json.loads(genesis("problem", "list", "--json", cwd=tmp_path).stdout)
    toy = Path(next(each["directory"] for each in shipped if each["name"] == "toy"))
    problem = tmp_path / "slow"
    (problem / "initial_programs").mkdir(parents=True)
    for name in ("task_description.txt", "metrics.yaml", "validate.py"):
        (problem / name).write_text((toy / name).read_text())
    (problem / "initial_programs" / "slow.py").write_text(slow)
    run = subprocess.Popen(
        [*COMMAND, "run", "slow", "run_id=slow", "evaluation.wall_s=2000"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    log = tmp_path / "runs" / "slow" / "evolution_events.jsonl"
    wait_for_text(log, "evaluation.requested")
    run.send_signal(signal.SIGTERM)
    wait_for_text(log, "run.interrupted")
    assert run.poll() is None
    run.send_signal(signal.SIGTERM)
    out, err = run.communicate(timeout=60)
    assert (run.returncode, out) == (INTERRUPTED, "")
    assert "genesis resume" in err
    assert "Traceback" not in err
    verified = json.loads(genesis("verify", "slow", "--json", cwd=tmp_path).stdout)
    assert (verified["ok"], verified["status"]) == (True, "killed")


def wait_for_text(log: Path, text: str) -> None:
    following = subprocess.Popen(
        ["tail", "-F", "-n", "+1", str(log)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert following.stdout is not None
    try:
        for line in following.stdout:
            if text.encode() in line:
                return
    finally:
        following.kill()
        following.wait()
        following.stdout.close()


def test_problem_check_measures_every_seed(tmp_path: Path) -> None:
    done = genesis("problem", "check", "toy", cwd=tmp_path)
    assert done.returncode == 0
    assert "3 of 3 seeds are valid" in done.stdout
    told = json.loads(genesis("problem", "check", "toy", "--json", cwd=tmp_path).stdout)
    assert [each["name"] for each in told["seeds"]] == ["line", "literals", "wave"]
    assert all(each["is_valid"] and each["metrics"]["score"] > 0 for each in told["seeds"])
    assert not (tmp_path / "runs").exists()
