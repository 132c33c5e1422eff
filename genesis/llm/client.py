"""Language models: requests in, replies, embeddings or closed reasons out, within limits and budget, each attempt told.

Theory of operation. A call takes its turn at its provider (`limits`), reserves its worst case (`budget`), tells the
witness, and is sent once by the provider's adapter. What came of it is booked, told, and, if the reason allows,
tried again after a wait (`retry`) during which it holds neither turn nor money. Whoever waits when the run's time is
over is not sent, so that a run does not outlive its time by what a provider asks it to wait. Adapters are opened when a
provider is first asked, so only the SDKs that are needed are imported.
"""

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

from events.types import LlmPurpose, LlmRequested
from genesis.config.errors import ConfigError
from genesis.config.models import BudgetConfig, LlmConfig
from genesis.llm.budget import Budget, Refusal, Spent, set_aside
from genesis.llm.keys import key_problem
from genesis.llm.limits import Limiter, Need
from genesis.llm.port import Embedded, Embedding, EmbeddingRequest, Failure, Reply, Request, Response, Sent, Witness
from genesis.llm.pricing import Prices, cost_of
from genesis.llm.provider.heard import estimate_tokens
from genesis.llm.provider.port import (
    Adapter,
    Answer,
    EmbeddingAdapter,
    EmbeddingAnswer,
    EmbeddingOutcome,
    Endpoint,
    Fault,
    Headers,
    Outcome,
    Usage,
)
from genesis.llm.provider.table import Protocol, Provider, endpoint_of, open_adapter, open_embeddings, provider_of
from genesis.llm.retry import wait_before_next_s
from genesis.llm.secrets import Mask

__all__ = ["Models"]

_TURNED_AWAY = frozenset({"rate_limited", "overloaded"})


@dataclass(slots=True)
class _Service:
    """A provider that is open; its adapters are opened when they are first needed."""

    protocol: Protocol
    endpoint: Endpoint
    limiter: Limiter
    mask: Mask
    adapter: Adapter | None = None
    embeddings: EmbeddingAdapter | None = None

    async def attempt(
        self, request: Sent, model: str, observe: Callable[[Headers], None]
    ) -> Outcome | EmbeddingOutcome:
        """Sends a request once."""
        if isinstance(request, EmbeddingRequest):
            self.embeddings = self.embeddings or open_embeddings(self.endpoint)
            return await self.embeddings.attempt(request, model, observe)
        self.adapter = self.adapter or open_adapter(self.protocol, self.endpoint)
        return await self.adapter.attempt(request, model, observe)

    async def aclose(self) -> None:
        """Closes connections."""
        for adapter in (self.adapter, self.embeddings):
            if adapter is not None:
                await adapter.aclose()


