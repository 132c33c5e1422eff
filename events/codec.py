"""Event to line and back; the only module that knows the wire form.

One line is one CloudEvents 1.0 JSON object in UTF-8 with a fixed member order and ``hash`` last. Members that do not
apply (``subject``, ``causationid``, ``correlationid``) are left out, as CloudEvents has no null attributes.
"""

import re
from datetime import UTC, datetime
from functools import cache
from typing import Literal, Union

import msgspec
import orjson
from pydantic import TypeAdapter, ValidationError

from events.chain import seal
from events.envelope import Event, Fact
from events.errors import DataInvalid, LineUnreadable, SchemaTooNew, TypeUnknown
from events.types import CATALOGUE, AnyPayload, Json
from events.upcast import upcast

__all__ = ["adapter", "decode", "decode_trusted", "encode", "format_time", "head_of", "plain", "sequence_of"]


def format_time(time: datetime) -> str:
    """RFC 3339 in UTC with six decimals and a ``Z``.

    Raises:
        ValueError: The time is naive.
    """
    if time.tzinfo is None:
        raise ValueError(f"time {time} has no zone: events need aware times")
    utc = time if time.tzinfo is UTC else time.astimezone(UTC)
    return f"{utc.isoformat(timespec='microseconds')[:-6]}Z"  # in place of +00:00; strftime takes four times as long


def encode(fact: Fact, *, run_id: str, sequence: int, time: datetime, previous: str) -> tuple[bytes, Event]:
    """The line of a fact at its place, newline included, and the committed event.

    Args:
        fact: What happened.
        run_id: The run; letters, digits, ``.``, ``_`` and ``-``, so that it needs no escaping.
        sequence: Its place, from 1.
        time: Aware.
        previous: Hash of the line before it.
    """
    data, cause, correlation, generation, island = fact
    subject = data.subject
    head = (
        f'{{"specversion":"1.0","id":"{run_id}:{sequence}","source":"/runs/{run_id}","type":"{data.TYPE}",'
        + (f'"subject":"{subject}",' if subject is not None else "")
        + f'"time":"{format_time(time)}","sequence":{sequence},'
        + (f'"causationid":"{run_id}:{cause}",' if cause is not None else "")
        + (f'"correlationid":"{correlation}",' if correlation is not None else "")
        + f'"generation":{generation},"island":{island},"schemaversion":{data.VERSION},"data":'
    )
    line, link = seal(previous, head.encode() + orjson.dumps(data))
    return line, Event(run_id, sequence, time, data, cause, correlation, generation, island, link)


class _Members(msgspec.Struct, forbid_unknown_fields=True):
    """The wire form without its type and data."""

    specversion: Literal["1.0"]
    id: str
    source: str
    time: datetime
    sequence: int
    generation: int
    island: int
    hash: str
    subject: str | None = None
    causationid: str | None = None
    correlationid: str | None = None


class _Envelope(_Members, kw_only=True, forbid_unknown_fields=True):
    """With the data still as text, for whoever is to look closely at it."""

    type: str
    schemaversion: int
    data: msgspec.Raw


class _Whole(_Members, kw_only=True, forbid_unknown_fields=True):
    """With the data taken over as it is; each type of the catalogue has a class of its own."""

    data: AnyPayload


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_WHOLE = msgspec.json.Decoder[_Whole](
    Union[  # noqa: UP007  made at run time
        tuple(
            msgspec.defstruct(
                f"_{payload.__name__}",
                [("schemaversion", Literal[payload.VERSION]), ("data", payload)],
                bases=(_Whole,),
                tag_field="type",
                tag=kind,
                kw_only=True,
                forbid_unknown_fields=True,
            )
            for kind, payload in CATALOGUE.items()
        )
    ]
)


@cache
def adapter(payload: type[AnyPayload]) -> TypeAdapter[AnyPayload]:
    """Pydantic's validator and schema of a type of the catalogue."""
    return TypeAdapter(payload)


