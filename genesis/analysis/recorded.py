"""What the log has for one request, in the place of the models that answered it."""

from collections.abc import Iterable

from events.types import AnyPayload, LlmFailed, LlmRequested, LlmResponded
from genesis.engine.calls import reply_of
from genesis.engine.effects import Past
from genesis.engine.embeddings import embedding_at
from genesis.errors import GenesisError
from genesis.llm.port import Embedded, Embedding, EmbeddingRequest, Failure, Reply, Request, Response, Witness
from projections import Embeddings, embedded_text

__all__ = ["KnownFromOthers", "KnownThen", "RecordEnds", "RecordedEmbeddings", "RecordedReplies"]


class RecordEnds(GenesisError):
    """Something was asked that the log has no answer to."""


class RecordedReplies:
    """Answers with what the log has for the calls of one request, attempt by attempt."""

    def __init__(self, recorded: Iterable[AnyPayload]) -> None:
        self._left = [fact for fact in _of_calls(recorded) if fact.purpose != "embedding"]

    async def complete(self, request: Request, witness: Witness) -> Reply:
        """The reply that the log has.

        Raises:
            RecordEnds: It has none.
        """
        while self._left:
            fact = self._left.pop(0)
            if isinstance(fact, LlmRequested):
                await witness.asked(request, fact.attempt)
                continue
            reply = reply_of(fact)
            if isinstance(reply, Embedded):
                raise RecordEnds(f"a call of {request.model} for {request.purpose}, and the log has an embedding")
            await witness.answered(request, fact.attempt, reply)
            if not isinstance(reply, Failure) or reply.retry_in_s is None:
                return reply
        raise RecordEnds(f"a call of {request.model} for {request.purpose}, to which the log has no reply")

    async def aclose(self) -> None:
        """Nothing is open."""


class KnownThen:
    """The embeddings that the log had when a request that is performed again was judged.

    Args:
        past: The log.
        embeddings: Where all of it has embeddings.
        before: Only what is before this place counts; None for all.
    """

    def __init__(self, past: Past, embeddings: Embeddings, *, before: int | None) -> None:
        self._past = past
        self._embeddings = embeddings
        self._before = before

    def embedding(self, name: str) -> str | None:
        """The embedding of a text, None when it was not there."""
        return embedding_at(self._past, self._embeddings.before(name, self._before))


class KnownFromOthers:
    """Of those, what a request did not ask for itself."""

    def __init__(self, recorded: Iterable[AnyPayload], known: KnownThen) -> None:
        asked = (fact for fact in _of_calls(recorded) if isinstance(fact, LlmRequested) and fact.messages)
        self._asked = {embedded_text(f"{fact.provider}/{fact.model}", fact.messages[0].content) for fact in asked}
        self._known = known

    def embedding(self, name: str, request: int) -> str | None:
        """See `genesis.engine.embeddings.Known`."""
        del request  # it is the one that is performed again
        return None if name in self._asked else self._known.embedding(name)


class RecordedEmbeddings:
    """Answers with what the log has for the embeddings that one request asked for, attempt by attempt."""

    def __init__(self, recorded: Iterable[AnyPayload], known: KnownThen) -> None:
        self._left = [fact for fact in _of_calls(recorded) if fact.purpose == "embedding"]
        self._known = known

    async def embed(self, request: EmbeddingRequest, witness: Witness) -> Embedding:
        """The embedding that the log has; another request's where a process died before this one's came.

        Raises:
            RecordEnds: It has none.
        """
        while self._left and self._is_about(self._left[0], request):
            fact = self._left.pop(0)
            if isinstance(fact, LlmRequested):
                await witness.asked(request, fact.attempt)
                continue
            reply = reply_of(fact)
            if isinstance(reply, Response):
                break
            await witness.answered(request, fact.attempt, reply)
            if not isinstance(reply, Failure) or reply.retry_in_s is None:
                return reply
        vector = self._known.embedding(embedded_text(request.model, request.text))
        if vector is None:
            raise RecordEnds(f"a call of {request.model} for an embedding, which the log does not have")
        return Embedded(vector=vector, tokens_in=0, cost_usd=None, latency_s=0.0)

    @staticmethod
    def _is_about(fact: LlmRequested | LlmResponded | LlmFailed, request: EmbeddingRequest) -> bool:
        return not isinstance(fact, LlmRequested) or [each.content for each in fact.messages] == [request.text]


def _of_calls(recorded: Iterable[AnyPayload]) -> list[LlmRequested | LlmResponded | LlmFailed]:
    return [fact for fact in recorded if isinstance(fact, LlmRequested | LlmResponded | LlmFailed)]
