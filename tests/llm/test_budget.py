"""No run passes its budget, whatever is under way, and none ends while it has money."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.types import LlmRequested, Message
from genesis.config.models import BudgetConfig, PriceConfig, SpendingLimits
from genesis.llm.budget import Budget, Refusal, Reservation, Spent, set_aside, worst_tokens_in
from genesis.llm.pricing import Prices
from tests.llm.asking import request
from tests.llm.virtual_time import run_in_virtual_time

PRICES = Prices({"a/m": PriceConfig(input=1.0, output=10.0, cache_write=2.0)})


def budget(config: BudgetConfig, **changes: Any) -> Budget:
    return Budget(config, PRICES, timeout_s=100.0, **changes)


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    run_in_virtual_time(work())


def test_the_worst_case_is_reserved_and_what_was_not_used_is_released() -> None:
    async def work() -> None:
        accounts = budget(BudgetConfig(usd=1.0))
        asked = request("a/m", max_tokens=1000)
        held = await accounts.reserve(asked)
        assert isinstance(held, Reservation)
        tokens_in = worst_tokens_in(asked.texts)
        assert accounts.reserved.usd == pytest.approx(
            (tokens_in * 2.0 + 1000 * 10.0) / 1e6
        )  # all of it written to a cache
        assert (accounts.reserved.tokens, accounts.reserved.calls, accounts.reserved.call_s) == (
            tokens_in + 1000,
            1,
            100,
        )
        accounts.settle(held, Spent(0.001, 50, 1, 2.0))
        assert (accounts.spent, accounts.reserved) == (Spent(0.001, 50, 1, 2.0), Spent())

    run(work)


def test_what_calls_cost_that_nothing_was_heard_of_is_held_against_the_budget() -> None:
    def lost(model: str) -> LlmRequested:
        name = {"provider": model.partition("/")[0], "model": model.partition("/")[2]}
        said = (Message(role="user", content="improve it"),)
        asked = {"messages": said, "parameters": {"max_tokens": 1000}}
        return LlmRequested(call="p000001/1", purpose="insight", attempt=1, **name, **asked)

    dearest = {"a/known": Spent(0.25, 700, 0, 3.0)}
    held = set_aside([lost("a/known"), lost("a/known"), lost("a/m")], dearest, PRICES, timeout_s=100.0)
    tokens_in = worst_tokens_in(["improve it"])
    worst = (tokens_in * 2.0 + 1000 * 10.0) / 1e6
    assert held == {"insight": Spent(0.5 + worst, 1400 + tokens_in + 1000, 0, 106.0)}

    async def work() -> None:
        limits = {"insight": SpendingLimits(usd=0.5 + worst + 0.0001)}
        accounts = budget(BudgetConfig(usd=1.0, purposes=limits), lost=held)
        refused = await accounts.reserve(request("a/m", max_tokens=1000, purpose="insight"))
        assert isinstance(refused, Refusal)
        assert "0 spent, 0.5" in refused.message
        assert "held for calls that were in flight when a process was killed, and this call could" in refused.message
        assert isinstance(await accounts.reserve(request("a/m", max_tokens=1000)), Reservation)
        assert isinstance(await accounts.reserve(request("a/m", max_tokens=50_000)), Refusal)

    run(work)


@given(st.text())
def test_no_text_has_more_tokens_than_are_reserved_for_it(text: str) -> None:
    asked = request("a/m", messages=(Message(role="user", content=text),))
    assert worst_tokens_in(asked.texts) >= len(text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    ("config", "key"),
    [
        (BudgetConfig(usd=0.001), "budget.usd"),
        (BudgetConfig(usd=None, tokens=100), "budget.tokens"),
        (BudgetConfig(usd=None, call_s=99.0), "budget.call_s"),
        (BudgetConfig(purposes={"mutation": SpendingLimits(usd=0.001)}), "budget.purposes.mutation.usd"),
    ],
)
def test_what_would_pass_a_limit_is_refused_with_the_limit_and_the_remedy(config: BudgetConfig, key: str) -> None:
    async def work() -> None:
        refusal = await budget(config).reserve(request("a/m"))
        assert isinstance(refusal, Refusal)
        assert f"{key} = " in refusal.message
        assert f"Raise {key}" in refusal.message

    run(work)


@pytest.mark.parametrize(
    ("limit", "remedy"),
    [
        ({"tokens": 100}, "Raise budget.tokens, or lower llm.max_tokens or llm.prompt_tokens"),
        ({"call_s": 99.0}, "Raise budget.call_s, or lower llm.timeout_s"),
        (
            {"purposes": {"mutation": SpendingLimits(call_s=1.0)}},
            "Raise budget.purposes.mutation.call_s, or lower llm.timeout_s",
        ),
    ],
)
def test_the_remedy_is_one_that_helps(limit: dict[str, Any], remedy: str) -> None:
    async def work() -> None:
        refusal = await budget(BudgetConfig(**{"usd": None} | limit)).reserve(request("a/m"))
        assert isinstance(refusal, Refusal)
        assert refusal.message.endswith(remedy)

    run(work)


def test_calls_are_counted_one_by_one() -> None:
    async def work() -> None:
        accounts = budget(BudgetConfig(usd=None, calls=2))
        for _ in range(2):
            held = await accounts.reserve(request("a/m"))
            assert isinstance(held, Reservation)
            accounts.settle(held, Spent(calls=1))
        refusal = await accounts.reserve(request("a/m"))
        assert isinstance(refusal, Refusal)
        assert refusal.message.endswith("Raise budget.calls")

    run(work)


def test_a_limit_of_one_purpose_does_not_hold_for_another() -> None:
    async def work() -> None:
        accounts = budget(BudgetConfig(purposes={"insight": SpendingLimits(calls=1)}))
        held = await accounts.reserve(request("a/m", purpose="insight"))
        assert isinstance(held, Reservation)
        accounts.settle(held, Spent(calls=1))
        assert isinstance(await accounts.reserve(request("a/m", purpose="insight")), Refusal)
        assert isinstance(await accounts.reserve(request("a/m", purpose="mutation")), Reservation)

    run(work)


def test_a_run_that_goes_on_has_spent_what_it_has_spent() -> None:
    async def work() -> None:
        accounts = budget(BudgetConfig(usd=5.0), spent={"mutation": Spent(usd=4.0), "judge": Spent(usd=0.999)})
        assert accounts.spent.usd == pytest.approx(4.999)
        assert isinstance(await accounts.reserve(request("a/m")), Refusal)

    run(work)


def test_a_model_without_a_price_is_not_asked_under_a_limit_in_dollars() -> None:
    async def work() -> None:
        refusal = await budget(BudgetConfig()).reserve(request("b/m"))
        assert isinstance(refusal, Refusal)
        assert "llm.prices" in refusal.message
        assert "budget.usd=null" in refusal.message
        assert isinstance(await budget(BudgetConfig(usd=None, tokens=10**6)).reserve(request("b/m")), Reservation)

    run(work)


def test_what_is_only_reserved_is_waited_for() -> None:
    async def work() -> None:
        accounts = budget(BudgetConfig(usd=None, tokens=worst_tokens_in(request().texts) + 2500))
        first = await accounts.reserve(request())
        assert isinstance(first, Reservation)
        second = asyncio.create_task(accounts.reserve(request()))
        await asyncio.sleep(10)
        assert not second.done()
        accounts.settle(first, Spent(tokens=100))
        assert isinstance(await second, Reservation)
        third = asyncio.create_task(accounts.reserve(request()))
        await asyncio.sleep(0)
        third.cancel()
        await asyncio.gather(third, return_exceptions=True)
        accounts.settle(second.result(), Spent(tokens=1000))  # type: ignore[arg-type]
        assert accounts.reserved == Spent()

    run(work)


calls = st.tuples(
    st.integers(1, 3000),  # max_tokens
    st.floats(0, 1),  # share of the worst case that it takes
    st.floats(0, 5),  # seconds
    st.sampled_from(["mutation", "insight"]),
    st.none() | st.floats(0, 5),  # patience
)


@settings(max_examples=100, deadline=None)
@given(plan=st.lists(calls, max_size=25), usd=st.floats(0, 0.2), tokens=st.integers(1, 20_000))
def test_no_limit_is_ever_passed_and_all_is_given_back(plan: list[Any], usd: float, tokens: int) -> None:
    async def work() -> None:
        limits = BudgetConfig(usd=usd, tokens=tokens, purposes={"insight": SpendingLimits(calls=3)})
        accounts = budget(limits)
        insights = 0

        async def one(max_tokens: int, share: float, takes_s: float, purpose: Any, patience_s: float | None) -> None:
            nonlocal insights
            try:
                async with asyncio.timeout(patience_s):
                    held = await accounts.reserve(request("a/m", max_tokens=max_tokens, purpose=purpose))
            except TimeoutError:
                return
            if isinstance(held, Refusal):
                return
            insights += purpose == "insight"
            worst = held.worst
            assert accounts.spent.usd + accounts.reserved.usd <= usd + 1e-6
            assert accounts.spent.tokens + accounts.reserved.tokens <= tokens
            await asyncio.sleep(takes_s)
            accounts.settle(held, Spent(worst.usd * share, int(worst.tokens * share), 1, takes_s))

        await asyncio.gather(*(one(*each) for each in plan))
        assert accounts.spent.usd <= usd + 1e-6
        assert accounts.spent.tokens <= tokens
        assert insights <= 3
        assert accounts.reserved.usd == pytest.approx(0, abs=1e-9)
        assert (accounts.reserved.tokens, accounts.reserved.calls) == (0, 0)

    run(work)
