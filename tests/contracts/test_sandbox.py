"""The contract of a sandbox, held by every kind, as root and as an ordinary user, with control groups and without."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from genesis.evaluation.sandbox.table import KINDS

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("sandbox_script.py")
SYSTEM_PYTHON = "/usr/bin/python3"
NOBODY = 65533
USERS = ["this user", "ordinary user"] if os.geteuid() == 0 else ["this user"]


def _is_usable() -> bool:
    """Whether another user can run the script: a system Python, and a checkout that others can read."""
    readable = all(path.stat().st_mode & 0o005 == 0o005 for path in [ROOT, *ROOT.parents])
    if not readable or not Path(SYSTEM_PYTHON).exists() or shutil.which("setpriv") is None:
        return False
    version = [SYSTEM_PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    return subprocess.run(version, check=False).returncode == 0


def run(kind: str, user: str, processes: int) -> dict:
    python = sys.executable if user == "this user" else SYSTEM_PYTHON
    command = [python, "-s", "-P", str(SCRIPT), str(ROOT), kind, str(processes)]
    if user == "ordinary user":
        if not _is_usable():
            pytest.skip("needs setpriv, a system Python 3.11 and a checkout that others can read")
        command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs", *command]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", env={}, timeout=280)
    if "SandboxUnavailable" in done.stderr:
        pytest.skip(done.stderr.splitlines()[-1])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("processes", [1, 8])
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("kind", KINDS)
class TestSandbox:
    def test_holds(self, kind: str, user: str, processes: int) -> None:
        found = run(kind, user, processes)
        confines = kind != "plain"
        for name in ("first", "second", "third"):
            says = found[name]["says"]
            assert isinstance(says, dict), says
            assert says["is_here"], "the scratch directory is the current one"
            assert says["found"] == [], "it is empty, whoever was there before"
            assert says["python"] == "", "Python's library can be read"
            assert found[name]["code"] == 7, "the exit code is the candidate's"
            assert found[name]["met"] == "", "it met no limit"
            assert not Path(says["scratch"], "inner").exists(), "nothing stays behind"
            for action in ("password", "write", "signal", *(["fork"] if processes == 1 else [])):
                assert not confines or says[action], action
        assert found["idle"] == "", "who sleeps has too much of nothing"
        assert found["killed"] == -9
        if confines:
            assert found["disk"]["excess"] == "disk" or found["disk"]["says"] == "No space left on device"
        if confines and processes > 1:
            assert found["memory"]["excess"] == "memory"
