"""Embeddings through the official SDK against real servers: every reply and every fault."""

import asyncio
import json
import math
from pathlib import Path
from typing import Any

import pytest

from genesis.config.models import BudgetConfig, LlmConfig, PriceConfig, ProviderConfig, SpendingLimits
from genesis.language.similarity import cosine
from genesis.llm.budget import Spent, worst_tokens_in
from genesis.llm.client import Models
from genesis.llm.port import Embedded, EmbeddingRequest, Failure
from genesis.llm.pricing import Prices
from genesis.llm.provider.heard import estimate_tokens
from genesis.llm.provider.table import packaged, provider_of
from genesis.llm.vector import decode_vector
from tests.llm.asking import EMBEDDERS, KEY, Witnessed, config_for, embed, request, run_with
from tests.llm.packaged_servers import stubllm_server
from tests.llm.servers import LlmServer, Raw, Say, Status, Vector

every_model = pytest.mark.parametrize("model", EMBEDDERS)
SMALL = EMBEDDERS[0]


def numbers(reply: object) -> tuple[float, ...]:
    assert isinstance(reply, Embedded), reply
    return decode_vector(reply.vector)


def failure(reply: object) -> Failure:
    assert isinstance(reply, Failure), reply
    return reply


@every_model
def test_an_embedding_comes_with_what_was_counted(llm_server: LlmServer, model: str) -> None:
    llm_server.embed(Vector((3.0, 4.0, 0.0), tokens_in=100))
    witness = Witnessed()
    reply = embed(config_for(llm_server), "x = 1", witness, model=model)
    assert numbers(reply) == pytest.approx((0.6, 0.8, 0.0), abs=1e-3)
    assert isinstance(reply, Embedded)
    assert (reply.tokens_in, reply.provider_request_id) == (100, "req-1")
    assert reply.latency_s > 0
    assert [what for what, _, _ in witness.told] == ["asked", "answered"]


@every_model
def test_what_is_sent_is_the_text_and_no_more(llm_server: LlmServer, model: str) -> None:
    embed(config_for(llm_server), "x = 1", model=model)
    embed(config_for(llm_server), "x = 2", model=model, dimensions=8)
    first, second = llm_server.embedded
    name = model.partition("/")[2]
    assert first.body == {"model": name, "input": "x = 1", "encoding_format": "float"}
    assert second.body == {"model": name, "input": "x = 2", "encoding_format": "float", "dimensions": 8}
    assert first.headers["authorization"] == f"Bearer {KEY}"
    assert llm_server.asked == []


def test_an_embedding_that_goes_on_far_beyond_one_is_given_up(llm_server: LlmServer) -> None:
    llm_server.embed(Raw(b'{"data": [' + b" " * 3_000_000))
    said = failure(embed(config_for(llm_server, attempts=3)))
    assert said.reason == "malformed"
    assert "given up after 1,048,576 bytes, far more than an embedding can be: check the server" in said.message
    assert len(llm_server.embedded) == 1


def test_it_costs_its_tokens_in_and_what_is_not_known_is_unknown(llm_server: LlmServer) -> None:
    llm_server.embed(Vector((1.0, 0.0), tokens_in=1000))
    costs = [getattr(embed(config_for(llm_server), model=model), "cost_usd", "failed") for model in EMBEDDERS]
    assert costs == [pytest.approx(2e-5), pytest.approx(2e-5), None]


def test_what_nobody_counted_is_estimated_and_not_free(llm_server: LlmServer) -> None:
    llm_server.embed(Vector((1.0, 0.0), usage=False))
    text = "number = 1\n" * 50
    reply = embed(config_for(llm_server), text, model=SMALL)
    assert isinstance(reply, Embedded)
    assert reply.tokens_in == estimate_tokens(text) > 100
    assert reply.cost_usd == pytest.approx(reply.tokens_in * 0.02 / 1e6)


def test_what_the_provider_says_that_it_charges_counts_first(llm_server: LlmServer) -> None:
    said = {"data": [{"embedding": [1.0]}], "usage": {"prompt_tokens": 5, "cost": 0.25}}
    llm_server.embed(Raw(json.dumps(said).encode()))
    reply = embed(config_for(llm_server), model=SMALL)
    assert isinstance(reply, Embedded)
    assert (reply.tokens_in, reply.cost_usd) == (5, 0.25)


