"""The command itself: help, version, completion, what is imported for them, bugs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import environment, genesis

HEAVY = ("numpy", "events", "hydra", "genesis.run", "genesis.compose", "asyncio")
COMMANDS = ("run", "resume", "list", "show", "best", "verify", "replay", "problem", "doctor")


def test_help_names_every_command(tmp_path: Path) -> None:
    done = genesis("--help", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for command in COMMANDS:
        assert re.search(rf"[│ ] {command} +\w", done.stdout)


def test_version(tmp_path: Path) -> None:
    done = genesis("--version", cwd=tmp_path)
    assert done.returncode == 0
    assert re.fullmatch(r"genesis \d+\.\d+\.\d+\n", done.stdout)


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"]])
def test_help_imports_nothing_heavy(tmp_path: Path, arguments: list[str]) -> None:
    script = (
        "import sys\n"
        "from genesis.cli.main import main\n"
        f"sys.argv = ['genesis', *{arguments!r}]\n"
        "try:\n    main()\n"
        "finally:\n"
        f"    sys.stderr.write(','.join(name for name in {HEAVY!r} if name in sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("problem check to", ["toy"]), ("show g", ["golden"]), ("best la", ["latest"])],
)
def test_the_shell_completes_problems_and_runs(home: Path, typed: str, offered: list[str]) -> None:
    words = {
        "_GENESIS_COMPLETE": "complete_bash",
        "COMP_WORDS": f"genesis {typed}",
        "COMP_CWORD": str(len(typed.split())),
    }
    assert genesis(cwd=home, env=words).stdout.split() == offered


def test_a_bug_keeps_the_end_of_its_traceback(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from genesis.cli.main import app, main\n"
        "def fall(depth):\n    return fall(depth - 1) if depth else 1 / 0\n"
        "@app.command()\ndef bug():\n    fall(50)\n"
        "sys.argv = ['genesis', 'bug']\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "ZeroDivisionError" in done.stderr
    assert "This is a bug in Genesis" in done.stderr
    assert len(done.stderr.splitlines()) < 20
