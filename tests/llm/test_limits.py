"""How fast a provider is asked, in virtual time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genesis.llm.limits import Limiter, Need
from genesis.llm.retry import LONGEST_ASKED_S
from tests.llm.virtual_time import run_in_virtual_time

SMALL = Need(10, 10)


class Calls:
    """Makes calls through a limiter and remembers when each began."""

    def __init__(self, **limits: Any) -> None:
        self.limiter = Limiter(**{"concurrency": 1000} | limits)
        self.began: list[float] = []
        self.most = 0
        self.start = asyncio.get_running_loop().time()

    async def call(self, model: str = "m", need: Need = SMALL, takes_s: float = 0.0) -> None:
        async with self.limiter.slot(model, need):
            self.began.append(asyncio.get_running_loop().time() - self.start)
            self.most = max(self.most, self.limiter.active)
            await asyncio.sleep(takes_s)


def in_virtual_time(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    run_in_virtual_time(work())


def test_calls_at_a_time_are_bounded_and_first_come_first_served() -> None:
    async def work() -> None:
        calls = Calls(concurrency=3)
        await asyncio.gather(*(calls.call(takes_s=1.0) for _ in range(10)))
        assert calls.most == 3
        assert calls.began == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3]

    in_virtual_time(work)


@settings(max_examples=30, deadline=None)
@given(per_minute=st.integers(1, 600), count=st.integers(1, 60))
def test_no_minute_sees_much_more_than_its_limit_of_requests(per_minute: int, count: int) -> None:
    async def work() -> None:
        calls = Calls(requests_per_minute=per_minute)
        await asyncio.gather(*(calls.call() for _ in range(count)))
        for begin in calls.began:
            inside = sum(begin <= other < begin + 60 for other in calls.began)
            assert inside <= per_minute + max(1, per_minute / 6) + 1
        assert max(calls.began) <= 60 * count / per_minute + 1e-6  # and no slower than it allows

    in_virtual_time(work)


def test_tokens_a_minute_are_held_and_what_was_not_used_is_given_back() -> None:
    async def work() -> None:
        calls = Calls(tokens_per_minute=6000)
        await asyncio.gather(*(calls.call(need=Need(500, 500)) for _ in range(7)))
        assert calls.began == pytest.approx([0, 10, 20, 30, 40, 50, 60])
        calls.limiter.went_well(Need(500, 500), 0)
        begun = asyncio.get_running_loop().time()
        await calls.call(need=Need(500, 500))
        assert asyncio.get_running_loop().time() == pytest.approx(begun)

    in_virtual_time(work)


def test_a_call_that_is_larger_than_the_limit_still_goes_when_all_is_free() -> None:
    async def work() -> None:
        calls = Calls(tokens_per_minute=600)
        await asyncio.gather(calls.call(need=Need(5000, 1000)), calls.call(need=Need(50, 10)))
        assert calls.began[0] == 0
        assert calls.began[1] > 500  # the debt is paid first

    in_virtual_time(work)


def openai_headers(remaining: int, reset: str, limit: int = 100) -> dict[str, str]:
    return {
        "x-ratelimit-limit-requests": str(limit),
        "x-ratelimit-remaining-requests": str(remaining),
        "x-ratelimit-reset-requests": reset,
    }


def test_what_the_headers_say_is_left_is_not_passed() -> None:
    async def work() -> None:
        calls = Calls()
        calls.limiter.observe("m", openai_headers(2, "98s"))
        await asyncio.gather(*(calls.call() for _ in range(4)))
        assert calls.began == pytest.approx([0, 0, 1, 2])  # it refills one a second

    in_virtual_time(work)


def test_windows_without_a_limit_are_waited_for_whole() -> None:
    async def work() -> None:
        calls = Calls()
        headers = openai_headers(0, "30s")
        del headers["x-ratelimit-limit-requests"]
        calls.limiter.observe("m", headers)
        await calls.call()
        assert calls.began == pytest.approx([30])

    in_virtual_time(work)


def test_anthropics_windows_of_input_and_output_are_kept_apart() -> None:
    async def work() -> None:
        calls = Calls()
        calls.limiter.observe(
            "m",
            {
                "anthropic-ratelimit-input-tokens-limit": "1000",
                "anthropic-ratelimit-input-tokens-remaining": "1000",
                "anthropic-ratelimit-output-tokens-limit": "600",
                "anthropic-ratelimit-output-tokens-remaining": "0",
                "anthropic-ratelimit-output-tokens-reset": "2026-11-24T12:01:00Z",
                "date": "Tue, 24 Nov 2026 12:00:00 GMT",
            },
        )
        await calls.call(need=Need(900, 100))
        assert calls.began == pytest.approx([10])

    in_virtual_time(work)


def test_a_pause_holds_up_one_model_and_not_the_other() -> None:
    async def work() -> None:
        calls = Calls(concurrency=2)
        calls.limiter.pause("slow", 60)
        await asyncio.gather(*(calls.call("slow") for _ in range(3)), *(calls.call("quick") for _ in range(3)))
        assert calls.began == pytest.approx([0, 0, 0, 60, 60, 60])

    in_virtual_time(work)


def test_the_end_of_a_daily_limit_is_not_waited_for() -> None:
    async def work() -> None:
        calls = Calls()
        calls.limiter.pause("m", 86_400)
        headers = openai_headers(0, "24h")
        del headers["x-ratelimit-limit-requests"]
        calls.limiter.observe("other", headers)
        await asyncio.gather(calls.call("m"), calls.call("other"))
        assert calls.began == [0, 0]
        await asyncio.sleep(86_400 - LONGEST_ASKED_S)
        await calls.call("m")
        assert calls.began[-1] == pytest.approx(86_400)

    in_virtual_time(work)


def test_models_take_turns() -> None:
    async def work() -> None:
        order: list[str] = []
        limiter = Limiter(1)

        async def call(model: str) -> None:
            async with limiter.slot(model, SMALL):
                order.append(model)
                await asyncio.sleep(1)

        await asyncio.gather(*(call("busy") for _ in range(6)), *(call("rare") for _ in range(2)))
        assert set(order[:4]) == {"busy", "rare"}

    in_virtual_time(work)


def test_fewer_calls_go_after_too_many_and_more_again_when_it_goes_well() -> None:
    async def work() -> None:
        calls = Calls(concurrency=64)
        together = [asyncio.create_task(calls.call(takes_s=1.0)) for _ in range(64)]
        await asyncio.sleep(0.5)
        for _ in range(64):  # all turned away at once are one event
            calls.limiter.turned_away()
        assert calls.limiter.bound == 32
        await asyncio.gather(*together)
        for _ in range(40):
            calls.limiter.went_well(SMALL, 20)
        assert calls.limiter.bound == 33
        for _ in range(10_000):
            calls.limiter.went_well(SMALL, 20)
        assert calls.limiter.bound == 64

    in_virtual_time(work)


def test_a_provider_that_turns_everything_away_is_still_asked_one_at_a_time() -> None:
    async def work() -> None:
        calls = Calls(concurrency=8)
        for _ in range(20):
            calls.limiter.turned_away()
            await asyncio.sleep(2)
        assert calls.limiter.bound == 1
        await asyncio.gather(*(calls.call() for _ in range(3)))

    in_virtual_time(work)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 3), st.none() | st.floats(0, 3)), max_size=20))
def test_cancelled_calls_leave_nothing_behind(plan: list[tuple[str, float, float | None]]) -> None:
    async def work() -> None:
        calls = Calls(concurrency=2, requests_per_minute=120)

        async def one(model: str, takes_s: float, patience_s: float | None) -> None:
            try:
                async with asyncio.timeout(patience_s):
                    await calls.call(model, takes_s=takes_s)
            except TimeoutError:
                pass

        await asyncio.gather(*(one(*each) for each in plan))
        assert calls.limiter.active == 0
        await calls.call()

    in_virtual_time(work)