def test_who_is_turned_away_comes_back_when_told(llm_server: LlmServer) -> None:
    again = {"retry-after": "0.02"}
    llm_server.embed(Status(429, "slow down", headers=again), Status(500, "oops", headers=again), Vector((1.0, 2.0)))
    witness = Witnessed()
    reply = embed(config_for(llm_server, attempts=3), "x", witness)
    assert isinstance(reply, Embedded), reply
    assert [each.reason for each in witness.failures] == ["rate_limited", "overloaded"]
    assert all(each.retry_in_s == pytest.approx(0.02, rel=0.11) for each in witness.failures)
    assert [attempt for what, attempt, _ in witness.told if what == "asked"] == [1, 2, 3]


@pytest.mark.parametrize(
    ("reply", "reason", "said"),
    [
        (Status(401, f"Incorrect API key provided: {KEY}"), "unauthorized", "[key]"),
        (Status(404, "The model does not exist", "", "model_not_found"), "bad_request", "does not exist"),
        (Status(400, "maximum context length is 8192 tokens"), "bad_request", "8192"),
        (Status(429, "no credit", "insufficient_quota", "insufficient_quota"), "unauthorized", "no credit"),
        (Status(429, "slow down"), "rate_limited", "slow down"),
        (Status(500, "oops"), "overloaded", "oops"),
        (Raw(b"<html>Sign in</html>", "text/html"), "malformed", "text/html"),
        (Raw(b'{"data": [{"embedding": [NaN, 1.0]}]}'), "malformed", "not JSON"),
        (Raw(b'{"data": [{"embedding": []}]}'), "malformed", "empty"),
        (Raw(b'{"data": [{"embedding": [0.0, 0.0]}]}'), "malformed", "all zero"),
        (Raw(b'{"data": [{"embedding": [1.0, "2"]}]}'), "malformed", "no list of numbers"),
        (Raw(b'{"data": [{"embedding": [1.0, null]}]}'), "malformed", "no list of numbers"),
        (Raw(b'{"data": [{"embedding": "AAAA"}]}'), "malformed", "no list of numbers"),
        (Raw(b'{"data": []}'), "malformed", "no list of numbers"),
        (Raw(b'{"data": 7}'), "malformed", "no list of numbers"),
        (Raw(b"[]"), "malformed", "no object"),
        (Raw(b'{"error": {"message": "busy", "code": "rate_limit_exceeded"}}'), "rate_limited", "busy"),
    ],
)
def test_every_fault_has_its_reason(llm_server: LlmServer, reply: Any, reason: str, said: str) -> None:
    llm_server.embed(reply)
    found = failure(embed(config_for(llm_server)))
    assert (found.reason, found.retry_in_s) == (reason, None)
    assert said in found.message
    assert KEY not in found.message


def test_a_broken_reply_is_asked_for_again_and_a_wrong_name_is_not(llm_server: LlmServer) -> None:
    llm_server.embed(Raw(b'{"data": []}'), Vector((1.0, 1.0)))
    assert isinstance(embed(config_for(llm_server, attempts=2)), Embedded)
    llm_server.embed(Status(404, "no such model"))
    assert failure(embed(config_for(llm_server, attempts=5))).reason == "bad_request"
    assert len(llm_server.embedded) == 1


def test_a_silent_server_is_given_up(llm_server: LlmServer) -> None:
    llm_server.embed(Vector((1.0,), delay_s=30.0))
    found = failure(embed(config_for(llm_server, timeout_s=0.2)))
    assert found.reason == "timeout"
    assert found.tokens_in > 0, "it may charge for it"


def test_nobody_at_home(llm_server: LlmServer) -> None:
    away = {"compatible": ProviderConfig(base_url="http://127.0.0.1:9/v1")}
    assert failure(embed(config_for(llm_server, providers=away))).reason == "unreachable"


