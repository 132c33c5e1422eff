"""Being asked to end before the command has begun: at any moment of its start, quietly."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command import COMMAND, ENDLESS, environment

ASKS_TO_END = "import os, signal, time\nos.kill(os.getpid(), signal.{})\ntime.sleep(60)\n"


def _start(
    *arguments: str, cwd: Path, path: Path | None = None, before: Callable[[], object] | None = None
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=environment({"PYTHONPATH": str(path)} if path else {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=before,  # noqa: PLW1509  no threads here
    )


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("module", ["typer", "hydra"])
def test_who_asks_it_to_end_while_it_imports_gets_a_word_and_no_traceback(
    module: str, name: str, tmp_path: Path
) -> None:
    """With a module in the place of one that it imports, which is asked while it is imported."""
    (tmp_path / f"{module}.py").write_text(ASKS_TO_END.format(name))
    process = _start("run", "toy", cwd=tmp_path, path=tmp_path)
    assert process.communicate(timeout=120) == ("", "interrupted\n")
    assert process.returncode == 130


def test_a_signal_that_came_before_python_did_is_kept_until_it_can_be_taken(tmp_path: Path) -> None:
    """As `genesis dev` starts its run."""

    def before() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
        os.kill(os.getpid(), signal.SIGINT)

    process = _start("run", "toy", cwd=tmp_path, before=before)
    assert process.communicate(timeout=120) == ("", "interrupted\n")
    assert process.returncode == 130
    assert not (tmp_path / "runs").exists()


def test_a_command_that_was_told_to_ignore_ctrl_c_does(tmp_path: Path) -> None:
    """As shells tell those in the background."""
    process = _start("list", cwd=tmp_path, before=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        time.sleep(0.005)
    assert "there are no runs" in process.communicate()[1]
    assert process.returncode == 0


def test_ctrl_c_while_dev_starts_its_run_ends_all_of_it_quietly(tmp_path: Path) -> None:
    dice = random.Random(3)
    for number in range(3):
        process = _start("dev", "toy", "--no-sidecar", f"run_id=r{number}", *ENDLESS, cwd=tmp_path)
        assert process.stderr is not None
        assert "broker at" in process.stderr.readline()
        time.sleep(dice.random() * 0.3)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=120)
        assert process.returncode == 130, said
        assert "Traceback" not in said
