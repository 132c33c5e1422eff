"""Sandboxes as an ordinary user, and what of an installed Python they show."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.evaluation.conftest import CONFINING

ROOT = Path(__file__).parent.parent.parent
SYSTEM_PYTHON = "/usr/bin/python3"
PROBE = textwrap.dedent("""
    import json, os, sys
    sys.path.append(sys.argv[1])
    from genesis.evaluation.job import Limits
    from genesis.evaluation.sandbox.table import KINDS
    from genesis.evaluation.sandbox.view import python_view

    reader, writer = os.pipe()
    outside = os.getpid()
    if os.fork() == 0:
        sandbox = KINDS[sys.argv[2]]()
        sandbox.enter(python_view())
        child = sandbox.fork(Limits())
        if child:
            os.waitpid(child, 0)
            sandbox.release(child)
            os._exit(0)
        scratch = sandbox.confine(Limits())

        def refused(action):
            try:
                action()
            except OSError as error:
                return type(error).__name__
            return ""

        open("mine", "w").write("x")
        says = {
            "uid": os.getuid(),
            "scratch": scratch,
            "mine": os.listdir("."),
            "password": refused(lambda: open("/etc/passwd")),
            "python": refused(lambda: open(os.__file__)),
            "write": refused(lambda: open(os.path.dirname(os.__file__) + "/x", "w")),
            "fork": refused(os.fork),
            "kill": refused(lambda: os.kill(outside, 0)),
        }
        os.write(writer, json.dumps(says).encode())
        os._exit(0)
    os.close(writer)
    print(os.read(reader, 65536).decode())
    os.wait()
""")


def _probe(kind: str) -> dict:
    command = [SYSTEM_PYTHON, "-s", "-P", "-c", PROBE, str(ROOT), kind]
    if os.geteuid() == 0:
        command = ["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups", "--no-new-privs", *command]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", env={}, timeout=60)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def _is_usable() -> bool:
    version = [SYSTEM_PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    readable = all(path.stat().st_mode & 0o005 == 0o005 for path in [ROOT, *ROOT.parents])
    return bool(
        readable
        and Path(SYSTEM_PYTHON).exists()
        and shutil.which("setpriv")
        and subprocess.run(version, check=False).returncode == 0
    )


@pytest.mark.skipif(not _is_usable(), reason="needs setpriv, a system Python 3.11 and a checkout that others can read")
@pytest.mark.parametrize("kind", CONFINING)
def test_an_ordinary_user_is_contained(kind: str) -> None:
    says = _probe(kind)
    assert says["uid"] == (65533 if os.geteuid() == 0 else os.getuid())
    assert says["mine"] == ["mine"]
    assert says["python"] == ""
    for action in ("password", "write", "fork", "kill"):
        assert says[action], action
    assert not Path(says["scratch"], "mine").exists()


@pytest.mark.parametrize("kind", CONFINING)
def test_problems_installed_beside_python_are_hidden(tmp_path: Path, kind: str) -> None:
    prefix = tmp_path / "prefix"
    (prefix / "lib" / "problems" / "toy").mkdir(parents=True)
    (prefix / "lib" / "problems" / "toy" / "validate.py").write_text("the validator")
    (prefix / "lib" / "module.py").write_text("X = 1")
    code = textwrap.dedent(f"""
        import os, sys
        sys.path += [{str(ROOT)!r}, {str(prefix / "lib")!r}]
        sys.prefix = {str(prefix)!r}
        from genesis.evaluation.job import Limits
        from genesis.evaluation.sandbox.table import KINDS
        from genesis.evaluation.sandbox.view import python_view
        sandbox = KINDS[{kind!r}]()
        sandbox.enter(python_view())
        child = sandbox.fork(Limits())
        if child:
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            sandbox.release(child)
            os._exit(code)
        sandbox.confine(Limits())
        if open({str(prefix / "lib" / "module.py")!r}).read() != "X = 1":
            os._exit(1)
        try:
            open({str(prefix / "lib" / "problems" / "toy" / "validate.py")!r})
        except OSError:
            os._exit(42)
        os._exit(2)
    """)
    result = subprocess.run([sys.executable, "-s", "-P", "-c", code], check=False, capture_output=True, timeout=60)
    assert result.returncode == 42, result.stderr.decode()
