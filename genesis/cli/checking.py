"""``genesis verify`` and ``genesis replay``."""

from dataclasses import asdict

import typer

from events.errors import LogCorrupt
from genesis.cli.exits import Exit
from genesis.cli.output import emit_json, show
from genesis.cli.render.checking import moment, replayed, verified
from genesis.cli.runs import find_run
from genesis.cli.verification import Replay, moment_of, reexecution_of, replay_of, verify_run

__all__ = ["replay", "replay_reexecuted", "replay_verified", "verify"]


def verify(text: str, *, as_json: bool) -> None:
    """Checks a log line by line."""
    try:
        view = verify_run(find_run(text))
    except LogCorrupt as error:
        if as_json:
            emit_json({"ok": False, "log": str(error.path), "line": error.line, "problem": error.problem})
        raise
    if as_json:
        emit_json({"ok": True, **asdict(view)})
    else:
        show(verified(view))


def replay(text: str, to: int | None, *, as_json: bool) -> None:
    """Folds a log up to an event and shows the state there."""
    view = moment_of(find_run(text), to)
    if as_json:
        emit_json(view)
    else:
        show(moment(view))


def replay_verified(text: str, to: int | None, *, as_json: bool) -> None:
    """Makes every decision of a log again, and ends with exit code 1 at the first that differs."""
    _tell(replay_of(find_run(text), to), as_json=as_json)


def replay_reexecuted(text: str, to: int | None, *, as_json: bool) -> None:
    """Runs a log again, and ends with exit code 1 at the first event that differs."""
    _tell(reexecution_of(find_run(text), to), as_json=as_json)


def _tell(view: Replay, *, as_json: bool) -> None:
    if as_json:
        emit_json(view)
    else:
        show(replayed(view))
    if view.difference is not None:
        raise typer.Exit(Exit.FAILED)
