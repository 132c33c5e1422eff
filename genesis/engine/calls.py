"""One call of a model: every attempt and every answer becomes a fact, and what the log has is not asked again."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypedDict

from events.types import (
    AnyPayload,
    Json,
    LlmFailed,
    LlmPurpose,
    LlmRequested,
    LlmResponded,
    Message,
    MutationChecked,
    NoveltyJudged,
)
from genesis.engine.effects import clean
from genesis.engine.loop import Emit
from genesis.engine.state import State
from genesis.llm.asking import request_for
from genesis.llm.port import (
    Embedded,
    Embedder,
    Embedding,
    EmbeddingRequest,
    Failure,
    Model,
    Reply,
    Request,
    Response,
    Sent,
)

__all__ = ["Call", "Calls", "Trail", "reply_of"]


class Trail:
    """What the log has on the way to an answer, from before a process died.

    Args:
        facts: In order.
    """

    def __init__(self, facts: Iterable[AnyPayload] = ()) -> None:
        self._attempts: dict[str, int] = {}
        self._replies: dict[str, Reply | Embedding] = {}
        self._checks: dict[str, str] = {}
        self.judged: NoveltyJudged | None = None
        for fact in facts:
            self._add(fact)

    def reply(self, call: str) -> Reply | Embedding | None:
        """What came of a call, None when it is not over."""
        return self._replies.get(call)

    def attempts(self, call: str) -> int:
        """The number of the last attempt of a call, 0 before the first."""
        return self._attempts.get(call, 0)

    def check(self, call: str) -> str | None:
        """What a build said of a reply, None when nothing was built."""
        return self._checks.get(call)

    def _add(self, fact: AnyPayload) -> None:
        match fact:
            case LlmRequested():
                self._attempts[fact.call] = fact.attempt
            case LlmResponded():
                self._replies[fact.call] = reply_of(fact)
            case LlmFailed(retry_in_s=None):
                self._replies[fact.call] = reply_of(fact)
            case MutationChecked():
                self._checks[fact.call] = fact.diagnostics
            case NoveltyJudged():
                self.judged = fact
            case _:
                pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is asked, and for whom.

    Attributes:
        call: Its name in events, ``p000042/1``.
        model: ``provider/model``.
        messages: The conversation.
        purpose: What budgets count it under.
        draw: Names the stream of random numbers of its request.
        program: The program that it is for.
        analysis: The analysis that it is part of.
        operator: The operator that it is for.
        prompt_id: The system prompt in use.
    """

    call: str
    model: str
    messages: tuple[Message, ...]
    purpose: LlmPurpose
    draw: str
    program: str | None = None
    analysis: str | None = None
    operator: str = ""
    prompt_id: str | None = None


class Calls:
    """Asks models; how many are asked at a time is theirs to say.

    Args:
        state: The run so far, which has the configuration.
        model: Who is asked.
        embedder: Who is asked for embeddings, None where none are wanted.
    """

    def __init__(self, state: State, model: Model, embedder: Embedder | None = None) -> None:
        self._state = state
        self._model = model
        self._embedder = embedder

    async def ask(self, call: Call, trail: Trail, emit: Emit) -> Reply:
        """The reply: from the log where it is there, else from the model, recorded before it is given."""
        known = trail.reply(call.call)
        if known is not None:
            assert not isinstance(known, Embedded), f"{call.call} is a question"
            return known
        request = request_for(
            self._state.config.llm,
            call.model,
            call.messages,
            purpose=call.purpose,
            draw=_draw(call),
            program=call.program,
            attempt=trail.attempts(call.call) + 1,
        )
        return await self._model.complete(request, _Recorder(call, emit))

    async def embed(self, call: Call, trail: Trail, emit: Emit) -> Embedding:
        """The embedding of the call's only message, as `ask` gives replies."""
        known = trail.reply(call.call)
        if known is not None:
            assert not isinstance(known, Response), f"{call.call} is no question"
            return known
        if self._embedder is None:
            raise ValueError(f"{call.call}: novelty.embedding is set, and nobody was given who could be asked")
        (message,) = call.messages
        request = EmbeddingRequest(
            model=call.model,
            text=message.content,
            draw=_draw(call),
            program=call.program,
            dimensions=self._state.config.novelty.embedding_dimensions,
            attempt=trail.attempts(call.call) + 1,
        )
        return await self._embedder.embed(request, _Recorder(call, emit))


def _draw(call: Call) -> str:
    return f"{call.draw}/{call.call.rpartition('/')[2]}"


