"""Event to line and back."""

import json
from datetime import UTC, datetime
from hashlib import sha256

import jsonschema
import orjson
import pytest
from hypothesis import given, settings

from events.chain import GENESIS, unseal
from events.codec import decode, decode_trusted, encode
from events.envelope import Fact
from events.errors import DataInvalid, LineUnreadable, SchemaTooNew, TypeUnknown
from events.schema import FILE, render
from events.types import CATALOGUE, MutationRejected
from tests.events.strategies import TIMES, facts

FACT = Fact(MutationRejected(program="p000001", reason="duplicate", message="m"), 3, "p000001", 1, 0)


def _line(fact: Fact, time=None, sequence: int = 17) -> bytes:
    line, _ = encode(
        fact, run_id="r-1", sequence=sequence, time=time or datetime(2026, 1, 2, tzinfo=UTC), previous=GENESIS
    )
    return line[:-1]


@given(facts(), TIMES)
@settings(max_examples=100)
def test_every_event_survives_the_round_trip(fact, time) -> None:
    line, event = encode(fact, run_id="r-1", sequence=17, time=time, previous=GENESIS)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode(line[:-1]) == event
    assert decode_trusted(line[:-1]) == event
    assert event.data == fact.data


@given(facts(), TIMES)
@settings(max_examples=30)
def test_every_line_fits_the_exported_schema_and_is_a_cloudevent(fact, time) -> None:
    members = json.loads(_line(fact, time))
    VALIDATOR.validate(members)
    assert members["specversion"] == "1.0"
    assert members["source"] == "/runs/r-1"
    assert members["id"] == "r-1:17"
    assert list(members)[-1] == "hash"


VALIDATOR = jsonschema.Draft202012Validator(orjson.loads(FILE.read_bytes()))


def test_the_schema_rejects_what_the_codec_rejects() -> None:
    members = json.loads(_line(FACT))
    members["data"]["surprise"] = 1
    assert not VALIDATOR.is_valid(members)


def test_the_exported_schema_is_current() -> None:
    assert FILE.read_bytes() == render(), "run: python -m events.schema"


def test_the_hash_can_be_checked_on_raw_bytes_in_two_lines() -> None:
    line = _line(FACT)
    body, claimed = line.rsplit(b',"hash":"', 1)
    assert sha256(b"0" * 64 + body).hexdigest().encode() + b'"}' == claimed
    assert unseal(GENESIS, line + b"\n") == claimed[:64].decode()
    assert unseal("1" * 64, line + b"\n") is None
    assert unseal(GENESIS, line.replace(b'"m"', b'"n"') + b"\n") is None


def test_the_catalogue_is_closed_and_names_are_noun_dot_verb() -> None:
    assert len(CATALOGUE) == 26
    assert all(kind.count(".") == 1 and kind == kind.lower() for kind in CATALOGUE)


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        (lambda members: members.update(type="program.vanished"), TypeUnknown, "program.vanished"),
        (lambda members: members.update(schemaversion=99), SchemaTooNew, "99"),
        (lambda members: members["data"].update(reason="bored"), DataInvalid, "reason"),
        (lambda members: members["data"].pop("message"), DataInvalid, "message"),
        (lambda members: members["data"].update(extra=1), DataInvalid, "extra"),
        (lambda members: members.update(id="r-1:18"), LineUnreadable, "17"),
        (lambda members: members.pop("time"), LineUnreadable, "time"),
        (lambda members: members.update(time="yesterday"), LineUnreadable, "datetime"),
        (lambda members: members.update(data=[1]), DataInvalid, "MutationRejected"),
    ],
)
def test_what_breaks_the_schema_is_named(change, error, says) -> None:
    members = json.loads(_line(FACT))
    change(members)
    line = json.dumps(members).encode()
    with pytest.raises(error, match=says):
        decode(line)
    if says not in {"extra", "17"}:  # what the chain vouches for
        with pytest.raises(error, match=says):
            decode_trusted(line)


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b"null", b"7", b'"text"', b"\xff\xfe", b"{}", b'{"type":3}'])
def test_what_is_no_event_is_unreadable(line) -> None:
    with pytest.raises((LineUnreadable, TypeUnknown)):
        decode(line)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        encode(FACT, run_id="r", sequence=1, time=datetime(2026, 1, 1), previous=GENESIS)  # noqa: DTZ001
