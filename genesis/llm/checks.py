"""What is wrong with a configuration of models, in itself and with the environment it is used in. Asks nobody."""

from collections.abc import Iterator, Mapping
from typing import cast

from events.types import LlmPurpose
from genesis.config.models import ISLANDS, BudgetConfig, LlmConfig, SpendingLimits
from genesis.llm.asking import analysis_model, request_for
from genesis.llm.budget import Spent, worst_tokens_in
from genesis.llm.keys import SHORTEST_SECRET
from genesis.llm.pricing import Prices, worst_cost_of
from genesis.llm.provider.table import LEAST_TOKENS, packaged, provider_of
from genesis.llm.secrets import Mask

__all__ = ["misplaced", "recorded_keys", "too_small", "unpriced"]

_BOUNDS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
_NOT_TO_BE_SENT = ("model", "messages", "input", "system", "n", *_BOUNDS)
_FOR_PROGRAMS: frozenset[LlmPurpose] = frozenset({"mutation", "repair"})
_EMBEDDING: LlmPurpose = "embedding"
_BY_LENGTH = "lower llm.max_tokens"


def recorded_keys(config: LlmConfig, environment: Mapping[str, str]) -> Iterator[str]:
    """Keys that stand in the configuration, all of which is written down; none is shown."""
    keys = {name: key for name, key in _keys(config, environment).items() if len(key) >= SHORTEST_SECRET}
    mask = Mask(keys.values())
    for place, text in _texts("llm", config.model_dump(mode="python")):
        for variable in (name for name, key in keys.items() if key in text):
            yield (
                f"{mask.text(place)} holds the key that is in {variable}, and all of a configuration is recorded: take "
                "it out; a key is sent from the variable that api_key_env of the provider names"
            )


def _keys(config: LlmConfig, environment: Mapping[str, str]) -> dict[str, str]:
    """Names of the variables with keys of providers, and the keys that are set."""
    rows, own = packaged().values(), config.providers.values()
    names = dict.fromkeys(filter(None, (each.api_key_env for each in (*rows, *own))))
    return {name: value for name in names if (value := environment.get(name, "").strip())}


def _texts(place: str, value: object) -> Iterator[tuple[str, str]]:
    """Every text in a tree, names included, with its place."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for name, inner in cast("Mapping[str, object]", value).items():
            yield f"a name in {place}", name
            yield from _texts(f"{place}.{name}", inner)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(cast("list[object]", value)):
            yield from _texts(f"{place}[{index}]", inner)


def misplaced(config: LlmConfig) -> Iterator[str]:
    """What would change how a call is counted, priced and recorded, and islands that there are not."""
    for model in config.models:
        for name in filter(model.parameters.__contains__, _NOT_TO_BE_SENT):
            instead = "max_tokens beside the model's name" if name in _BOUNDS else "no such parameter"
            yield (
                f"model {model.name}: its parameters set {name}, which goes over what its calls are counted as: "
                f"set {instead}"
            )
        if nowhere := [island for island in model.islands if island not in range(ISLANDS)]:
            named = ", ".join(map(str, nowhere))
            yield (
                f"model {model.name}: its islands name {named}, and the islands of a run are "
                f"{', '.join(map(str, range(ISLANDS)))}: name one of these, or leave islands out to serve all"
            )


def unpriced(config: LlmConfig, budget: BudgetConfig, *, embedding: str | None) -> Iterator[str]:
    """Models without a price that a limit in dollars bounds, or that are chosen by what they cost."""
    prices = Prices(config.prices)
    proposing = [model.name for model in config.models]
    limits: list[tuple[str, float | None, list[str | None]]] = [
        ("budget.usd", budget.usd, [*proposing, analysis_model(config), embedding]),
        *(
            (f"budget.purposes.{name}.usd", of.usd, _asked_for(name, config, embedding))
            for name, of in budget.purposes.items()
        ),
    ]
    bounded = {
        model: {key: value for key, value, models in limits if value is not None and model in models}
        for model in filter(None, dict.fromkeys((*proposing, analysis_model(config), embedding)))
        if prices.of(model) is None
    }
    for model, bounds in bounded.items():
        written, output = model.replace(":", "\\:"), "0" if model == embedding else "USD"
        price = f"give it a price, llm.prices={{{written}: {{input: USD, output: {output}}}}} for a million tokens"
        if config.choice == "cost_aware" and model in proposing:
            yield (
                f"model {model}: its price is not known, and llm.choice=cost_aware goes by gain for a dollar: {price}, "
                "or choose another llm.choice, such as thompson"
            )
        elif bounds:
            said = next(f"{key} = {value:g}" for key, value in bounds.items())
            without = " and ".join(
                "set budget.usd=null" if key == "budget.usd" else f"leave {key} out" for key in bounds
            )
            yield f"model {model}: its price is not known, so {said} cannot bound what it costs: {price}, or {without}"


def _asked_for(purpose: LlmPurpose, config: LlmConfig, embedding: str | None) -> list[str | None]:
    """The models that may be asked for a purpose."""
    if purpose in _FOR_PROGRAMS:
        return [model.name for model in config.models]
    return [embedding] if purpose == _EMBEDDING else [analysis_model(config)]


def too_small(config: LlmConfig, budget: BudgetConfig, environment: Mapping[str, str]) -> Iterator[str]:
    """Bounds of a reply that its server does not take, and limits that not even the shortest question keeps to."""
    for name in dict.fromkeys(filter(None, (*(model.name for model in config.models), analysis_model(config)))):
        least, most = (
            LEAST_TOKENS.get(provider_of(config, name, environment).protocol, 1),
            config.settings(name).max_tokens,
        )
        if most is not None and most < least:
            yield f"model {name}: max_tokens = {most}, and its server takes no fewer than {least}: set {least} or more"
    prices = Prices(config.prices)
    shortest = [_shortest(config, model.name, prices) for model in config.models]
    accounts: list[tuple[str, BudgetConfig | SpendingLimits]] = [("budget", budget)]
    if "mutation" in budget.purposes:
        accounts.append(("budget.purposes.mutation", budget.purposes["mutation"]))
    for account, limits in accounts:
        for name, remedy in (("usd", _BY_LENGTH), ("tokens", _BY_LENGTH), ("call_s", "lower llm.timeout_s")):
            limit, needed = getattr(limits, name), min(getattr(each, name) for each in shortest)
            if limit is not None and needed > limit:
                yield (
                    f"{account}.{name} = {_shown(limit)} allows no call at all: the shortest question for a program "
                    f"can take {_shown(needed)}; raise {account}.{name}, or {remedy}"
                )


def _shortest(config: LlmConfig, model: str, prices: Prices) -> Spent:
    """The worst case of a question without a word; dollars are 0 where nobody knows the price."""
    asked = request_for(config, model, (), purpose="mutation", draw="")
    tokens_in, price = worst_tokens_in(asked.texts), prices.of(model)
    usd = 0.0 if price is None else worst_cost_of(price, tokens_in, asked.max_tokens)
    return Spent(usd, tokens_in + asked.max_tokens, 1, config.timeout_s)


def _shown(value: float) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
