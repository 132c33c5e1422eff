"""Numbers as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from events.types import MetricSpec
from genesis.cli.render.figures import age, clock, duration, many, ratio, share, value


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.0, "0 ms"),
        (0.0124, "12 ms"),
        (0.9996, "1.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3599.6, "1 h 00 min"),
        (7620, "2 h 07 min"),
        (273_600, "3 d 4 h"),
    ],
)
def test_durations_round_without_a_sixtieth_second(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_a_metric_has_its_own_decimals_and_unit() -> None:
    spec = MetricSpec(description="d", higher_is_better=False, decimals=3, unit="ms")
    assert value(1.23456, spec) == "1.235 ms"
    assert value(None, spec) == "—"


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (0.001, 0.0122, "12.2 times higher"),
        (8.0, 4.0, "2.0 times lower"),
        (1.0, 1.01, ""),
        (0.0, 5.0, ""),
        (-1.0, 5.0, ""),
    ],
)
def test_a_ratio_is_given_where_it_says_something(before: float, after: float, shown: str) -> None:
    assert ratio(before, after) == shown


def test_small_words() -> None:
    assert (many(1, "program"), many(1200, "program")) == ("1 program", "1,200 programs")
    assert (share(1, 8), share(0, 0)) == ("12 %", "—")
    assert clock(3785.9) == "1:03:05"
    now = datetime(2026, 1, 2, tzinfo=UTC)
    assert [age(now - timedelta(seconds=s), now) for s in (5, 200, 7300, 200_000)] == ["5 s", "3 min", "2 h", "2 d"]