def plain(data: AnyPayload) -> dict[str, Json]:
    """A payload as JSON has it, with every member."""
    return orjson.loads(orjson.dumps(data))


def decode(line: bytes) -> Event:
    """The event of a line, with or without its newline, held against its schema. The chain is not checked here.

    Raises:
        LineUnreadable: The line is not an event.
        TypeUnknown: Its type is not in the catalogue.
        SchemaTooNew: A newer version wrote it.
        DataInvalid: Its data does not fit its type.
    """
    try:
        envelope = _ENVELOPE.decode(line)
        run_id, cause = envelope.source.removeprefix("/runs/"), envelope.causationid
        if envelope.id != f"{run_id}:{envelope.sequence}":
            raise LineUnreadable(f"id {envelope.id!r} is not that of event {envelope.sequence} of run {run_id}")
        return Event(
            run_id,
            envelope.sequence,
            envelope.time,
            _payload(envelope),
            None if cause is None else int(cause.rpartition(":")[2]),
            envelope.correlationid,
            envelope.generation,
            envelope.island,
            envelope.hash,
        )
    except ValidationError as error:
        raise DataInvalid(_explain(error)) from None
    except msgspec.ValidationError as error:
        raise LineUnreadable(f"not an event: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise LineUnreadable("not a JSON object in UTF-8; the line was damaged or is not part of a log") from None
    except ValueError as error:
        raise LineUnreadable(f"not an event: {error}") from None


def decode_trusted(line: bytes) -> Event:
    """The event of a line whose hash has been checked, so that `encode` must have written it from a checked payload.

    Its members are taken over by type alone, several times faster than `decode`, and with the same result for lines of
    ours. Whatever looks unusual goes to `decode`, and raises what that raises.
    """
    try:
        whole = _WHOLE.decode(line)
        run_id, cause = whole.source[6:], whole.causationid
        return tuple.__new__(  # pyright: ignore[reportUnknownMemberType]  Event(...), without a call of Python
            Event,
            (
                run_id,
                whole.sequence,
                whole.time,
                whole.data,
                None if cause is None else int(cause[len(run_id) + 1 :]),
                whole.correlationid,
                whole.generation,
                whole.island,
                whole.hash,
            ),
        )
    except (msgspec.DecodeError, ValueError):
        return decode(line)


def _payload(envelope: _Envelope) -> AnyPayload:
    kind, version = envelope.type, envelope.schemaversion
    payload = CATALOGUE.get(kind)
    if payload is None:
        raise TypeUnknown(
            f"unknown event type {kind!r}; a newer version of Genesis may know it: upgrade, or check the log"
        )
    if version == payload.VERSION:
        return adapter(payload).validate_json(bytes(envelope.data))
    if version > payload.VERSION:
        raise SchemaTooNew(
            f"{kind} has schema version {version}, this Genesis knows {payload.VERSION}: upgrade it to read the log"
        )
    old = orjson.loads(envelope.data)
    return payload(**upcast(kind, data=old, version=version, to=payload.VERSION))


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "data"
    return f"{error.title}: {where}: {first['msg']}"


_HEAD = re.compile(rb'\{"specversion":"1\.0","id":"([^"\\]+):(\d+)","source":"/runs/\1","type":"([a-z_.]+)",')


def head_of(line: bytes) -> tuple[str, int, str]:
    """The run's id, the sequence and the type of a line, read off its beginning: the rest is not looked at.

    Raises:
        LineUnreadable: It does not begin as an event does.
    """
    found = _HEAD.match(line)
    if found is None:
        raise LineUnreadable("not an event: it does not begin with specversion, id, source and type")
    run_id, sequence, kind = found.groups()
    return run_id.decode(), int(sequence), kind.decode()


def sequence_of(line: bytes) -> int | None:
    """The sequence that a line claims to have, None when it cannot be read: for telling a gap from an edit."""
    try:
        claimed = orjson.loads(line)["sequence"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return claimed if isinstance(claimed, int) else None
