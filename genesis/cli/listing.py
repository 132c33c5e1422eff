"""``genesis list``: every run in a folder."""

from pathlib import Path

from genesis.cli.exits import say
from genesis.cli.glimpse import Broken, glimpse
from genesis.cli.output import emit_json, show
from genesis.cli.places import check_folder
from genesis.cli.render.listing import rows_of_runs
from genesis.cli.runs import run_directories
from genesis.clock import system_clock

__all__ = ["list_runs"]


def list_runs(runs_dir: Path, *, as_json: bool) -> None:
    """Every run inside a folder, oldest first; broken ones last.

    Raises:
        UsageError: There is no such folder.
    """
    check_folder(runs_dir)
    found = [glimpse(directory) for directory in run_directories(runs_dir)]
    whole = sorted((each for each in found if not isinstance(each, Broken)), key=lambda each: each.started)
    broken = [each for each in found if isinstance(each, Broken)]
    if as_json:
        emit_json([*whole, *broken])
    elif found:
        show(rows_of_runs(whole, broken, now=system_clock()))
    else:
        say(f"there are no runs in {runs_dir}: start one with 'genesis run heilbronn'")