class _Named(TypedDict):
    """What every fact of a call says of it."""

    program: str | None
    call: str
    analysis: str | None
    operator: str
    prompt_id: str | None
    purpose: LlmPurpose
    provider: str
    model: str
    attempt: int


class _Recorder:
    """Makes a fact of each attempt and each answer."""

    def __init__(self, call: Call, emit: Emit) -> None:
        self._call = call
        self._emit = emit

    async def asked(self, request: Sent, attempt: int) -> None:
        named = self._named(attempt)
        await self._emit(LlmRequested(**named, messages=self._call.messages, parameters=_parameters(request)))

    async def answered(self, request: Sent, attempt: int, reply: Reply | Embedding) -> None:
        del request  # the call says it all
        await self._emit(_answer(self._named(attempt), reply))

    def _named(self, attempt: int) -> _Named:
        call = self._call
        provider, _, model = call.model.partition("/")
        return {
            "program": call.program,
            "call": call.call,
            "analysis": call.analysis,
            "operator": call.operator,
            "prompt_id": call.prompt_id,
            "purpose": call.purpose,
            "provider": provider,
            "model": model,
            "attempt": attempt,
        }


def _answer(named: _Named, reply: Reply | Embedding) -> LlmResponded | LlmFailed:
    match reply:
        case Response():
            return _responded(named, reply)
        case Embedded():
            return _embedded(named, reply)
        case Failure():
            return _failed(named, reply)


def _embedded(named: _Named, reply: Embedded) -> LlmResponded:
    return LlmResponded(
        **named,
        text="",
        tokens_in=reply.tokens_in,
        tokens_out=0,
        cost_usd=reply.cost_usd,
        latency_s=reply.latency_s,
        finish_reason="stop",
        provider_request_id=reply.provider_request_id,
        embedding=reply.vector,
    )


def _responded(named: _Named, reply: Response) -> LlmResponded:
    return LlmResponded(
        **named,
        text=clean(reply.text),
        reasoning=clean(reply.reasoning),
        tokens_in=reply.tokens_in,
        tokens_out=reply.tokens_out,
        tokens_reasoning=reply.tokens_reasoning,
        tokens_cached=reply.tokens_cached,
        tokens_cache_written=reply.tokens_cache_written,
        cost_usd=reply.cost_usd,
        latency_s=reply.latency_s,
        finish_reason=reply.finish_reason,
        provider_request_id=reply.provider_request_id,
    )


def _failed(named: _Named, reply: Failure) -> LlmFailed:
    return LlmFailed(
        **named,
        reason=reply.reason,
        message=clean(reply.message),
        retry_in_s=reply.retry_in_s,
        tokens_in=reply.tokens_in,
        tokens_out=reply.tokens_out,
        cost_usd=reply.cost_usd,
        latency_s=reply.latency_s,
        text=clean(reply.text),
        provider_request_id=reply.provider_request_id,
    )


def _parameters(request: Sent) -> dict[str, Json]:
    """What the request sets besides its messages; a model takes what it knows of it."""
    if not isinstance(request, Request):
        return {} if request.dimensions is None else {"dimensions": request.dimensions}
    given: dict[str, Json] = {
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "reasoning_effort": request.reasoning_effort,
    }
    return {**{name: value for name, value in given.items() if value is not None}, **request.parameters}


def reply_of(fact: LlmResponded | LlmFailed) -> Reply | Embedding:
    """A recorded answer as it was given."""
    if isinstance(fact, LlmResponded) and fact.embedding:
        return Embedded(
            vector=fact.embedding,
            tokens_in=fact.tokens_in,
            cost_usd=fact.cost_usd,
            latency_s=fact.latency_s,
            provider_request_id=fact.provider_request_id,
        )
    if isinstance(fact, LlmResponded):
        return Response(
            text=fact.text,
            reasoning=fact.reasoning,
            tokens_in=fact.tokens_in,
            tokens_out=fact.tokens_out,
            tokens_reasoning=fact.tokens_reasoning,
            tokens_cached=fact.tokens_cached,
            tokens_cache_written=fact.tokens_cache_written,
            cost_usd=fact.cost_usd,
            latency_s=fact.latency_s,
            finish_reason=fact.finish_reason,
            provider_request_id=fact.provider_request_id,
        )
    return Failure(
        reason=fact.reason,
        message=fact.message,
        retry_in_s=fact.retry_in_s,
        tokens_in=fact.tokens_in,
        tokens_out=fact.tokens_out,
        cost_usd=fact.cost_usd,
        latency_s=fact.latency_s,
        text=fact.text,
        provider_request_id=fact.provider_request_id,
    )
