"""Which lines can be loaded; pure. Only envelopes are read here: the sink's engine takes the data apart."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, NamedTuple

import msgspec
import orjson

from events.types import CATALOGUE
from events.upcast import upcast
from sidecar.feed import Batch, DeadLetter, FeedKey, Header, Lines, Reason, spans_of

__all__ = ["HASH_DIGITS", "batch_of", "header_of"]

_VERSIONS = {kind: payload.VERSION for kind, payload in CATALOGUE.items()}


_Small = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
_Version = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class _Envelope(msgspec.Struct):
    """What a row is addressed by; other members are the engine's to read."""

    id: str
    type: str
    time: datetime
    sequence: int
    generation: _Small
    island: _Small
    schemaversion: _Version
    hash: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    data: msgspec.Raw


class _Problem(msgspec.Struct):
    name: str


class _Started(msgspec.Struct):
    problem: _Problem


class _First(msgspec.Struct):
    source: str
    time: datetime
    data: _Started


class _Row(NamedTuple):
    """A line that can be loaded, and what is sent in its stead where that differs."""

    hash: str
    time: datetime | None
    renewed: bytes | None = None


_Wrong = tuple[Reason, str]
_Look = Callable[[str, int, memoryview], _Row | _Wrong]


HASH_DIGITS = 16
"""How much of a line's hash is kept with its row: enough to tell it from every other."""

_BRACE = ord("{")
_ENVELOPE = msgspec.json.Decoder(_Envelope)
_FIRST = msgspec.json.Decoder(_First)


def header_of(first: bytes) -> tuple[str, Header] | None:
    """The run's id and header from its log's first line, None when it is not a ``run.started``."""
    try:
        line = _FIRST.decode(first)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return line.source.removeprefix("/runs/"), Header(line.time, line.data.problem.name)


def batch_of(key: FeedKey, header: Header, found: Lines, source: str) -> Batch:
    """The batch that lines make: those that can be loaded as the engine reads them, the others as dead letters.

    Args:
        key: The feed.
        header: What its rows share.
        found: Consecutive lines.
        source: Where they were found, for people.
    """
    look: _Look = _event if key.kind == "events" else _diagnostic
    view = memoryview(found.text)
    rows = _Rows(view)
    letters: list[DeadLetter] = []
    number, last = found.first - 1, None
    for number, (begin, newline) in enumerate(spans_of(found.text), found.first):
        seen = look(key.run_id, number, view[begin:newline])
        if isinstance(seen, _Row):
            last = seen
            rows.add(begin, newline + 1, seen.renewed)
        else:
            reason, message = seen
            letters.append(DeadLetter(number, source, reason, message, str(view[begin:newline], errors="replace")))
    ends_dead = bool(letters) and letters[-1].line == number
    return Batch(
        key,
        header,
        after=found.first - 1,
        last=number,
        rows=rows.count,
        body=rows.body(),
        letters=tuple(letters),
        hash=last.hash if last and not ends_dead else "",
        end=found.end,
        newest=last.time if last else None,
    )


class _Rows:
    """Lines that become rows: neighbours that stay as they are remain one piece, and all of them no copy at all."""

    def __init__(self, text: memoryview) -> None:
        self.count = 0
        self._text = text
        self._pieces: list[bytes | memoryview] = []
        self._begin = self._end = 0

    def add(self, begin: int, end: int, renewed: bytes | None) -> None:
        """Adds the line between two bytes, or what stands for it."""
        self.count += 1
        if renewed is not None:
            self._pieces += (self._text[self._begin : self._end], renewed, b"\n")
            self._begin = self._end = end
        elif begin == self._end:
            self._end = end
        else:
            self._pieces.append(self._text[self._begin : self._end])
            self._begin, self._end = begin, end

    def body(self) -> bytes:
        """All of them."""
        whole = self._text.obj
        if isinstance(whole, bytes) and self._end - self._begin == len(whole):
            return whole
        return b"".join((*self._pieces, self._text[self._begin : self._end]))


def _event(run_id: str, number: int, line: memoryview) -> _Row | _Wrong:
    try:
        event = _ENVELOPE.decode(line)
        str(line, "utf-8")  # nobody has looked into the data, and an engine would choke on what is no UTF-8
    except msgspec.ValidationError as error:
        return "not_an_event", f"not an event: {error}"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:  # the last: nested too deep
        return "bad_json", f"not a JSON object in UTF-8 ({error}): the line was damaged"
    if memoryview(event.data)[0] != _BRACE:
        return "not_an_event", "not an event: its data is no object"
    wrong = _misfit(run_id, number, event)
    if wrong is not None:
        return wrong
    known = _VERSIONS[event.type]
    renewed = None if event.schemaversion == known else _renewed(line, event, known)
    return _Row(event.hash[:HASH_DIGITS], event.time, renewed)


def _misfit(run_id: str, number: int, event: _Envelope) -> _Wrong | None:
    if event.id != f"{run_id}:{number}" or event.sequence != number:
        is_now = f"it is event {event.id!r} of sequence {event.sequence}"
        return "wrong_place", f"{is_now}, and {run_id}:{number} is the one that belongs here"
    known = _VERSIONS.get(event.type)
    if known is None:
        return "unknown_type", f"event type {event.type!r} is not known here: upgrade the sidecar"
    if event.schemaversion > known:
        return "future_schema", f"{event.type} of schema version {event.schemaversion}, {known} is known: upgrade"
    return None


def _renewed(line: memoryview, event: _Envelope, to: int) -> bytes:
    """The line with its data as version ``to`` would have written it; ``schemaversion`` stays what the log says."""
    members = orjson.loads(line)
    members["data"] = upcast(event.type, data=members["data"], version=event.schemaversion, to=to)
    return orjson.dumps(members)


def _diagnostic(run_id: str, number: int, line: memoryview) -> _Row | _Wrong:
    del run_id  # logs.jsonl has its run's id in its place alone
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return "bad_json", f"not a JSON object in UTF-8 ({error}): the line was damaged"
    if not isinstance(said, dict):
        return "bad_json", "not a JSON object, which every line of logs.jsonl is"
    return _Row("", None, orjson.dumps({"line": number, "text": str(line, "utf-8")}))
