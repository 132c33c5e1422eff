"""The official SDKs against real servers: every reply and every fault, in each protocol."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from events.types import Message
from genesis.config.models import BudgetConfig, ProviderConfig
from genesis.llm.client import Models
from genesis.llm.port import Failure, Response
from genesis.llm.provider.size import keep_errors_short
from tests.llm.asking import KEY, MODELS, Witnessed, ask, config_for, request, run_with
from tests.llm.servers import Asked, LlmServer, Raw, Say, ScriptedReply, Status
from tests.llm.wire_formats import FORMATS

every_model = pytest.mark.parametrize("model", MODELS)


@every_model
def test_a_reply_comes_whole_with_what_was_thought_and_counted(llm_server: LlmServer, model: str) -> None:
    llm_server.script(
        Say(
            text="new code\n",
            reasoning="first this, then that",
            tokens_in=100,
            tokens_out=40,
            tokens_reasoning=30,
            tokens_cached=60,
            tokens_cache_written=20,
        )
    )
    reply = ask(config_for(llm_server), request(model))
    assert isinstance(reply, Response), reply
    assert (reply.text, reply.reasoning) == ("new code\n", "first this, then that")
    assert (reply.tokens_in, reply.tokens_out, reply.tokens_reasoning) == (100, 40, 30)
    assert (reply.tokens_cached, reply.tokens_cache_written) == (60, 20)
    assert (reply.finish_reason, reply.provider_request_id) == ("stop", "req-1")
    assert reply.latency_s > 0


@every_model
def test_what_is_sent_is_what_was_asked(llm_server: LlmServer, model: str) -> None:
    plain = {"reasoning_effort": "none"}  # who thinks takes no temperature
    ask(config_for(llm_server), request(model, temperature=0.5, parameters={"top_p": 0.75}, **plain))
    sent = llm_server.asked[0]
    assert "You are careful." in str(sent.body)
    assert "improve it" in sent.text
    assert (sent.body["temperature"], sent.body["top_p"], sent.body["stream"]) == (0.5, 0.75, True)
    assert (sent.body["model"], sent.headers["authorization"]) == (model.partition("/")[2], f"Bearer {KEY}")


@every_model
def test_a_cut_reply_says_so(llm_server: LlmServer, model: str) -> None:
    llm_server.script(Say(text="half of", finish="length"))
    reply = ask(config_for(llm_server), request(model))
    assert isinstance(reply, Response)
    assert (reply.text, reply.finish_reason) == ("half of", "length")


@every_model
def test_a_long_reply_comes_whole(llm_server: LlmServer, model: str) -> None:
    text = "".join(f"line {number} ü\n" for number in range(16_000))
    assert len(text.encode()) > 200_000
    llm_server.script(Say(text=text, pieces=4000))
    reply = ask(config_for(llm_server), request(model))
    assert isinstance(reply, Response)
    assert reply.text == text


@every_model
def test_a_server_that_does_not_stream_is_understood(llm_server: LlmServer, model: str) -> None:
    unstreamed: list[dict[str, Any]] = []

    def whole(asked: Asked) -> ScriptedReply:
        form = next(form for end, form in FORMATS.items() if asked.path.endswith(end))
        unstreamed.append(form.whole(Say(text="at once", reasoning="quickly"), asked.body))
        return Raw(json.dumps(unstreamed[-1]).encode())

    llm_server.script(whole)
    reply = ask(config_for(llm_server), request(model))
    assert isinstance(reply, Response)
    assert (reply.text, reply.reasoning, reply.tokens_out) == ("at once", "quickly", 7)


SOON = {"retry-after": "0"}
FAULTS: list[tuple[str, ScriptedReply, str, bool]] = [
    ("429 that says when", Status(429, "slow down", "rate_limit_error", headers=SOON), "rate_limited", True),
    ("429 that does not", Status(429, "slow down", "rate_limit_error"), "rate_limited", True),
    ("429 without credit", Status(429, "no credit", "insufficient_quota", "insufficient_quota"), "unauthorized", False),
    ("500", Status(500, "oops", "api_error"), "overloaded", True),
    ("503", Status(503, "oops"), "overloaded", True),
    ("529", Status(529, "overloaded", "overloaded_error"), "overloaded", True),
    ("504", Status(504, "late"), "timeout", True),
    ("400", Status(400, "max_tokens: too large", "invalid_request_error"), "bad_request", False),
    ("401", Status(401, "wrong key", "authentication_error"), "unauthorized", False),
    ("403", Status(403, "not yours", "permission_error"), "unauthorized", False),
    ("404", Status(404, "no such model", "not_found_error"), "bad_request", False),
    ("a redirect", Status(307, "elsewhere", headers={"location": "http://127.0.0.1:9/"}), "unreachable", True),
    ("a reset at the start", Say(text="x" * 90, break_after=0), "unreachable", True),
    ("a reset in mid-stream", Say(text="x" * 90, break_after=4), "unreachable", True),
    ("a stalled stream", Say(text="x" * 90, stall_after=4), "timeout", True),
    ("silence", Say(text="x", delay_s=60), "timeout", True),
    ("an event cut in two", Say(text="x" * 90, cut_after=4), "malformed", True),
    ("JSON cut in two", Raw(b'{"id": "1", "choi'), "malformed", True),
    ("JSON that is no object", Raw(b"[1, 2]"), "malformed", True),
    ("another JSON", Raw(b'{"hello": "world"}'), "malformed", True),
    ("an empty body", Raw(b""), "malformed", True),
    ("a page for browsers", Raw(b"<html>Sign in</html>", "text/html"), "malformed", True),
    ("a page with an error", Raw(b"<html>Bad gateway</html>", "text/html", 502), "overloaded", True),
    ("an empty stream", Raw(b"", "text/event-stream"), "malformed", True),
    ("a stream of nothing", Raw(b"data: [DONE]\n\n", "text/event-stream"), "malformed", True),
    ("a stream that is no JSON", Raw(b"data: hello\n\n", "text/event-stream"), "malformed", True),
    ("an empty reply", Say(text=""), "malformed", True),
    ("blanks", Say(text=" \n "), "malformed", True),
    ("nothing but thoughts", Say(text="", reasoning="long", finish="length"), "malformed", False),
    ("a refusal", Say(text="I will not.", finish="refusal"), "refused", False),
]  # fmt: skip


@every_model
@pytest.mark.parametrize(
    ("reply", "reason", "again"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS]
)
def test_a_fault_has_its_reason_and_is_tried_again_if_that_can_help(
    llm_server: LlmServer, model: str, reply: ScriptedReply, reason: str, again: bool
) -> None:
    llm_server.script(reply)
    witness = Witnessed()
    idle_timeout_s = 0.3 if reason == "timeout" else 20.0
    failure = ask(config_for(llm_server, idle_timeout_s=idle_timeout_s), request(model), witness)
    assert isinstance(failure, Failure)
    assert (failure.reason, failure.retry_in_s) == (reason, None)  # it was allowed one attempt
    assert model in failure.message
    retried = run_with(
        config_for(llm_server, idle_timeout_s=idle_timeout_s, attempts=2),
        lambda models: _first_answer(models, replace(request(model), draw="quick/54")),
    )
    assert (retried.retry_in_s is not None) == again


async def _first_answer(models: Models, asked: Any) -> Failure:
    """The failure of the first of two attempts; the second is not waited for."""
    first: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    class First(Witnessed):
        async def answered(self, request: Any, attempt: int, reply: Any) -> None:
            if not first.done():
                first.set_result(reply)

    call = asyncio.create_task(models.complete(asked, First()))
    reply = await first
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    return reply


@every_model
def test_what_came_before_a_break_is_kept_and_counted(llm_server: LlmServer, model: str) -> None:
    llm_server.script(Say(text="abc" * 30, break_after=4))
    failure = ask(config_for(llm_server), request(model))
    assert isinstance(failure, Failure)
    assert failure.text
    assert ("abc" * 30).startswith(failure.text)
    assert (failure.tokens_in > 0, failure.tokens_out > 0) == (True, True)


@every_model
def test_a_failed_attempt_is_told_and_followed_by_another(llm_server: LlmServer, model: str) -> None:
    llm_server.script(Status(503, "busy", headers={"retry-after": "0.01"}), Say(text="x", break_after=0), "there")
    witness = Witnessed()
    reply = ask(config_for(llm_server, attempts=3), request(model, draw="quick/54"), witness)
    assert isinstance(reply, Response)
    assert [(what, attempt) for what, attempt, _ in witness.told] == [
        (what, attempt) for attempt in (1, 2, 3) for what in ("asked", "answered")
    ]
    assert [failure.reason for failure in witness.failures] == ["overloaded", "unreachable"]
    assert witness.failures[0].retry_in_s == pytest.approx(0.01, rel=0.11)


def test_a_call_that_goes_on_after_a_crash_counts_its_attempts_on(llm_server: LlmServer) -> None:
    witness = Witnessed()
    llm_server.script(Status(500, "oops"))
    ask(config_for(llm_server, attempts=3), request(attempt=3), witness)
    assert [(what, attempt) for what, attempt, _ in witness.told] == [("asked", 3), ("answered", 3)]


@every_model
def test_a_cancelled_call_closes_its_connection_and_gives_its_money_back(llm_server: LlmServer, model: str) -> None:
    llm_server.script(Say(text="x" * 90, stall_after=4))

    async def cancelled(models: Models) -> None:
        call = asyncio.create_task(models.complete(request(model), Witnessed()))
        while not llm_server.in_flight:
            await asyncio.sleep(0.01)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert models.budget.reserved.calls == 0

    run_with(config_for(llm_server), cancelled)


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_is_found_in_either_member(llm_server: LlmServer, field: str) -> None:
    llm_server.script(Say(text="said", reasoning="thought", reasoning_field=field))
    reply = ask(config_for(llm_server), request())
    assert isinstance(reply, Response)
    assert (reply.text, reply.reasoning) == ("said", "thought")


def test_reasoning_is_found_between_tags(llm_server: LlmServer) -> None:
    llm_server.script(Say(text="<think>thought</think>\n\nsaid", pieces=9))
    reply = ask(config_for(llm_server), request())
    assert isinstance(reply, Response)
    assert (reply.text, reply.reasoning) == ("said", "thought")


def test_what_openrouter_says_it_costs_counts(llm_server: LlmServer) -> None:
    llm_server.script(Say(text="said", extra_usage=(("cost", 0.0125),)))
    reply = ask(config_for(llm_server), request())
    assert isinstance(reply, Response)
    assert reply.cost_usd == 0.0125


def test_nobody_counts_and_the_reply_is_estimated(llm_server: LlmServer) -> None:
    llm_server.script(Say(text="x" * 350, usage=False))
    reply = ask(config_for(llm_server), request())
    assert isinstance(reply, Response)
    assert (reply.tokens_out, reply.tokens_in > 0) == (100, True)


def test_an_error_in_mid_stream_is_read(llm_server: LlmServer) -> None:
    chunk = b'data: {"choices": [{"delta": {"content": "so"}}]}\n\n'
    error = b'data: {"error": {"code": 429, "message": "too many"}, "choices": []}\n\n'
    llm_server.script(Raw(chunk + error, "text/event-stream"))
    failure = ask(config_for(llm_server), request())
    assert isinstance(failure, Failure)
    assert (failure.reason, failure.text) == ("rate_limited", "so")
    assert "too many" in failure.message


def chunk_of(text: str, finish: str | None = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish, **more}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


def ended_as(kind: str, status: str | None, reason: str | None = None) -> bytes:
    """A stream of Responses that says something and then ends, without an error object."""
    content = [{"type": "output_text", "text": "half a program"}]
    response = {
        "status": status,
        "incomplete_details": {"reason": reason} if reason else None,
        "error": None,
        "output": [{"type": "message", "content": content}],
        "usage": {"input_tokens": 11, "output_tokens": 7},
    }
    events = [
        {"type": "response.output_text.delta", "delta": "half a program"},
        {"type": kind, "response": {name: value for name, value in response.items() if value is not None}},
    ]
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)


@pytest.mark.parametrize(
    "finish", ["error", "ERROR", "abort", "insufficient_system_resource", "cancelled", "failed", "incomplete"]
)
@pytest.mark.parametrize("is_streamed", [True, False])
def test_a_reply_that_its_provider_broke_off_is_no_answer(
    llm_server: LlmServer, finish: str, is_streamed: bool
) -> None:
    message = {"message": {"role": "assistant", "content": "half a program"}, "finish_reason": finish}
    whole = Raw(json.dumps({"choices": [message]}).encode())
    llm_server.script(
        Raw(chunk_of("half a program") + chunk_of("", finish), "text/event-stream") if is_streamed else whole
    )
    failure = ask(config_for(llm_server), request())
    assert isinstance(failure, Failure)
    assert (failure.reason, failure.text) == ("overloaded", "half a program")
    assert repr(finish) in failure.message
    assert failure.tokens_out > 0, "what came may be charged for"


def test_what_a_choice_says_of_its_error_is_told(llm_server: LlmServer) -> None:
    error = {"code": 429, "message": "upstream is busy"}
    llm_server.script(Raw(chunk_of("half") + chunk_of("", "error", error=error), "text/event-stream"))
    failure = ask(config_for(llm_server), request())
    assert isinstance(failure, Failure)
    assert (failure.reason, failure.text) == ("rate_limited", "half")
    assert "upstream is busy" in failure.message


@pytest.mark.parametrize(
    ("kind", "status", "reason", "word"),
    [
        ("response.failed", "failed", None, "failed"),
        ("response.failed", None, None, "failed"),
        ("response.failed", "completed", None, "failed"),
        ("response.incomplete", "incomplete", None, "incomplete"),
        ("response.incomplete", None, None, "incomplete"),
        ("response.incomplete", "incomplete", "of_tomorrow", "incomplete"),
        ("response.completed", "cancelled", None, "cancelled"),
    ],
)
@pytest.mark.parametrize("is_streamed", [True, False])
def test_a_response_that_is_not_complete_is_no_answer(
    llm_server: LlmServer, kind: str, status: str | None, reason: str | None, word: str, is_streamed: bool
) -> None:
    body = ended_as(kind, status, reason)
    if not is_streamed:
        response = json.loads(body.splitlines()[-2].removeprefix(b"data: "))["response"]
        body = json.dumps({**response, "status": status if status not in {None, "completed"} else word}).encode()
    llm_server.script(Raw(body, "text/event-stream" if is_streamed else "application/json"))
    failure = ask(config_for(llm_server), request(MODELS[0]))
    assert isinstance(failure, Failure)
    assert (failure.reason, failure.text) == ("overloaded", "half a program")
    assert repr(word) in failure.message
    assert (failure.tokens_in, failure.tokens_out) == (11, 7)


@pytest.mark.parametrize("reason", ["max_output_tokens", "content_filter"])
def test_a_response_that_is_cut_or_filtered_is_what_it_was(llm_server: LlmServer, reason: str) -> None:
    llm_server.script(Raw(ended_as("response.incomplete", "incomplete", reason), "text/event-stream"))
    reply = ask(config_for(llm_server), request(MODELS[0]))
    if reason == "content_filter":
        assert isinstance(reply, Failure)
        assert reply.reason == "refused"
    else:
        assert isinstance(reply, Response)
        assert (reply.text, reply.finish_reason) == ("half a program", "length")


MEBIBYTE = 1 << 20
ENDLESS: list[tuple[str, ScriptedReply]] = [
    ("a stream that never ends", Say(text="x" * 6 * MEBIBYTE, pieces=6000)),
    ("thoughts that never end", Say(text="x", reasoning="x" * 6 * MEBIBYTE, pieces=6000)),
    ("a line that never ends", Raw(b"data: " + b"x" * 6 * MEBIBYTE, "text/event-stream")),
    ("keep-alives that never end", Raw(b": still here\n\n" * MEBIBYTE, "text/event-stream")),
    ("JSON that never ends", Raw(b'{"choices": [' + b" " * 6 * MEBIBYTE)),
    ("a page that never ends", Raw(b"x" * 6 * MEBIBYTE, "text/html")),
]


@every_model
@pytest.mark.parametrize("reply", [each[1] for each in ENDLESS], ids=[each[0] for each in ENDLESS])
def test_a_reply_that_goes_on_far_beyond_max_tokens_is_given_up(
    llm_server: LlmServer, model: str, reply: ScriptedReply
) -> None:
    llm_server.script(reply)
    witness = Witnessed()
    failure = ask(config_for(llm_server, attempts=3), request(model, max_tokens=100), witness)
    assert isinstance(failure, Failure)
    assert failure.reason == "malformed"
    assert "given up after 1,458,176 bytes" in failure.message
    assert "max_tokens = 100" in failure.message and "llm.max_tokens" in failure.message
    assert len(failure.text) <= 1.1 * MEBIBYTE
    assert len(witness.failures) == 1, "another attempt would cost as much"


@every_model
def test_a_reply_at_once_that_is_longer_than_it_can_be_is_none(llm_server: LlmServer, model: str) -> None:
    def whole(asked: Asked) -> ScriptedReply:
        form = next(form for end, form in FORMATS.items() if asked.path.endswith(end))
        return Raw(json.dumps(form.whole(Say(text="x" * 1_300_000), asked.body)).encode())

    llm_server.script(whole)
    failure = ask(config_for(llm_server), request(model, max_tokens=100))
    assert isinstance(failure, Failure)
    assert (failure.reason, len(failure.text)) == ("malformed", MEBIBYTE + 6400)
    assert "given up after 1,054,976 characters" in failure.message


@every_model
def test_a_long_error_is_told_by_its_beginning(llm_server: LlmServer, model: str) -> None:
    llm_server.script(Raw(b"out of order " + b"x" * 6 * MEBIBYTE, "text/plain", 503))
    failure = ask(config_for(llm_server), request(model))
    assert isinstance(failure, Failure)
    assert failure.reason == "overloaded"
    assert "out of order" in failure.message and len(failure.message) < 1000


@pytest.mark.parametrize(("status", "most"), [(400, 1 << 16), (503, 1 << 16), (307, 1 << 16), (200, 1000 * 1000)])
def test_of_an_error_no_more_than_its_beginning_is_read(status: int, most: int) -> None:
    class Body(httpx2.AsyncByteStream):
        closed = False

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for _ in range(1000):
                yield b"x" * 1000

        async def aclose(self) -> None:
            self.closed = True

    async def read() -> bytes:
        body = Body()
        response = httpx2.Response(status, stream=body)
        await keep_errors_short(response)
        content = await response.aread()
        assert body.closed
        return content

    assert asyncio.run(read()) == b"x" * most


def test_a_conversation_goes_out_as_it_is(llm_server: LlmServer) -> None:
    turns = (
        Message(role="user", content="a"),
        Message(role="assistant", content="b"),
        Message(role="user", content="c"),
    )
    for model in MODELS:
        ask(config_for(llm_server), request(model, messages=turns))
        sent = llm_server.asked[-1].body.get("messages") or llm_server.asked[-1].body["input"]
        assert [turn["role"] for turn in sent] == ["user", "assistant", "user"]
    assert sent[-1]["content"][0]["cache_control"] == {"type": "ephemeral"}  # Anthropic's, the last


def test_a_server_that_is_not_there_is_unreachable(llm_server: LlmServer) -> None:
    nowhere = config_for(llm_server, providers={"compatible": ProviderConfig(base_url="http://127.0.0.1:9/v1")})
    failure = ask(nowhere, request())
    assert isinstance(failure, Failure)
    assert failure.reason == "unreachable"
    assert "127.0.0.1:9" in failure.message


def test_the_whole_attempt_has_an_end_even_if_bytes_keep_coming(llm_server: LlmServer) -> None:
    llm_server.script(Say(text="x" * 10_000, pieces=10_000, piece_s=0.05))
    failure = ask(config_for(llm_server, timeout_s=0.5), request())
    assert isinstance(failure, Failure)
    assert failure.reason == "timeout"
    assert "llm.timeout_s = 0.5" in failure.message


def test_no_account_of_openai_is_told_to_others(llm_server: LlmServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-mine")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-mine")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    ask(config_for(llm_server), request("compatible/m"), environment={})
    assert not [value for value in llm_server.asked[0].headers.values() if "mine" in value or KEY in value]


@pytest.mark.parametrize("model", ["nosuch/model", "openai/gpt-6-sol"])
def test_what_cannot_be_asked_is_told_and_not_sent(llm_server: LlmServer, model: str) -> None:
    witness = Witnessed()
    failure = ask(config_for(llm_server), request(model), witness, environment={})
    assert isinstance(failure, Failure)
    assert failure.reason == ("bad_request" if "nosuch" in model else "unauthorized")
    assert (len(witness.told), llm_server.asked) == (2, [])


def test_a_price_is_paid_for_what_is_known(llm_server: LlmServer) -> None:
    llm_server.script(Say(text="x", tokens_in=1_000_000, tokens_out=100_000))
    known = ask(config_for(llm_server), request("openai/gpt-6-sol"))
    assert isinstance(known, Response)
    assert known.cost_usd == pytest.approx(4.0 + 1.5)  # above 272,000 tokens
    unknown = ask(config_for(llm_server), request("compatible/some-model"))
    assert isinstance(unknown, Response)
    assert unknown.cost_usd is None


def test_a_call_that_would_pass_the_budget_is_not_sent(llm_server: LlmServer) -> None:
    witness = Witnessed()
    failure = ask(config_for(llm_server), request("openai/gpt-6-sol"), witness, budget=BudgetConfig(usd=0.001))
    assert isinstance(failure, Failure)
    assert (failure.reason, failure.retry_in_s, failure.cost_usd) == ("budget", None, 0.0)
    assert "budget.usd = 0.001" in failure.message
    assert (llm_server.asked, len(witness.told)) == ([], 2)


def test_a_slow_provider_does_not_starve_another() -> None:
    slow_model, quick_model = "slow/m", "quick/m"

    async def work(models: Models) -> None:
        slow = [asyncio.create_task(models.complete(request(slow_model), Witnessed())) for _ in range(20)]
        while stalled.in_flight < 2:
            await asyncio.sleep(0.01)
        async with asyncio.timeout(100):
            replies = await asyncio.gather(*(models.complete(request(quick_model), Witnessed()) for _ in range(40)))
        assert [reply for reply in replies if not isinstance(reply, Response)] == []
        assert not any(task.done() for task in slow)
        assert stalled.most_in_flight == 2  # and the slow one is not asked more often than it may be
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)

    with LlmServer(Say(text="x" * 90, stall_after=2)) as stalled, LlmServer("quick") as server:
        providers = {
            "slow": ProviderConfig(base_url=stalled.openai, max_concurrency=2),
            "quick": ProviderConfig(base_url=server.openai, max_concurrency=4),
        }
        run_with(config_for(server, providers=providers, idle_timeout_s=200.0, timeout_s=200.0), work)
        assert server.most_in_flight <= 4


def test_a_run_does_not_outlive_its_time_by_what_a_provider_asks_it_to_wait(llm_server: LlmServer) -> None:
    async def work(models: Models) -> None:
        async with asyncio.timeout(100):
            reply = await models.complete(request(), first)
            behind = await models.complete(request(), second)
        for failure in (reply, behind):
            assert isinstance(failure, Failure)
            assert (failure.reason, failure.retry_in_s) == ("rate_limited", None)
        assert reply.message.endswith("429: no; the run's time (stop.wall_s) was over before another attempt")
        assert behind.message.endswith("was over while it waited for its turn; it was not sent")

    first, second = Witnessed(), Witnessed()
    llm_server.script(Status(429, headers={"retry-after": "120"}))
    run_with(config_for(llm_server, attempts=3), work, ends_in_s=0.5)
    assert len(llm_server.asked) == 1
    assert [attempt for _, attempt, _ in first.told] == [1, 1, 2, 2]
    assert [attempt for _, attempt, _ in second.told] == [1, 1]


def test_what_the_headers_say_holds_calls_back() -> None:
    headers = {
        "x-ratelimit-limit-requests": "1000",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "500s",
    }

    came: list[float] = []

    def ok(asked: Asked) -> str:
        came.append(time.monotonic())
        return "ok"

    async def work(models: Models) -> None:
        for _ in range(2):
            assert isinstance(await models.complete(request(), Witnessed()), Response)

    with LlmServer(ok, headers=headers) as server:
        run_with(config_for(server), work)
    first, second = came
    assert second - first >= 0.45  # one request refills in half a second; this is what is asked for, not a speed
