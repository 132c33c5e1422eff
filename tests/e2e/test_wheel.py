"""The built wheel, installed into an empty environment, works outside the checkout."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(900)
def test_the_wheel_installs_into_an_empty_environment_and_evolves_heilbronn(tmp_path: Path) -> None:
    wheels, home = tmp_path / "wheels", tmp_path / "venv"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "-q", "--no-deps", "-w", str(wheels), str(ROOT)], check=True)
    (wheel,) = wheels.glob("genesis_evolve-*.whl")
    venv.create(home, symlinks=True)
    pip += ["--python", str(home / "bin" / "python")]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    subprocess.run([*pip, "install", "-q", "--no-compile", str(wheel)], check=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def genesis(*arguments: str) -> str:
        done = subprocess.run(
            [home / "bin" / "genesis", *arguments],
            cwd=elsewhere,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    genesis("run", "heilbronn", "run_id=first", "stop.evaluations=30")
    assert "ok" in genesis("verify", "first")
    assert "def entrypoint" in genesis("best", "first")
    installed = Path(
        subprocess.run(
            [home / "bin" / "python", "-c", "import events; print(events.__file__)"],
            cwd=elsewhere,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )
    assert home in installed.parents
    packages = subprocess.run(
        [*pip, "list", "--format=freeze"], capture_output=True, text=True, check=True
    ).stdout.split()
    files = [path for path in home.rglob("*") if not path.is_symlink() and path.suffix != ".pyc"]
    assert len(packages) <= 60
    assert sum(path.stat().st_size for path in files) <= 260e6  # and a third of that as bytecode
