"""How long something that is away is waited for."""

import asyncio

import pytest

from sidecar.errors import SinkAway, SourceAway
from sidecar.patience import Patience

AWAY = SinkAway("connection refused")


def test_waits_grow_up_to_half_a_minute_and_begin_again_once_it_was_back() -> None:
    patience = Patience(None, asyncio.Event())
    waits = [patience.failed(AWAY) for _ in range(12)]
    assert waits[:3] == [0.1, 0.2, 0.4]
    assert waits[-2:] == [30.0, 30.0]
    patience.back()
    assert patience.failed(AWAY) == 0.1


def test_no_wait_is_longer_than_the_time_that_is_left() -> None:
    patience = Patience(0.05, asyncio.Event())
    assert patience.failed(AWAY) <= 0.05
    with pytest.raises(SourceAway, match=r"^refused; it was waited for 0 s: what is loaded stays"):
        Patience(0, asyncio.Event()).failed(SourceAway("refused"))


@pytest.mark.parametrize("asked_while_waiting", [True, False])
def test_whoever_is_asked_to_end_tries_once_more(asked_while_waiting: bool) -> None:
    async def go() -> None:
        ending = asyncio.Event()
        patience = Patience(None, ending)
        if asked_while_waiting:
            wait_s = patience.failed(AWAY)
            asyncio.get_running_loop().call_later(0.01, ending.set)
        else:
            ending.set()  # while the try that now fails was under way
            wait_s = patience.failed(AWAY)
        await patience.rest(6000 * wait_s)
        with pytest.raises(SinkAway, match="connection refused; asked to end, and what waits is loaded by the next"):
            patience.failed(AWAY)

    asyncio.run(asyncio.wait_for(go(), 60))
