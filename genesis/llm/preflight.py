"""Finds trouble with models before a run starts: what can be known from the configuration, then a word from each."""

import asyncio
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from events.types import LlmFailureReason, Message
from genesis.config.errors import ConfigError
from genesis.config.models import BudgetConfig, LlmConfig
from genesis.config.run import NoveltyConfig
from genesis.errors import EnvironmentFault
from genesis.llm.asking import request_for
from genesis.llm.checks import misplaced, recorded_keys, too_small, unpriced
from genesis.llm.client import Models
from genesis.llm.keys import key_problem
from genesis.llm.port import Embedded, Embedding, EmbeddingRequest, Failure, Reply, Response, Sent
from genesis.llm.provider.table import Provider, packaged, provider_of
from genesis.llm.vector import decode_vector

__all__ = ["REMEDIES", "Probe", "ask_all", "check_configuration", "configured_models", "preflight"]

_WAIT_S = 30.0
_ADDRESS = re.compile(r"https?://[^@\s/]+(/\S*)?")
_FOR_ITS_SIZE = frozenset({"bad_request", "malformed"})  # reasons that a request for one token may fail for
_UNBOUNDED = BudgetConfig(usd=None)
_BY_TEXT = NoveltyConfig()

REMEDIES: Mapping[LlmFailureReason, str] = MappingProxyType(
    {
        "unauthorized": "check the key, and what its account may use and still has",
        "unreachable": "check the address (llm.providers), that the server runs, and the way to it",
        "timeout": "the server is there and does not answer: check it",
        "rate_limited": "the provider turns requests away now: try again later, or choose another model",
        "overloaded": "the provider cannot answer now: try again later, or choose another model",
        "bad_request": (
            "check the name of the model (llm.models, llm.analysis, novelty.embedding) and what else is sent to it"
        ),
        "malformed": "check that the address is that of an API in the provider's protocol (llm.providers)",
        "refused": "choose another model",
        "budget": "raise the budget",
    }
)
"""What to do about each reason."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What came of asking a model for one token, or one embedding.

    Attributes:
        model: ``provider/model``.
        problem: What is wrong and what to do; empty when nothing is.
        latency_s: Until the reply was whole.
    """

    model: str
    problem: str
    latency_s: float


class _NobodyListens:
    async def asked(self, request: Sent, attempt: int) -> None:
        """Before the run there is no log."""

    async def answered(self, request: Sent, attempt: int, reply: Reply | Embedding) -> None:
        """As above."""


def configured_models(config: LlmConfig) -> tuple[str, ...]:
    """Every model that a run could ask, once each; none when it has no models that propose programs."""
    if not config.models:
        return ()
    analysis = (config.analysis,) if config.analysis else ()
    return tuple(dict.fromkeys((*(model.name for model in config.models), *analysis)))


def preflight(
    config: LlmConfig,
    budget: BudgetConfig,
    environment: Mapping[str, str] = os.environ,
    *,
    novelty: NoveltyConfig = _BY_TEXT,
) -> None:
    """Checks everything, and asks each model for one token. Does nothing without models; starts an event loop.

    Args:
        config: Which models, and how they are asked.
        budget: What they may cost.
        environment: Where keys and addresses are looked up.
        novelty: Names the model that embeds programs, if one does; it is asked for one embedding.

    Raises:
        ConfigError: A provider that there is not or that gives no embeddings, a parameter that would pass the budget or
            is a key, an island that there is not, a price that is needed and not known, or a limit that allows no call
            (exit 2).
        EnvironmentFault: A key that is missing, malformed or not accepted, a model that the provider does not have, a
            server that does not answer (exit 3). All that is wrong is named at once, no key is shown.
    """
    if not config.models:
        return
    check_configuration(config, budget, environment, novelty=novelty)
    probes = asyncio.run(ask_all(config, environment, novelty=novelty))
    if wrong := [probe.problem for probe in probes if probe.problem]:
        raise EnvironmentFault("\n".join(wrong))


