"""What holds for every model behind the port: one that asks providers, one that is scripted, one that is recorded."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, TypeVar

import pytest

from genesis.config.models import BudgetConfig
from genesis.llm.client import Models
from genesis.llm.port import Failure, Model, Reply, Response
from genesis.llm.recorded import CallKey, RecordedModel, ReplyMissing
from genesis.llm.scripted import ScriptedModel
from tests.llm.asking import KEYS, Witnessed, config_for, request
from tests.llm.servers import LlmServer, Say, Status

Result = TypeVar("Result")

SAID = Response(text="said", tokens_in=11, tokens_out=7, cost_usd=None, latency_s=0.1, finish_reason="stop")
BUSY = Failure(reason="overloaded", message="busy", retry_in_s=0.001)
WRONG = Failure(reason="bad_request", message="no such model")

_ON_THE_WIRE = {
    SAID.text: Say(text="said"),
    BUSY.message: Status(503, "busy", headers={"retry-after": "0.001"}),
    WRONG.message: Status(404, "no such model"),
}


def over_the_wire(replies: Sequence[Reply], server: LlmServer) -> Model:
    server.script(*(_ON_THE_WIRE[reply.text if isinstance(reply, Response) else reply.message] for reply in replies))
    return Models(config_for(server, attempts=5), BudgetConfig(usd=None), environment=KEYS)


def scripted(replies: Sequence[Reply], server: LlmServer) -> Model:
    return ScriptedModel(replies)


def recorded(replies: Sequence[Reply], server: LlmServer) -> Model:
    calls: list[list[Reply]] = [[]]
    for reply in replies:
        calls[-1].append(reply)
        if not isinstance(reply, Failure) or reply.retry_in_s is None:
            calls.append([])
    keyed = {CallKey("p000001", "mutation", n): tuple(call) for n, call in enumerate(calls, 1) if call}
    return RecordedModel(keyed)


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with LlmServer() as running:
        yield running


@pytest.mark.parametrize("make", [over_the_wire, scripted, recorded])
class TestModel:
    """The contract."""

    @pytest.fixture
    def ask(self, make: Callable[..., Model], server: LlmServer) -> Callable[..., Any]:
        def with_model(replies: Sequence[Reply], work: Callable[[Model], Awaitable[Result]]) -> Result:
            async def session() -> Result:
                model = make(replies, server)
                try:
                    return await work(model)
                finally:
                    await model.aclose()
                    await model.aclose()

            return asyncio.run(session())

        return with_model

    def test_a_reply_is_told_and_returned(self, ask: Callable[..., Any]) -> None:
        witness = Witnessed()
        reply = ask([SAID], lambda model: model.complete(request(program="p000001"), witness))
        assert (type(reply), reply.text) == (Response, "said")
        assert [(what, attempt) for what, attempt, _ in witness.told] == [("asked", 1), ("answered", 1)]
        assert witness.replies == [reply]

    def test_each_attempt_is_told(self, ask: Callable[..., Any]) -> None:
        witness = Witnessed()
        reply = ask([BUSY, BUSY, SAID], lambda model: model.complete(request(program="p000001"), witness))
        assert reply.text == "said"
        assert [attempt for what, attempt, _ in witness.told if what == "asked"] == [1, 2, 3]
        assert [failure.reason for failure in witness.failures] == ["overloaded", "overloaded"]
        assert all(failure.retry_in_s is not None for failure in witness.failures)

    def test_a_failure_that_is_final_is_returned(self, ask: Callable[..., Any]) -> None:
        witness = Witnessed()
        failure = ask([WRONG], lambda model: model.complete(request(program="p000001"), witness))
        assert (failure.reason, failure.retry_in_s) == ("bad_request", None)
        assert "no such model" in failure.message
        assert len(witness.told) == 2

    def test_attempts_are_counted_on_from_the_requests(self, ask: Callable[..., Any]) -> None:
        witness = Witnessed()
        ask([BUSY, SAID], lambda model: model.complete(request(program="p000001", attempt=3), witness))
        assert [attempt for what, attempt, _ in witness.told if what == "asked"] == [3, 4]

    def test_calls_follow_one_another(self, ask: Callable[..., Any]) -> None:
        async def two(model: Model) -> list[Reply]:
            return [await model.complete(request(program="p000001"), Witnessed()) for _ in range(2)]

        first, second = ask([SAID, WRONG], two)
        assert isinstance(first, Response)
        assert isinstance(second, Failure)


def test_what_was_not_recorded_is_named() -> None:
    model = RecordedModel({CallKey("p000001", "mutation", 1): (SAID,)})
    with pytest.raises(ReplyMissing, match="call 1 for repair of p000001"):
        asyncio.run(model.complete(request(program="p000001", purpose="repair"), Witnessed()))
    with pytest.raises(ReplyMissing, match="call 1 for insight of the run"):
        asyncio.run(model.complete(request(purpose="insight"), Witnessed()))


def test_a_script_may_be_a_function_of_what_is_asked() -> None:
    model = ScriptedModel(lambda asked: f"{asked.purpose} of {asked.program}", cost_usd=0.25)
    reply = asyncio.run(model.complete(request(program="p000007"), Witnessed()))
    assert isinstance(reply, Response)
    assert (reply.text, reply.cost_usd, model.asked[0].program) == ("mutation of p000007", 0.25, "p000007")


def test_a_script_that_is_used_up_says_so() -> None:
    with pytest.raises(LookupError, match="no reply left"):
        asyncio.run(ScriptedModel([]).complete(request(), Witnessed()))
