"""The official SDKs against two servers that others wrote: stubllm and fakellm."""

from collections.abc import Iterator
from typing import Any

import pytest

from genesis.config.models import LlmConfig, ProviderConfig
from genesis.llm.port import Failure, Response
from tests.llm.asking import Witnessed, ask, request
from tests.llm.packaged_servers import fakellm_server, stubllm_server

MODELS = ("openai_chat/gpt-4o", "anthropic/claude-sonnet-5")
every_model = pytest.mark.parametrize("model", MODELS)


def contains(word: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": {"contains": word}}]}


CODE = "def f():\n    return 1\n"
STUBS = [
    {"name": "plain", "match": contains("plain"), "response": {"content": f"{CODE}.", "stream_chunk_delay_ms": 1}},
    {"name": "limited", "match": contains("limited"), "response": {"http_status": 429, "error_message": "slow down"}},
    {"name": "broken", "match": contains("broken"), "response": {"http_status": 500, "error_message": "oops"}},
    {"name": "wrong key", "match": contains("wrong key"), "response": {"http_status": 401, "error_message": "who"}},
    {
        "name": "again",
        "match": contains("again"),
        "sequence": [
            {"http_status": 503, "error_message": "busy"},
            {"http_status": 429, "error_message": "slow down"},
            {"content": "at last", "stream_chunk_delay_ms": 1},
        ],
    },
]  # fmt: skip
RULES = [
    {"name": "plain", "when": {"messages_contain": "plain"}, "respond": {"content": CODE}},
    {"name": "any", "when": {"messages_contain": "improve"}, "respond": {"content": "improved"}},
]


@pytest.fixture(scope="module")
def stubllm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with stubllm_server(tmp_path_factory.mktemp("stubllm"), STUBS) as address:
        yield address


@pytest.fixture(scope="module")
def fakellm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with fakellm_server(tmp_path_factory.mktemp("fakellm"), RULES) as address:
        yield address


def at(address: str, **changes: Any) -> LlmConfig:
    providers = {
        "openai_chat": ProviderConfig(base_url=f"{address}/v1"),
        "anthropic": ProviderConfig(base_url=address),
    }
    return LlmConfig(**{"providers": providers, "attempts": 1} | changes)


@every_model
def test_stubllm_replies(stubllm: str, model: str) -> None:
    reply = ask(at(stubllm), request(model, text="plain"))
    assert isinstance(reply, Response), reply
    # in Anthropic's format this server leaves out the last piece, which is the dot
    assert (reply.text.removesuffix("."), reply.finish_reason) == (CODE, "stop")
    assert (reply.tokens_in > 0, reply.tokens_out > 0, reply.cost_usd is not None) == (True, True, True)


@every_model
@pytest.mark.parametrize(
    ("word", "reason"), [("limited", "rate_limited"), ("broken", "overloaded"), ("wrong key", "unauthorized")]
)
def test_stubllms_errors_have_their_reason(stubllm: str, model: str, word: str, reason: str) -> None:
    failure = ask(at(stubllm), request(model, text=word))
    assert isinstance(failure, Failure)
    assert failure.reason == reason


def test_stubllm_is_asked_again_until_it_answers(stubllm: str) -> None:
    witness = Witnessed()
    reply = ask(at(stubllm, attempts=4), request(MODELS[0], text="again", draw="quick/54"), witness)
    assert isinstance(reply, Response), reply
    assert (reply.text, [failure.reason for failure in witness.failures]) == ("at last", ["overloaded", "rate_limited"])


@every_model
def test_fakellm_replies(fakellm: str, model: str) -> None:
    reply = ask(at(fakellm), request(model, text="plain"))
    assert isinstance(reply, Response), reply
    assert reply.text == CODE
    assert (reply.tokens_in > 0, reply.tokens_out > 0) == (True, True)


@every_model
def test_fakellm_keeps_a_conversation(fakellm: str, model: str) -> None:
    config = at(fakellm)
    assert [getattr(ask(config, request(model)), "text", None) for _ in range(2)] == ["improved", "improved"]
