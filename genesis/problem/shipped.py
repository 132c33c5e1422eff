"""The problems that come with Genesis, by name."""

import difflib
from importlib.resources import files
from pathlib import Path

from genesis.problem.errors import ProblemError

__all__ = ["problem_directory", "shipped_problems"]

PACKAGE = "problems"


def shipped_problems() -> dict[str, Path]:
    """Each shipped problem's name and directory, by name."""
    home = Path(str(files(PACKAGE)))
    found = (entry for entry in sorted(home.iterdir()) if (entry / "metrics.yaml").is_file())
    return {entry.name: entry for entry in found}


def problem_directory(name_or_path: str | Path) -> Path:
    """The absolute directory of a problem: the path, where there is one or a separator says so; else a shipped one.

    Raises:
        ProblemError: There is none; the message lists the shipped ones and the nearest.
    """
    name = str(name_or_path)
    path = Path(name).expanduser()
    if name and path.is_dir():
        return path.resolve()
    if name and path.exists():
        raise ProblemError.at(path, None, "a problem is a directory, and this is a file: name the directory it is in")
    shipped = shipped_problems()
    if name in shipped:
        return shipped[name]
    near = difflib.get_close_matches(name, shipped, 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    if "/" in name:
        raise ProblemError(
            f"{name}: there is no such directory: give a problem's directory, or one of {_listed(shipped)}"
        )
    raise ProblemError(f"{name!r} is no directory and no shipped problem: use one of {_listed(shipped)}{hint}")


def _listed(shipped: dict[str, Path]) -> str:
    return ", ".join(shipped) or "(none are installed)"
