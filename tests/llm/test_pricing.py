"""What calls cost, and that nobody guesses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis.config.load import group_options, load
from genesis.config.models import PriceConfig, PriceTier
from genesis.llm.preflight import configured_models
from genesis.llm.pricing import Prices, cost_of, dated, packaged_prices, price_sources, worst_cost_of
from genesis.llm.provider.port import Usage
from genesis.llm.provider.table import packaged

PACKAGED = Prices({})
TIERED = PriceConfig(
    input=2.0,
    output=10.0,
    cached=0.5,
    cache_write=2.5,
    tiers=(PriceTier(above_tokens=1000, input=4.0, output=15.0, cached=1.0),),
)


def test_each_kind_of_token_has_its_price() -> None:
    usage = Usage(tokens_in=1000, tokens_out=100, tokens_reasoning=80, tokens_cached=600, tokens_cache_written=300)
    assert cost_of(TIERED, usage) == pytest.approx((100 * 2.0 + 600 * 0.5 + 300 * 2.5 + 100 * 10.0) / 1e6)


def test_a_longer_prompt_is_all_of_it_in_its_tier() -> None:
    usage = Usage(tokens_in=1001, tokens_out=100, tokens_cached=1, tokens_cache_written=1000)
    assert cost_of(TIERED, usage) == pytest.approx((1 * 1.0 + 1000 * 4.0 + 100 * 15.0) / 1e6)


def test_what_is_not_known_costs_unknown_and_never_nothing() -> None:
    assert PACKAGED.of("openai/gpt-of-tomorrow") is None
    assert PACKAGED.of("anthropic/claude-2") is None
    assert cost_of(None, Usage(tokens_in=10, tokens_out=10)) is None


def test_what_the_provider_says_counts_before_the_table() -> None:
    assert cost_of(TIERED, Usage(tokens_in=10, cost_usd=0.5)) == 0.5
    assert cost_of(None, Usage(tokens_in=10, cost_usd=0.5)) == 0.5


@pytest.mark.parametrize(
    ("model", "like"),
    [
        ("openai/gpt-6-sol-2026-09-22", "openai/gpt-6-sol"),
        ("anthropic/claude-haiku-4-5-20251001", "anthropic/claude-haiku-4-5"),
        ("openai_chat/gpt-4.1-mini", "openai/gpt-4.1-mini"),
        ("ollama/qwen3:8b", "ollama/*"),
        ("vllm/Qwen/Qwen3-8B", "vllm/*"),
    ],
)
def test_a_snapshot_costs_what_its_model_costs_and_ones_own_server_nothing(model: str, like: str) -> None:
    assert PACKAGED.of(model) == packaged_prices()[like]


def test_a_runs_own_prices_win() -> None:
    own = PriceConfig(input=9.0, output=9.0)
    assert Prices({"openai/gpt-6-sol": own}).of("openai/gpt-6-sol") == own
    assert Prices({"openai/*": own}).of("openai/gpt-6-sol") == own
    assert Prices({"openai/*": own}).of("anthropic/claude-sonnet-5") == packaged_prices()["anthropic/claude-sonnet-5"]


@given(tokens_in=st.integers(0, 3000), tokens_out=st.integers(0, 3000), cached=st.floats(0, 1), written=st.floats(0, 1))
def test_nothing_costs_more_than_its_worst_case(tokens_in: int, tokens_out: int, cached: float, written: float) -> None:
    read = int(tokens_in * cached)
    usage = Usage(
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        tokens_cached=read,
        tokens_cache_written=int((tokens_in - read) * written),
    )
    cost = cost_of(TIERED, usage)
    assert cost is not None
    assert cost <= worst_cost_of(TIERED, tokens_in + 500, tokens_out + 500) + 1e-12


def test_the_packaged_table_is_dated_and_names_its_sources() -> None:
    assert all(source.url.startswith("https://") and source.read <= dated() for source in price_sources().values())
    providers = {name.partition("/")[0] for name in packaged_prices()}
    assert providers <= set(packaged())
    assert providers - {"ollama", "vllm", "llamacpp", "openrouter"} <= set(price_sources())


@pytest.mark.parametrize("name", [*packaged_prices()])
def test_packaged_prices_are_plausible(name: str) -> None:
    price = packaged_prices()[name]
    for rate in (price, *price.tiers):
        assert rate.output == 0 if "embedding" in name else rate.input <= rate.output <= 500
        assert rate.cached is None or rate.cached <= rate.input
        assert rate.cache_write is None or rate.input < rate.cache_write <= 2 * rate.input


@pytest.mark.parametrize("name", sorted(set(group_options()["llm"]) - {"none", "compatible"}))
def test_every_packaged_choice_has_prices_and_does_not_order_its_answers(name: str) -> None:
    config = load([f"llm={name}"])
    models = configured_models(config.llm)
    assert models
    assert [model for model in models if Prices(config.llm.prices).of(model) is None] == []
    assert (config.llm.name, config.ordered) == (name, False)
