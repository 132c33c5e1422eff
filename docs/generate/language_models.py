"""Providers and prices, from the packaged tables."""

from collections.abc import Iterator

from docs.generate.markdown import code, document, plain, table
from genesis.config.models import PriceConfig, PriceTier
from genesis.llm import pricing
from genesis.llm.preflight import REMEDIES
from genesis.llm.provider import table as providers
from genesis.llm.provider.faults import RETRIED

__all__ = ["page"]

_INTRODUCTION = """\
Which language models a run can ask, and what they cost. [Use language models](../how-to/use-language-models.md) says
how to choose and configure them, [Calls of language models](../explanation/language-models.md) how they are made."""

_PROTOCOLS = {"openai": "Responses", "openai_chat": "Chat Completions", "anthropic": "Messages"}


def page() -> str:
    """The page."""
    return document(
        "Language models",
        "`genesis/llm/provider/providers.yaml` and `genesis/llm/prices.yaml`",
        _INTRODUCTION,
        "## Providers",
        f"The part of a model's name before the slash. Checked {providers.dated()}; `llm.providers` goes over it.",
        table(("provider", "for", "protocol", "address", "key", "calls at a time", "embeddings"), _providers()),
        "The address is that in the variable, where one is named and set. A key that is optional is sent if it is set.",
        "## Reasons of failures",
        "Of `llm.failed`. What is tried again is tried up to `llm.attempts` times.",
        table(("reason", "tried again", "what to do"), _reasons()),
        "## Prices",
        f"US dollars for a million tokens, of {pricing.dated()}. A model that is not here costs *unknown*, never 0; "
        "`llm.prices` goes over this table. *From* is the length of the prompt in tokens above which a row holds.",
        table(("model", "from", "input", "cached", "cache write", "output"), _prices()),
        "### Sources",
        table(("prices of", "page", "read", "note"), _sources()),
    )


def _providers() -> Iterator[tuple[str, ...]]:
    for name, row in providers.packaged().items():
        address = row.base_url or row.address or ""
        where = f"{code(address)}; {code(row.base_url_env)}" if row.base_url_env else code(address)
        optional = ", optional" if row.key_optional else ""
        key = f"{code(row.api_key_env)}{optional}" if row.api_key_env else "none"
        said = f"[{plain(row.says)}]({row.documented})"
        embeddings = "yes" if row.embeddings else "no"
        yield code(name), said, _PROTOCOLS[row.protocol], where, key, str(row.max_concurrency), embeddings


def _reasons() -> Iterator[tuple[str, ...]]:
    for reason, remedy in REMEDIES.items():
        yield code(reason), "yes" if reason in RETRIED else "no", plain(remedy)


def _prices() -> Iterator[tuple[str, ...]]:
    for name, price in pricing.packaged_prices().items():
        for rate in (price, *price.tiers):
            above = f"{rate.above_tokens:,}" if isinstance(rate, PriceTier) else "0"
            yield (code(name) if rate is price else "", above, *_rate(rate))


def _rate(rate: PriceConfig | PriceTier) -> Iterator[str]:
    for value in (rate.input, rate.cached, rate.cache_write, rate.output):
        yield "" if value is None else f"{value:g}"


def _sources() -> Iterator[tuple[str, ...]]:
    for name, source in pricing.price_sources().items():
        yield name, f"<{source.url}>", str(source.read), plain(source.note)