class Models:
    """The models of a run; see `genesis.llm.port.Model` and `Embedder` there. Bound to the running event loop.

    Args:
        config: Which models, and how they are asked.
        budget: What they may cost.
        spent: What the run has spent before, by purpose, when it goes on.
        lost: Calls of which nothing was heard before a process was killed.
        dearest: Model to the most that one of its answered calls took.
        environment: Where keys and addresses are looked up.
        ends_in_s: Seconds from now until nothing is waited for any more; None for never.
    """

    def __init__(
        self,
        config: LlmConfig,
        budget: BudgetConfig,
        *,
        ends_in_s: float | None = None,
        spent: Mapping[LlmPurpose, Spent] | None = None,
        lost: Iterable[LlmRequested] = (),
        dearest: Mapping[str, Spent] | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._config = config
        self._environment = environment
        self._prices = Prices(config.prices)
        held = set_aside(lost, dearest or {}, self._prices, timeout_s=config.timeout_s)
        self._budget = Budget(budget, self._prices, timeout_s=config.timeout_s, spent=spent, lost=held)
        self._services: dict[str, _Service] = {}
        self._ends_at = None if ends_in_s is None else asyncio.get_running_loop().time() + ends_in_s

    @property
    def budget(self) -> Budget:
        """What was spent and is reserved."""
        return self._budget

    async def complete(self, request: Request, witness: Witness) -> Reply:
        """See `genesis.llm.port.Model`."""
        reply = await self._call(request, witness)
        assert not isinstance(reply, Embedded), "an adapter for replies gives replies"
        return reply

    async def embed(self, request: EmbeddingRequest, witness: Witness) -> Embedding:
        """See `genesis.llm.port.Embedder`."""
        reply = await self._call(request, witness)
        assert not isinstance(reply, Response), "an adapter for embeddings gives embeddings"
        return reply

    async def aclose(self) -> None:
        """Close connections."""
        while self._services:
            _, service = self._services.popitem()
            await service.aclose()

    async def _call(self, request: Sent, witness: Witness) -> Reply | Embedding:
        attempt, reply = request.attempt, None
        while True:
            reply = await self._attempt(request, attempt, witness, after=reply)
            if not isinstance(reply, Failure) or reply.retry_in_s is None:
                return reply
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._ends_at):
                    await asyncio.sleep(reply.retry_in_s)
            attempt += 1

    async def _attempt(
        self, request: Sent, attempt: int, witness: Witness, *, after: Failure | None
    ) -> Reply | Embedding:
        service = self._service(request.model)
        if isinstance(service, Failure):
            return await _told(service, request, attempt, witness)
        model = request.model.partition("/")[2]
        need = _need(request)
        async with AsyncExitStack() as turn:
            try:
                async with asyncio.timeout_at(self._ends_at):
                    await turn.enter_async_context(service.limiter.slot(model, need))
            except TimeoutError:
                return await _told(_too_late(request.model, after), request, attempt, witness)
            reservation = await self._budget.reserve(request)
            if isinstance(reservation, Refusal):
                refused = Failure(reason="budget", message=reservation.message)
                return await _told(refused, request, attempt, witness)
            spent = Spent()
            try:
                await witness.asked(request, attempt)
                began = asyncio.get_running_loop().time()
                outcome = await service.attempt(request, model, lambda headers: service.limiter.observe(model, headers))
                latency_s = asyncio.get_running_loop().time() - began
                _learn(service.limiter, model, need, outcome)
                reply = self._reply(request, attempt, outcome, latency_s, service.mask)
                spent = Spent(reply.cost_usd or 0.0, _tokens(outcome.usage), 1, latency_s)
            finally:
                self._budget.settle(reservation, spent)
        await witness.answered(request, attempt, reply)
        return reply

    def _service(self, model: str) -> "_Service | Failure":
        name = model.partition("/")[0]
        if name not in self._services:
            try:
                provider = provider_of(self._config, model, self._environment)
            except ConfigError as error:
                return Failure(reason="bad_request", message=str(error))
            if problem := key_problem(provider, self._environment):
                return Failure(reason="unauthorized", message=problem)
            if provider.protocol != "anthropic" and provider.base_url is None:
                return Failure(reason="unreachable", message=f"{name}: it has no base_url")
            self._services[name] = self._open(provider)
        return self._services[name]

    def _open(self, provider: Provider) -> _Service:
        endpoint = endpoint_of(provider, self._config, self._environment)
        limiter = Limiter(
            min(provider.max_concurrency, self._config.concurrency),
            requests_per_minute=provider.requests_per_minute,
            tokens_per_minute=provider.tokens_per_minute,
        )
        return _Service(provider.protocol, endpoint, limiter, Mask([endpoint.api_key]))

    def _reply(
        self, request: Sent, attempt: int, outcome: Outcome | EmbeddingOutcome, latency_s: float, mask: Mask
    ) -> Reply | Embedding:
        usage = outcome.usage
        cost_usd = cost_of(self._prices.of(request.model), usage)
        match outcome:
            case Answer():
                return Response(
                    text=mask.text(outcome.text),
                    reasoning=mask.text(outcome.reasoning),
                    tokens_in=usage.tokens_in,
                    tokens_out=usage.tokens_out,
                    tokens_reasoning=usage.tokens_reasoning,
                    tokens_cached=usage.tokens_cached,
                    tokens_cache_written=usage.tokens_cache_written,
                    cost_usd=cost_usd,
                    latency_s=latency_s,
                    finish_reason=outcome.finish_reason,
                    provider_request_id=outcome.request_id,
                )
            case EmbeddingAnswer():
                return Embedded(
                    vector=outcome.vector,
                    tokens_in=usage.tokens_in,
                    cost_usd=cost_usd,
                    latency_s=latency_s,
                    provider_request_id=outcome.request_id,
                )
            case Fault():
                return Failure(
                    reason=outcome.reason,
                    message=mask.message(f"{request.model}: {outcome.message}"),
                    retry_in_s=wait_before_next_s(
                        outcome, attempt=attempt, attempts=self._config.attempts, stream=request.draw
                    ),
                    tokens_in=usage.tokens_in,
                    tokens_out=usage.tokens_out,
                    cost_usd=0.0 if usage == Usage() else cost_usd,
                    latency_s=latency_s,
                    text=mask.text(outcome.text),
                    provider_request_id=outcome.request_id,
                )


async def _told(failure: Failure, request: Sent, attempt: int, witness: Witness) -> Failure:
    """A failure of a request that was never sent, which the witness is told like the others."""
    await witness.asked(request, attempt)
    await witness.answered(request, attempt, failure)
    return failure


def _too_late(model: str, after: Failure | None) -> Failure:
    over = "the run's time (stop.wall_s) was over"
    if after is None:
        return Failure(reason="rate_limited", message=f"{model}: {over} while it waited for its turn; it was not sent")
    return Failure(reason=after.reason, message=f"{after.message}; {over} before another attempt")


def _need(request: Sent) -> Need:
    return Need(sum(map(estimate_tokens, request.texts)), request.max_tokens)


def _tokens(usage: Usage) -> int:
    return usage.tokens_in + usage.tokens_out


def _learn(limiter: Limiter, model: str, need: Need, outcome: Outcome | EmbeddingOutcome) -> None:
    match outcome:
        case Answer() | EmbeddingAnswer():
            limiter.went_well(need, _tokens(outcome.usage))
        case Fault() if outcome.reason in _TURNED_AWAY:
            limiter.turned_away()
            if outcome.wait_s is not None:
                limiter.pause(model, outcome.wait_s)
        case Fault():
            pass
