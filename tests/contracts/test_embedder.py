"""What holds for every embedder behind the port: one that asks providers, one that is scripted."""

import asyncio
from collections.abc import Callable, Iterator, Sequence

import pytest

from genesis.config.models import BudgetConfig
from genesis.llm.client import Models
from genesis.llm.port import Embedded, Embedder, Embedding, EmbeddingRequest, Failure
from genesis.llm.scripted import ScriptedEmbedder
from genesis.llm.vector import encode_vector
from tests.llm.asking import KEYS, Witnessed, config_for
from tests.llm.servers import LlmServer, Status, Vector

NUMBERS = (3.0, 4.0)
GIVEN = Embedded(vector=encode_vector(NUMBERS), tokens_in=11, cost_usd=None, latency_s=0.1)
BUSY = Failure(reason="overloaded", message="busy", retry_in_s=0.001)
WRONG = Failure(reason="bad_request", message="no such model")

_ON_THE_WIRE = {
    "": Vector(NUMBERS),
    BUSY.message: Status(503, "busy", headers={"retry-after": "0.001"}),
    WRONG.message: Status(404, "no such model"),
}

Make = Callable[[Sequence[Embedding], LlmServer], Embedder]


def over_the_wire(replies: Sequence[Embedding], server: LlmServer) -> Embedder:
    server.embed(*(_ON_THE_WIRE[getattr(reply, "message", "")] for reply in replies))
    return Models(config_for(server, attempts=5), BudgetConfig(usd=None), environment=KEYS)


def scripted(replies: Sequence[Embedding], server: LlmServer) -> Embedder:
    left = iter(replies)
    return ScriptedEmbedder(lambda request: next(left))


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with LlmServer() as running:
        yield running


@pytest.mark.parametrize("make", [over_the_wire, scripted])
class TestEmbedder:
    """The contract."""

    def embed(
        self, make: Make, server: LlmServer, *replies: Embedding, attempt: int = 1
    ) -> tuple[Embedding, list[tuple[str, int]]]:
        witness = Witnessed()
        request = EmbeddingRequest(model="compatible/some-model", text="x = 1", draw="d", attempt=attempt)

        async def session() -> Embedding:
            embedder = make(replies, server)
            try:
                return await embedder.embed(request, witness)
            finally:
                if isinstance(embedder, Models):
                    await embedder.aclose()

        reply = asyncio.run(session())
        assert witness.replies[-1] == reply, "what was told last is what is given"
        return reply, [(what, number) for what, number, _ in witness.told]

    def test_an_embedding_is_given_and_told(self, make: Make, server: LlmServer) -> None:
        reply, told = self.embed(make, server, GIVEN)
        assert isinstance(reply, Embedded)
        assert (reply.vector, reply.tokens_in, reply.cost_usd) == (GIVEN.vector, 11, None)
        assert told == [("asked", 1), ("answered", 1)]

    def test_every_attempt_is_told(self, make: Make, server: LlmServer) -> None:
        reply, told = self.embed(make, server, BUSY, BUSY, GIVEN)
        assert isinstance(reply, Embedded)
        assert told == [(what, number) for number in (1, 2, 3) for what in ("asked", "answered")]

    def test_a_failure_that_is_final_is_given(self, make: Make, server: LlmServer) -> None:
        reply, told = self.embed(make, server, BUSY, WRONG)
        assert isinstance(reply, Failure)
        assert (reply.reason, reply.retry_in_s, len(told)) == ("bad_request", None, 4)
        assert "no such model" in reply.message

    def test_attempts_are_counted_on_from_the_first(self, make: Make, server: LlmServer) -> None:
        _, told = self.embed(make, server, BUSY, GIVEN, attempt=3)
        assert [number for what, number in told if what == "asked"] == [3, 4]