def test_its_worst_case_is_its_text_alone(llm_server: LlmServer) -> None:
    text = "x" * 1000
    asked = EmbeddingRequest(model=SMALL, text=text, draw="d")
    worst = worst_tokens_in(asked.texts)
    assert 1000 < worst < 2000
    price = Prices({}).of(SMALL)
    assert price is not None
    usd = worst * price.input / 1e6
    assert isinstance(embed(config_for(llm_server), text, model=SMALL, budget=BudgetConfig(usd=usd)), Embedded)
    sent = len(llm_server.embedded)
    found = failure(embed(config_for(llm_server), text, model=SMALL, budget=BudgetConfig(usd=usd * 0.999)))
    assert found.reason == "budget"
    assert "was not sent. Raise budget.usd" in found.message
    assert "max_tokens" not in found.message
    assert len(llm_server.embedded) == sent


def test_its_purpose_has_an_account_of_its_own(llm_server: LlmServer) -> None:
    budget = BudgetConfig(usd=None, purposes={"embedding": SpendingLimits(calls=1)})

    async def several(models: Models) -> list[object]:
        asked = EmbeddingRequest(model=EMBEDDERS[2], text="x", draw="d")
        first = await models.embed(asked, Witnessed())
        second = await models.embed(asked, Witnessed())
        return [first, second, await models.complete(request(), Witnessed())]

    first, second, reply = run_with(config_for(llm_server), several, budget=budget)
    assert isinstance(first, Embedded)
    assert "budget.purposes.embedding.calls = 1 is used up" in failure(second).message
    assert not isinstance(reply, Failure)


def test_what_was_spent_before_counts(llm_server: LlmServer) -> None:
    budget = BudgetConfig(usd=None, tokens=5000)
    spent = {"embedding": Spent(tokens=4990)}
    assert failure(embed(config_for(llm_server), budget=budget, spent=spent)).reason == "budget"


def test_replies_and_embeddings_share_a_provider_and_do_not_wait_for_each_other(llm_server: LlmServer) -> None:
    llm_server.script(Say(text="x" * 90, stall_after=4))

    async def both(models: Models) -> None:
        reply = asyncio.create_task(models.complete(request(), Witnessed()))
        while not llm_server.in_flight:
            await asyncio.sleep(0.01)
        asked = [EmbeddingRequest(model=EMBEDDERS[2], text=str(n), draw="d") for n in range(8)]
        async with asyncio.timeout(100):
            found = await asyncio.gather(*(models.embed(each, Witnessed()) for each in asked))
        assert [each for each in found if not isinstance(each, Embedded)] == []
        assert not reply.done()
        reply.cancel()
        await asyncio.gather(reply, return_exceptions=True)

    run_with(config_for(llm_server, idle_timeout_s=200.0, timeout_s=200.0), both)


def test_embeddings_of_any_scale_keep_their_direction(llm_server: LlmServer) -> None:
    given = [math.sin(n) * 10.0 ** (n % 7) for n in range(1536)]
    llm_server.embed(Vector(tuple(given)))
    reply = embed(config_for(llm_server))
    assert isinstance(reply, Embedded)
    assert len(reply.vector) == 4096
    assert cosine(numbers(reply), given) == pytest.approx(1.0, abs=1e-6)


def test_stubllm_gives_zeros_and_they_are_no_embedding(tmp_path: Path) -> None:
    with stubllm_server(tmp_path, []) as address:
        config = LlmConfig(providers={"compatible": ProviderConfig(base_url=f"{address}/v1")}, attempts=1)
        found = failure(embed(config))
    assert (found.reason, found.tokens_in) == ("malformed", 5)
    assert "all zero" in found.message


def test_who_gives_embeddings() -> None:
    able = [name for name in packaged() if provider_of(LlmConfig(), f"{name}/x", {}).embeddings]
    assert set(packaged()) - set(able) == {"anthropic", "deepseek"}
    own = {"mine": ProviderConfig(base_url="http://x/v1"), "claude": ProviderConfig(protocol="anthropic")}
    config = LlmConfig(providers=own, prices={"mine/x": PriceConfig(input=1.0, output=0.0)})
    assert [provider_of(config, f"{name}/x", {}).embeddings for name in own] == [True, False]
