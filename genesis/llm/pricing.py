"""What calls cost: the packaged, dated table, with a run's own prices over it.

A model that is in neither costs *unknown*, which is None and never 0.
"""

import re
from collections.abc import Mapping
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from genesis.config.models import PriceConfig, PriceTier
from genesis.llm.provider.port import Usage

__all__ = ["PriceSource", "Prices", "cost_of", "dated", "packaged_prices", "price_sources", "worst_cost_of"]

_TABLE = Path(__file__).parent / "prices.yaml"
_MILLION = 1_000_000
_SAME_PRICES = {"openai_chat": "openai"}
_SNAPSHOT = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{8}|latest)$")


class PriceSource(BaseModel):
    """Where prices come from, and when they were read there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    read: date
    note: str = ""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    dated: date
    sources: dict[str, PriceSource]
    prices: dict[str, PriceConfig]


@cache
def _table() -> _Table:
    return _Table.model_validate(yaml.safe_load(_TABLE.read_text(encoding="utf-8")))


def dated() -> date:
    """When the packaged table was last checked."""
    return _table().dated


def price_sources() -> Mapping[str, PriceSource]:
    """Provider to where its prices come from."""
    return _table().sources


def packaged_prices() -> Mapping[str, PriceConfig]:
    """``provider/model``, or a pattern, to its price."""
    return _table().prices


class Prices:
    """Prices by model, each looked up once.

    Args:
        own: A run's, over the packaged ones.
    """

    def __init__(self, own: Mapping[str, PriceConfig]) -> None:
        self._own = own
        self._found: dict[str, PriceConfig | None] = {}

    def of(self, model: str) -> PriceConfig | None:
        """The price of ``provider/model``; None when it is not known.

        A name counts before a pattern, a run's own before a packaged one, and a dated snapshot of a model that has no
        price of its own costs what the model costs.
        """
        if model not in self._found:
            tables = (self._own, packaged_prices())
            self._found[model] = next((price for table in tables if (price := _in(table, model)) is not None), None)
        return self._found[model]


def _in(table: Mapping[str, PriceConfig], model: str) -> PriceConfig | None:
    provider, slash, rest = model.partition("/")
    for name in (model, f"{_SAME_PRICES.get(provider, provider)}{slash}{rest}"):
        for known in (name, _SNAPSHOT.sub("", name)):
            if known in table:
                return table[known]
    patterns = (pattern for pattern in sorted(table, key=len, reverse=True) if fnmatchcase(model, pattern))
    return next((table[pattern] for pattern in patterns), None)


def cost_of(price: PriceConfig | None, usage: Usage) -> float | None:
    """US dollars of a call, what the provider itself says before what the table does; None when nobody knows."""
    if usage.cost_usd is not None:
        return usage.cost_usd
    if price is None:
        return None
    rate = _rate(price, usage.tokens_in)
    plain = max(0, usage.tokens_in - usage.tokens_cached - usage.tokens_cache_written)
    cached = rate.input if rate.cached is None else rate.cached
    written = rate.input if rate.cache_write is None else rate.cache_write
    total = (
        plain * rate.input
        + usage.tokens_cached * cached
        + usage.tokens_cache_written * written
        + usage.tokens_out * rate.output
    )
    return total / _MILLION


def worst_cost_of(price: PriceConfig, tokens_in: int, tokens_out: int) -> float:
    """The most that a call can cost: nothing of its prompt cached, and all of its reply used."""
    rates = [rate for rate in (price, *price.tiers) if not isinstance(rate, PriceTier) or rate.above_tokens < tokens_in]
    dearest_in = max(max(rate.input, rate.cache_write or 0.0) for rate in rates)
    dearest_out = max(rate.output for rate in rates)
    return (tokens_in * dearest_in + tokens_out * dearest_out) / _MILLION


def _rate(price: PriceConfig, tokens_in: int) -> PriceConfig | PriceTier:
    """The rate of a prompt of a length: that of the highest tier it is in, for all of the call."""
    reached = [tier for tier in price.tiers if tokens_in > tier.above_tokens]
    return max(reached, key=lambda tier: tier.above_tokens, default=price)
