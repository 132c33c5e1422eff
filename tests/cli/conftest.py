"""A folder with one finished run in it: the golden log."""

import shutil
from pathlib import Path

import pytest

from events.log import LogReader
from genesis.run import LOG_NAME
from tests.cli.command import genesis

GOLDEN = Path(__file__).parent.parent / "golden" / "v1-toy.jsonl"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A working directory with ``runs/golden``."""
    directory = tmp_path / "runs" / "golden"
    directory.mkdir(parents=True)
    shutil.copy(GOLDEN, directory / LOG_NAME)
    return tmp_path


@pytest.fixture
def log(home: Path) -> Path:
    """That run's log."""
    return home / "runs" / "golden" / LOG_NAME


@pytest.fixture
def unfinished(log: Path) -> Path:
    """That run's log as a process left it that died with requests open."""
    lines = log.read_bytes().splitlines(keepends=True)
    assert next(reversed(list(LogReader(log)))).type == "run.stopped"
    log.write_bytes(b"".join(lines[:100]))
    return log


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with ``runs/short``, which the rules of today decided."""
    folder = tmp_path_factory.mktemp("recorded")
    assert genesis("run", "toy", "stop.evaluations=20", "run_id=short", cwd=folder).returncode == 0
    return folder
