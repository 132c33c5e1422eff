"""Models that answer from a script, for tests of what stands on the ports: no network, the same ports."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from genesis.llm.port import Embedded, Embedding, EmbeddingRequest, Failure, Reply, Request, Response, Witness
from genesis.llm.vector import encode_vector

__all__ = ["EmbeddingScript", "Script", "ScriptedEmbedder", "ScriptedModel", "said"]

Script: TypeAlias = Callable[[Request], "Reply | str"]
EmbeddingScript: TypeAlias = Callable[[EmbeddingRequest], "Sequence[float] | Embedding"]


class ScriptedModel:
    """Answers each request once, and tells the witness as a real model would.

    Args:
        script: A function of the request, or the replies in order. A text is a reply with estimated tokens.
        cost_usd: Of a reply that is given as a text.

    Raises:
        LookupError: More was asked than the script has replies for.
    """

    def __init__(self, script: Script | Iterable["Reply | str"], *, cost_usd: float | None = 0.0) -> None:
        self.asked: list[Request] = []
        self._cost_usd = cost_usd
        self._script = script if callable(script) else _in_order(iter(script))

    async def complete(self, request: Request, witness: Witness) -> Reply:
        """The script's reply; a failure with ``retry_in_s`` is followed by the next one at once."""
        attempt = request.attempt
        while True:
            await witness.asked(request, attempt)
            self.asked.append(request)
            given = self._script(request)
            reply = said(given, request, cost_usd=self._cost_usd) if isinstance(given, str) else given
            await witness.answered(request, attempt, reply)
            if not isinstance(reply, Failure) or reply.retry_in_s is None:
                return reply
            attempt += 1

    async def aclose(self) -> None:
        """Nothing is open."""


class ScriptedEmbedder:
    """Answers each request for an embedding once, and tells the witness as a real model would.

    Args:
        script: A function of the request: the numbers, or what comes of it.
    """

    def __init__(self, script: EmbeddingScript) -> None:
        self.asked: list[EmbeddingRequest] = []
        self._script = script

    async def embed(self, request: EmbeddingRequest, witness: Witness) -> Embedding:
        """What the script gives; a failure with ``retry_in_s`` is followed by the next at once."""
        attempt = request.attempt
        while True:
            await witness.asked(request, attempt)
            self.asked.append(request)
            given = self._script(request)
            reply = given if isinstance(given, Embedded | Failure) else _embedded(given, request)
            await witness.answered(request, attempt, reply)
            if not isinstance(reply, Failure) or reply.retry_in_s is None:
                return reply
            attempt += 1


def _embedded(numbers: Sequence[float], request: EmbeddingRequest) -> Embedded:
    tokens = len(request.text) // 4 + 1
    return Embedded(vector=encode_vector(numbers), tokens_in=tokens, cost_usd=0.0, latency_s=0.0)


def said(text: str, request: Request, *, cost_usd: float | None = 0.0) -> Response:
    """A plain reply, its tokens estimated at four characters each."""
    return Response(
        text=text,
        tokens_in=sum(len(message.content) for message in request.messages) // 4 + 1,
        tokens_out=len(text) // 4 + 1,
        cost_usd=cost_usd,
        latency_s=0.0,
        finish_reason="stop",
    )


def _in_order(replies: Iterator["Reply | str"]) -> Script:
    def next_one(request: Request) -> "Reply | str":
        try:
            return next(replies)
        except StopIteration:
            raise LookupError(f"the script has no reply left for {request.purpose} of {request.program}") from None

    return next_one
