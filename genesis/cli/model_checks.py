"""Language models, each asked for one token or one embedding: ``genesis doctor --llm``."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from genesis.cli.survey import ModelCheck
from genesis.config.load import group_options, load
from genesis.config.run import RunConfig
from genesis.errors import EnvironmentFault, UsageError
from genesis.llm.preflight import ask_all, check_configuration, configured_models
from genesis.llm.provider.table import provider_of

__all__ = ["check_models"]


def check_models(overrides: Sequence[str], environment: Mapping[str, str]) -> tuple[ModelCheck, ...]:
    """Asks the models of a configuration; without one, those of every packaged choice whose keys are set.

    Raises:
        ConfigError: The configuration cannot be used.
        UsageError: It names no model, or no key is set.
    """
    configs = [load(overrides)] if overrides else list(_with_keys(environment))
    checked = {check.model: check for config in configs for check in _check(config, environment)}
    if not checked:
        raise UsageError(
            "there is no model to ask: choose some, such as genesis doctor --llm llm=anthropic, or set a provider's key"
        )
    return tuple(checked.values())


def _with_keys(environment: Mapping[str, str]) -> Iterator[RunConfig]:
    for name in group_options()["llm"]:
        config = load([f"llm={name}", "budget.usd=null"])  # only a run needs to know what they cost
        providers = [provider_of(config.llm, model, environment) for model in configured_models(config.llm)]
        if providers and all(each.api_key_env and environment.get(each.api_key_env) for each in providers):
            yield config


def _check(config: RunConfig, environment: Mapping[str, str]) -> Iterator[ModelCheck]:
    models = (*configured_models(config.llm), *filter(None, (config.novelty.embedding,)))
    try:
        check_configuration(config.llm, config.budget, environment, novelty=config.novelty)
    except EnvironmentFault as fault:
        problems = str(fault).splitlines()
        for model in models:
            mine = [line for line in problems if line.startswith(f"{model.partition('/')[0]}:")]
            yield ModelCheck(model, "; ".join(mine) or "not asked: see the others", 0.0)
        return
    for probe in asyncio.run(ask_all(config.llm, environment, novelty=config.novelty)):
        yield ModelCheck(probe.model, probe.problem, probe.latency_s)
