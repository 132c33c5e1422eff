"""Finding runs: by path, by name inside ``./runs``, or the latest."""

import difflib
from pathlib import Path

from events.types import RunStopped
from genesis.cli.places import LATEST, RUNS_DIR
from genesis.errors import UsageError
from genesis.run import LOG_NAME, Run, RunStatus, is_held, status_of

__all__ = ["find_run", "run_directories", "standing"]


def find_run(text: str, runs_dir: Path = RUNS_DIR) -> Run:
    """The run that somebody names: a path, a name inside ``runs_dir``, or ``latest``, the one last written to.

    Raises:
        UsageError: There is no such run, or it died before it began.
        LogCorrupt: Its first line breaks a rule.
    """
    run = Run.open(_directory(text, runs_dir))
    run.started  # noqa: B018  whoever reads on may rely on it
    return run


def _directory(text: str, runs_dir: Path) -> Path:
    for directory in (Path(text), runs_dir / text):
        if (directory / LOG_NAME).is_file():
            return directory
    known = run_directories(runs_dir)
    if text == LATEST and not known:
        raise UsageError(f"there are no runs in {runs_dir} yet: start one with 'genesis run heilbronn'")
    if text == LATEST:
        return max(known, key=lambda directory: (directory / LOG_NAME).stat().st_mtime_ns)
    if Path(text).exists():
        return Path(text)
    near = difflib.get_close_matches(text, [directory.name for directory in known], 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise UsageError(f"no run at {text!r} and none of that name in {runs_dir}: 'genesis list' shows them{hint}")


def run_directories(runs_dir: Path) -> list[Path]:
    """The directories inside ``runs_dir`` that hold a log, by name; none when there is no such directory."""
    if not runs_dir.is_dir():
        return []
    return sorted(entry for entry in runs_dir.iterdir() if (entry / LOG_NAME).is_file())


def standing(stopped: RunStopped | None, log: Path) -> RunStatus:
    """What `genesis.run.Run.status` says, from the log's last word instead of from a fold of all of it."""
    if stopped is not None:
        return status_of(stopped)
    return "running" if is_held(log) else "killed"
