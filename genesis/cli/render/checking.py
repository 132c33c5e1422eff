"""What was found in a log."""

from rich.console import Group, RenderableType
from rich.text import Text

from genesis.cli.render.figures import count, many, value
from genesis.cli.render.layout import facts
from genesis.cli.verification import Moment, Replay, Verification

__all__ = ["moment", "replayed", "verified"]


def verified(found: Verification) -> RenderableType:
    """That a log is whole, and what it says at its end."""
    said = Text.assemble(
        f"{many(found.events, 'event')}, {many(found.programs, 'program')}: ",
        ("ok", "bold green"),
        f", last hash {found.hash}",
    )
    match found.status:
        case "running":
            torn = f", {found.torn_bytes} bytes of the next event so far" if found.torn_bytes else ""
            return Group(said, Text(f"unfinished: a process is writing it{torn}"))
        case "killed":
            return Group(said, Text(f"unfinished: its process died; 'genesis resume {found.run}' goes on"))
        case "interrupted":
            return Group(said, Text(f"unfinished: it was interrupted; 'genesis resume {found.run}' goes on"))
        case "completed" | "failed":
            return said


def moment(found: Moment) -> RenderableType:
    """The state after an event."""
    best = f"{value(found.best, found.spec)} ({found.best_program})" if found.best_program else "no valid program yet"
    return facts(
        [
            ("run", found.run),
            ("event", count(found.sequence)),
            (f"best {found.metric}", best),
            ("evaluated", f"{many(found.evaluations, 'program')}, {count(found.valid)} valid"),
            ("mutations", f"{count(found.proposed)} proposed, {count(found.rejected)} rejected"),
            ("archive", f"{many(found.archive_size, 'program')} after {many(found.generations, 'generation')}"),
            ("unanswered", f"{many(found.unanswered, 'request')}" if found.unanswered else ""),
            ("state digest", found.digest),
        ]
    )


def replayed(found: Replay) -> RenderableType:
    """How many decisions were made again, and the first that differs."""
    performed = f", and {many(found.performed, 'answer')}" if found.performed else ""
    made = f"{many(found.decisions, 'decision')}{performed} in {many(found.events, 'event')} were made again"
    if found.difference is None:
        return Text.assemble(f"{made}: ", ("all the same", "bold green"))
    return Group(
        Text.assemble(f"{made}, then event {count(found.difference.sequence)} ", ("differs", "bold red")),
        facts([("recorded", found.difference.recorded), ("expected", found.difference.expected)]),
        Text("The log was changed after it was written, or by another version of the rules."),
    )
