"""When an attempt is made again, and when not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis.llm.provider.port import Fault
from genesis.llm.retry import FIRST_BOUND_S, LAST_BOUND_S, LONGEST_ASKED_S, wait_before_next_s


def fault(**changes: object) -> Fault:
    return Fault(**{"reason": "overloaded", "message": "m", "again": True} | changes)  # type: ignore[arg-type]


@given(attempt=st.integers(1, 200), stream=st.text(max_size=20))
def test_the_wait_is_drawn_below_a_bound_that_doubles(attempt: int, stream: str) -> None:
    wait = wait_before_next_s(fault(), attempt=attempt, attempts=201, stream=stream)
    assert wait is not None
    assert 0 <= wait <= min(LAST_BOUND_S, FIRST_BOUND_S * 2.0 ** (attempt - 1))
    assert wait == wait_before_next_s(fault(), attempt=attempt, attempts=201, stream=stream)


@given(asked=st.floats(0, LONGEST_ASKED_S), stream=st.text(max_size=20))
def test_what_the_provider_asks_for_is_waited_for_and_little_more(asked: float, stream: str) -> None:
    wait = wait_before_next_s(fault(wait_s=asked), attempt=1, attempts=2, stream=stream)
    assert wait is not None
    assert asked <= wait <= asked * 1.1


def test_calls_that_fail_together_do_not_come_back_together() -> None:
    waits = {wait_before_next_s(fault(wait_s=10.0), attempt=1, attempts=2, stream=f"7/llm/{n}") for n in range(50)}
    assert len(waits) == 50


@pytest.mark.parametrize(
    ("failed", "attempt"),
    [(fault(again=False), 1), (fault(), 6), (fault(), 7), (fault(wait_s=LONGEST_ASKED_S + 1), 1)],
)
def test_some_are_not_tried_again(failed: Fault, attempt: int) -> None:
    assert wait_before_next_s(failed, attempt=attempt, attempts=6, stream="s") is None
