"""Progress of a run that goes on: folded as events come, drawn a few times a second.

Theory of operation. The engine's thread feeds every event to a `Story`, which folds it and does nothing else. A thread
of ours wakes four times a second, takes a `Glance` at the story, and draws it: over the last one where stderr is a
terminal, else as a line when there is something new to say. It reads attributes that the engine's thread replaces, so
it may be one event behind, and it never makes the engine wait.
"""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.live import Live

from genesis.cli.exits import say
from genesis.cli.glance import Glance, Pace
from genesis.cli.output import screen
from genesis.cli.render.progress import draw, line
from genesis.cli.story import Story

__all__ = ["watching"]

_LOOKS_PER_S = 4
_BETWEEN_IMPROVEMENTS_S = 1.0
_BETWEEN_LINES_S = 10.0


@contextmanager
def watching(story: Story) -> Generator[None]:
    """Shows on stderr how the story goes on, until the context is left."""
    pace, console = Pace(story), screen()
    if console is None:
        with _ticking(_Lines(pace).look):
            yield
        return
    with Live(
        console=console,
        get_renderable=lambda: draw(pace.glance()),
        refresh_per_second=_LOOKS_PER_S,
        redirect_stdout=False,
        transient=True,
    ):
        yield


@contextmanager
def _ticking(look: Callable[[], None]) -> Generator[None]:
    over = threading.Event()

    def tick() -> None:
        while not over.wait(1 / _LOOKS_PER_S):
            look()

    thread = threading.Thread(target=tick, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class _Lines:
    """Says a line for a new best program, but not two a second, and every ten seconds."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._said_at = time.monotonic()
        self._said_best = ""

    def look(self) -> None:
        """Says a line if one is due."""
        glance = self._pace.glance()
        if glance is not None and self._due(glance):
            say(line(glance))
            self._said_at = time.monotonic()
            self._said_best = glance.best.program if glance.best else ""

    def _due(self, glance: Glance) -> bool:
        quiet_s = time.monotonic() - self._said_at
        if glance.best is not None and glance.best.program != self._said_best:
            return not self._said_best or quiet_s >= _BETWEEN_IMPROVEMENTS_S
        return quiet_s >= _BETWEEN_LINES_S