def check_configuration(
    config: LlmConfig,
    budget: BudgetConfig,
    environment: Mapping[str, str] = os.environ,
    *,
    novelty: NoveltyConfig = _BY_TEXT,
) -> None:
    """What can be known without asking anyone; see `preflight`."""
    embedding = novelty.embedding
    models = (*configured_models(config), *filter(None, (embedding,)))
    providers = [provider_of(config, model, environment) for model in models]
    if wrong := [*recorded_keys(config, environment), *misplaced(config)]:
        raise ConfigError("\n".join(wrong))
    if embedding is not None and not providers[-1].embeddings:
        raise ConfigError(_gives_none(embedding, config, environment))
    if wrong := list(unpriced(config, budget, embedding=embedding)) or list(too_small(config, budget, environment)):
        raise ConfigError("\n".join(wrong))
    once = {provider.name: provider for provider in providers}.values()
    if wrong := [problem for provider in once for problem in _unusable(provider, environment)]:
        raise EnvironmentFault("\n".join(wrong))


def _gives_none(embedding: str, config: LlmConfig, environment: Mapping[str, str]) -> str:
    names = dict.fromkeys((*packaged(), *config.providers))
    able = [name for name in names if provider_of(config, f"{name}/", environment).embeddings]
    return (
        f"novelty.embedding {embedding}: {embedding.partition('/')[0]} gives no embeddings; these providers do: "
        f"{', '.join(able)}. Choose a model of one of them, or novelty.embedding=null to compare texts"
    )


def _unusable(provider: Provider, environment: Mapping[str, str]) -> Iterator[str]:
    if (problem := key_problem(provider, environment)) is not None:
        yield problem
    if provider.base_url is None:
        variable = f"put it into {provider.base_url_env}, or " if provider.base_url_env else ""
        setting = f"llm.providers={{{provider.name}: {{base_url: ADDRESS}}}}"
        wanted = f", such as {provider.address}" if provider.address else ""
        yield f"{provider.name}: it has no address: {variable}set {setting}{wanted}"
    elif not _ADDRESS.fullmatch(provider.base_url):
        yield (
            f"{provider.name}: its address in {provider.base_url_env} is none: write http:// or https://, a host and a "
            "path, without user or password"
        )


async def ask_all(
    config: LlmConfig, environment: Mapping[str, str] = os.environ, *, novelty: NoveltyConfig = _BY_TEXT
) -> list[Probe]:
    """Asks every configured model for one token, or one embedding, all at once, without a second try."""
    quick = config.model_copy(
        update={
            "attempts": 1,
            "timeout_s": min(config.timeout_s, _WAIT_S),
            "idle_timeout_s": min(config.idle_timeout_s, _WAIT_S),
        }
    )
    models = Models(quick, _UNBOUNDED, environment=environment)
    try:
        asked = [_ask(models, quick, model) for model in configured_models(config)]
        embedded = [_embed(models, novelty.embedding, novelty.embedding_dimensions)] if novelty.embedding else []
        return list(await asyncio.gather(*asked, *embedded))
    finally:
        await models.aclose()


async def _ask(models: Models, config: LlmConfig, model: str) -> Probe:
    """Some servers refuse so small a request, or say nothing in it: then the run's own ``max_tokens`` decides."""
    hello = (Message(role="user", content="Say ok."),)
    asked = request_for(config, model, hello, purpose="setup", draw=f"preflight/{model}")
    reply = await models.complete(replace(asked, max_tokens=1), _NobodyListens())
    if isinstance(reply, Failure) and reply.reason in _FOR_ITS_SIZE and not _thinks(reply):
        reply = await models.complete(asked, _NobodyListens())
    return Probe(model, "", reply.latency_s) if _thinks(reply) else _probe(model, reply)


def _thinks(reply: Reply) -> bool:
    """Whether there were too few tokens to say anything, and they were used: the model works."""
    return isinstance(reply, Failure) and reply.reason == "malformed" and reply.tokens_out > 0


async def _embed(models: Models, model: str, dimensions: int | None) -> Probe:
    asked = EmbeddingRequest(model=model, text="ok", draw=f"preflight/{model}", dimensions=dimensions)
    reply = await models.embed(asked, _NobodyListens())
    if isinstance(reply, Embedded) and dimensions not in {None, given := len(decode_vector(reply.vector))}:
        said = f"{model}: it gives {given} numbers, and novelty.embedding_dimensions = {dimensions}: set it to null"
        return Probe(model, said, reply.latency_s)
    return _probe(model, reply)


def _probe(model: str, reply: Reply | Embedding) -> Probe:
    match reply:
        case Response() | Embedded():
            return Probe(model, "", reply.latency_s)
        case Failure():
            return Probe(model, f"{reply.message}; {REMEDIES[reply.reason]}", reply.latency_s)
