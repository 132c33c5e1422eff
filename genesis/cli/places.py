"""Where runs are looked for; in a module of its own, so that help and completion read no log."""

from pathlib import Path

from genesis.errors import UsageError

__all__ = ["LATEST", "RUNS_DIR", "check_folder"]

RUNS_DIR = Path("runs")
LATEST = "latest"


def check_folder(runs_dir: Path) -> None:
    """Makes sure that a folder of runs can be looked into; the usual one need not be there before the first run.

    Raises:
        UsageError: It is not there, or no folder.
    """
    if runs_dir.exists() and not runs_dir.is_dir():
        raise UsageError(f"{runs_dir} is a file: give the folder that holds the runs")
    if not runs_dir.exists() and runs_dir != RUNS_DIR:
        raise UsageError(f"there is no folder {runs_dir}: give the one that holds the runs")
