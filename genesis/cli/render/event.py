"""An event in a line."""

from collections.abc import Iterator
from dataclasses import fields

from rich.text import Text

from events.envelope import Event

__all__ = ["event_line", "unreadable_line"]

# what tells most about an event, whatever its type, in this order; the program is shown anyway
_TELLING = (
    "reason", "operator", "parents", "purpose", "provider", "model", "is_valid", "fitness", "ok", "cell", "displaced",
    "incumbent", "why", "from_island", "to_island", "generation", "best_fitness", "archive_size", "tokens_in",
    "tokens_out", "cost_usd", "latency_s", "name", "scope", "verdict", "nearest", "similarity", "by", "fallback",
    "message", "feedback", "text",
)  # fmt: skip
_LONGEST = 48
_SHOWN = 6
_STYLES = {"failed": "red", "rejected": "yellow", "archived": "green", "started": "cyan", "stopped": "cyan"}


def event_line(event: Event) -> Text:
    """Its place, time, type and subject, and a few of its fields."""
    shown = list(_telling(event))[:_SHOWN]
    return Text.assemble(
        (f"{event.sequence:>7} ", "dim"),
        (f"{event.time:%H:%M:%S} ", "dim"),
        (f"{event.type:<21} ", _STYLES.get(event.type.rpartition(".")[2], "")),
        f"{event.data.subject or '':<8} ",
        "  ".join(f"{name} {value}" for name, value in shown),
    )


def unreadable_line(sequence: int, kind: str, problem: str) -> Text:
    """The same for a line that this version cannot read."""
    return Text.assemble((f"{sequence:>7}          ", "dim"), f"{kind:<21} ", (problem, "red"))


def _telling(event: Event) -> Iterator[tuple[str, str]]:
    known = {each.name for each in fields(event.data)}
    for name in _TELLING:
        if name in known and (value := _short(getattr(event.data, name))):
            yield name, value


def _short(value: object) -> str:
    match value:
        case None | "" | ():
            return ""
        case float():
            return f"{value:.6g}"
        case tuple():
            return ",".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType]  of anything
        case _:
            text = " ".join(str(value).split())
            return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
