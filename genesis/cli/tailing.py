"""``genesis tail``: a run's events as they come, from its log or from the broker."""

import asyncio
import difflib
import os
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from events.bus.nats import NatsBus
from events.bus.subject import matches
from events.codec import decode
from events.errors import BusUnavailable, LogCorrupt, StreamLost
from events.log import LineReader
from events.log.growth import watching
from events.types import CATALOGUE
from genesis.cli.broker import broker_settings, recorded_broker, split
from genesis.cli.exits import say
from genesis.cli.output import emit_text, show_line
from genesis.cli.render.event import event_line, unreadable_line
from genesis.cli.runs import find_run
from genesis.errors import UsageError
from genesis.rng import draw

__all__ = ["tail"]

_LINES, _BYTES = 256, 1 << 20
_LAST = "run.stopped"
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 10.0


@dataclass(frozen=True, slots=True)
class _Line:
    """One event's line, from wherever it comes."""

    sequence: int
    type: str
    text: bytes


def tail(
    run: str,
    arguments: Sequence[str],
    *,
    url: str | None,
    types: Sequence[str],
    after: int,
    follow: bool,
    as_json: bool,
) -> None:
    """Shows a run's events; ends with the run, or at the end of what there is."""
    _, overrides = split(arguments)
    wanted = _pattern(types)
    lines = _lines(run, overrides, url=url, after=after, follow=follow)
    asyncio.run(_show(lines, wanted, as_json=as_json))


def _lines(run: str, overrides: Sequence[str], *, url: str | None, after: int, follow: bool) -> AsyncGenerator[_Line]:
    if url is None and not overrides:
        found = find_run(run)
        return _from_log(found.log, found.id, after=after, follow=follow)
    try:
        known = find_run(run)
    except UsageError:  # it is another machine's run: the text is its id
        known = None
    recorded = recorded_broker(known) if known else dict[str, object]()
    bus = NatsBus(broker_settings(overrides, url=url, recorded=recorded))
    return _from_bus(bus, known.id if known else run, after=after, follow=follow)


def _pattern(types: Sequence[str]) -> Callable[[str], bool]:
    for pattern in types:
        if not any(matches(kind, pattern) for kind in CATALOGUE):
            near = difflib.get_close_matches(pattern, CATALOGUE, 1)
            hint = f"; did you mean {near[0]}?" if near else ", such as program.* or *.failed"
            raise UsageError(f"--type {pattern!r} matches no event type: name one, or a pattern of them{hint}")
    return lambda kind: not types or any(matches(kind, pattern) for pattern in types)


async def _show(lines: AsyncGenerator[_Line], wanted: Callable[[str], bool], *, as_json: bool) -> None:
    async with aclosing(lines):
        async for line in lines:
            if not wanted(line.type):
                continue
            if as_json:
                emit_text(line.text.decode() + "\n")
            else:
                show_line(_readable(line))


def _readable(line: _Line) -> Text:
    try:
        return event_line(decode(line.text))
    except LogCorrupt as error:
        return unreadable_line(line.sequence, line.type, error.problem)


async def _from_log(log: Path, run_id: str, *, after: int, follow: bool) -> AsyncGenerator[_Line]:
    reader, last = LineReader(log, run_id=run_id, durable=False), ""
    async with watching(log) as growth:
        while True:
            lines = await asyncio.to_thread(reader.take, _LINES, _BYTES)
            for line in lines:
                last = line.type
                if line.sequence > after:
                    yield _Line(line.sequence, line.type, line.text)
            if lines:
                continue
            if not follow or last == _LAST:
                return
            await growth.grown()
            growth.check()


async def _from_bus(bus: NatsBus, run_id: str, *, after: int, follow: bool) -> AsyncGenerator[_Line]:
    """First what the stream holds, then what comes, also over a broker that goes away and comes back."""
    position, last, following = 0, "", False
    pauses = _pauses(run_id)
    while True:
        try:
            async for delivery in bus.replay(run_id=run_id, after=position, follow=following):
                position, last, pauses = delivery.position, delivery.type, _pauses(run_id)
                if delivery.sequence > after:
                    yield _Line(delivery.sequence, delivery.type, delivery.line)
                if following and last == _LAST:
                    return
        except (BusUnavailable, StreamLost) as error:
            if not follow:
                raise
            pause_s = next(pauses)
            say(f"{error}; next try in {pause_s:.1f} s")
            await asyncio.sleep(pause_s)
            continue
        if not follow and not position:
            raise UsageError(f"the stream has no event of a run {run_id!r}: 'genesis relay' sends a run there")
        if not follow or last == _LAST:
            return
        following = True


def _pauses(run_id: str) -> Iterator[float]:
    """Longer and longer, and not the same for everybody who waits."""
    jitter, longest_s = draw(f"{run_id}/tail/{os.getpid()}"), _FIRST_PAUSE_S
    while True:
        yield longest_s * (0.5 + jitter.random() / 2)
        longest_s = min(2 * longest_s, _LONGEST_PAUSE_S)
