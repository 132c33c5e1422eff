"""The one place that writes results to stdout, and the console that progress is drawn on."""

import os
import sys

import orjson
from rich.console import Console, RenderableType
from rich.text import Text

__all__ = ["emit_json", "emit_text", "screen", "show", "show_line", "styled"]

_WIDTH_IN_A_PIPE = 120


def show(*renderables: RenderableType) -> None:
    """Writes renderables to stdout: as wide as the terminal, or 120 columns (or COLUMNS) where there is none."""
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDTH_IN_A_PIPE
    console = Console(highlight=False, width=width)
    # Rich ends the process when the pipe is closed; captured, the error is ours to handle
    with console.capture() as captured:
        for renderable in renderables:
            console.print(renderable)
    emit_text(captured.get() if styled() else "\n".join(map(str.rstrip, captured.get().split("\n"))))


def show_line(text: Text) -> None:
    """Writes one line to stdout, coloured where that is a terminal, and never broken."""
    if not styled():
        emit_text(f"{text.plain.rstrip()}\n")
        return
    console = Console(highlight=False)
    with console.capture() as captured:
        console.print(text, no_wrap=True, overflow="ellipsis")
    emit_text(captured.get())


def emit_text(text: str) -> None:
    """Writes text to stdout as it is."""
    sys.stdout.write(text)
    sys.stdout.flush()


def emit_json(value: object) -> None:
    """Writes plain data, or dataclasses of it, to stdout as indented JSON."""
    emit_text(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())


def styled() -> bool:
    """Whether stdout is a terminal that shows colours."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def screen() -> Console | None:
    """A console on stderr for progress that is drawn over, None when stderr is no terminal that can do that."""
    console = Console(stderr=True, highlight=False)
    return console if console.is_terminal and not console.is_dumb_terminal else None
