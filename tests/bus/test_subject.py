"""Run ids and types as subjects, and back."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.bus.subject import filter_of, matches, run_and_type, subject_of, token_of
from events.run_id import is_run_id
from events.types import CATALOGUE

RUN_IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}", fullmatch=True)


@given(st.one_of(RUN_IDS, st.text(min_size=1, max_size=60)), st.sampled_from(sorted(CATALOGUE)))
def test_every_run_id_is_one_token_and_comes_back(run_id: str, kind: str) -> None:
    token = token_of(run_id)
    assert not set(token) & set(". *>\t\r\n")
    assert token.isascii()
    assert run_and_type(subject_of(run_id, kind)) == (run_id, kind)


@given(RUN_IDS, RUN_IDS)
def test_two_runs_never_share_a_token(one: str, other: str) -> None:
    assert (token_of(one) == token_of(other)) == (one == other)


def test_the_mapping_is_the_documented_one() -> None:
    assert subject_of("20261124-v1.2_x", "program.evaluated") == "genesis.events.20261124-v1%2E2_x.program.evaluated"
    assert filter_of(None, "program.*") == "genesis.events.*.program.*"
    assert filter_of("a.b", "") == "genesis.events.a%2Eb.>"
    assert filter_of("a", "*.fail*") == "genesis.events.a.>"


def test_a_foreign_subject_is_refused() -> None:
    for subject in ("orders.new", "genesis.events.r", "genesis.eventsx.r.run.started"):
        with pytest.raises(ValueError, match="is not genesis"):
            run_and_type(subject)


@given(RUN_IDS)
def test_what_the_rule_allows_is_a_run_s_id_and_a_plain_name(run_id: str) -> None:
    assert is_run_id(run_id)
    assert PurePosixPath("runs", run_id).parent == PurePosixPath("runs")


@pytest.mark.parametrize("text", ["", ".", "..", "../x", "a/b", "/a", ".x", "a\n", "é", "a" * 102, "a\\b", "a\0"])
def test_what_could_lead_elsewhere_is_no_run_s_id(text: str) -> None:
    assert not is_run_id(text)


def test_patterns() -> None:
    assert matches("program.evaluated", "")
    assert matches("program.evaluated", "program.*")
    assert not matches("program.evaluated", "Program.*")
    assert not matches("mutation.failed", "program.*")
