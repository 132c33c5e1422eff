"""What replies, headers and errors of providers are read as."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis.llm.provider.anthropic_messages import MessagesDecoder, messages_body
from genesis.llm.provider.errors import read_error
from genesis.llm.provider.headers import RateWindow, duration_s, rate_windows, wait_asked_for
from genesis.llm.provider.heard import Heard, split_reasoning
from genesis.llm.provider.openai_chat import ChatDecoder, chat_body
from genesis.llm.provider.openai_responses import ResponsesDecoder, responses_body
from genesis.llm.provider.port import Answer, Endpoint, Fault, Quirks
from tests.llm.asking import request

NAMES = [
    *("type", "choices", "delta", "message", "content", "text", "thinking", "reasoning", "refusal", "usage", "error"),
    *("response", "output", "code", "finish_reason", "status", "completion_tokens", "prompt_tokens_details", "cost"),
    *("stop_reason", "input_tokens", "summary", "incomplete_details", "content_block"),
]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
objects = json_values.filter(lambda value: isinstance(value, dict))


@pytest.mark.parametrize("decoder", [ChatDecoder, ResponsesDecoder, MessagesDecoder])
@given(events=st.lists(objects, max_size=4), whole=objects)
def test_no_json_of_a_server_breaks_a_decoder(decoder: type, events: list[dict], whole: dict) -> None:
    heard = decoder()
    for event in events:
        heard.event(event)
    heard.whole(whole)
    assert isinstance(heard.heard.outcome(request(), None), Answer | Fault)


@pytest.mark.parametrize(
    ("text", "said", "thought"),
    [
        ("<think>a b</think>\n\nc", "c", "a b"),
        ("\n<thought>a</thought>c", "c", "a"),
        ("a</think>\nc", "c", "a"),
        ("<think>a", "", "a"),
        ("x = '<think>'\ny = '</think>'", "x = '<think>'\ny = '</think>'", ""),
        ("plain", "plain", ""),
        ("", "", ""),
    ],
)
def test_thoughts_between_tags_are_taken_out(text: str, said: str, thought: str) -> None:
    assert split_reasoning(text) == (said, thought)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("6m0s", 360), ("1.5s", 1.5), ("20ms", 0.02), ("1h2m3s", 3723), ("30", 30), ("0", 0), ("2d", 172_800),
        ("", None), ("soon", None), ("5 s", None), ("-3", None), ("nan", None), ("3x", None), ("inf", None),
    ],
)  # fmt: skip
def test_durations_of_headers(text: str, seconds: float | None) -> None:
    assert duration_s(text) == seconds


DATE = {"date": "Tue, 24 Nov 2026 12:00:00 GMT"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Tue, 24 Nov 2026 12:00:30 GMT", **DATE}, 30),
        ({"retry-after": "Tue, 24 Nov 2026 11:00:00 GMT", **DATE}, 0),
        ({"retry-after": "Tue, 24 Nov 2026 12:00:30 GMT"}, None),
        ({"retry-after": "later", "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "2s"}, 2),
        ({"x-ratelimit-remaining-requests": "5", "x-ratelimit-reset-requests": "2s"}, None),
        (
            {
                "anthropic-ratelimit-input-tokens-remaining": "0",
                "anthropic-ratelimit-input-tokens-reset": "2026-11-24T12:00:12Z",
                **DATE,
            },
            12,
        ),
        ({}, None),
    ],
)
def test_what_a_provider_asks_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert wait_asked_for(headers) == seconds


def test_windows_of_both_providers_are_read() -> None:
    headers = {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "59",
        "x-ratelimit-reset-requests": "1s",
        "anthropic-ratelimit-output-tokens-limit": "8000",
        "anthropic-ratelimit-output-tokens-remaining": "7600",
        "anthropic-ratelimit-output-tokens-reset": "2026-11-24T12:00:03Z",
        **DATE,
    }
    assert list(rate_windows(headers)) == [
        RateWindow("requests", 60, 59, 1.0),
        RateWindow("output_tokens", 8000, 7600, 3.0),
    ]


@pytest.mark.parametrize(
    ("body", "message", "kind"),
    [
        ({"error": {"message": "m", "type": "t", "code": "c"}}, "m", "c"),
        ({"error": {"message": "m", "type": "t", "code": None}}, "m", "t"),
        ({"type": "error", "error": {"type": "overloaded_error", "message": "m"}}, "m", "overloaded_error"),
        ([{"error": {"code": 400, "message": "m", "status": "INVALID_ARGUMENT"}}], "m", "INVALID_ARGUMENT"),
        ({"detail": "m"}, "m", ""),
        ({"error": "m"}, "m", ""),
        ("<html><style>x</style><h1>502</h1>\nbad gateway</html>", "502 bad gateway", ""),
        (None, "no message", ""),
        ([], "no message", ""),
    ],
)
def test_errors_are_read_in_every_shape(body: object, message: str, kind: str) -> None:
    error = read_error(body)
    assert (error.message, error.kind) == (message, kind)


def test_a_long_error_is_cut() -> None:
    assert len(read_error("x" * 10_000).message) < 700


def endpoint(**quirks: object) -> Endpoint:
    return Endpoint(name="x", base_url=None, api_key="", quirks=Quirks(**quirks))  # type: ignore[arg-type]


def test_chat_follows_the_quirks_of_a_server() -> None:
    asked = request(temperature=0.2, reasoning_effort="high", parameters={"top_p": 0.9, "seed": 1})
    plain = chat_body(asked, "m", endpoint())
    assert (plain["max_tokens"], plain["temperature"], plain["reasoning_effort"]) == (2000, 0.2, "high")
    assert (plain["top_p"], plain["seed"], plain["stream_options"]) == (0.9, 1, {"include_usage": True})
    odd = chat_body(asked, "m", endpoint(max_tokens="max_completion_tokens", effort="reasoning", body={"usage": {}}))
    assert (odd["max_completion_tokens"], odd["reasoning"], odd["usage"]) == (2000, {"effort": "high"}, {})
    assert "max_tokens" not in odd
    assert "reasoning_effort" not in odd


def test_what_is_not_set_is_not_sent() -> None:
    assert not {"temperature", "reasoning_effort", "reasoning"} & set(chat_body(request(), "m", endpoint()))
    assert "temperature" not in responses_body(request(), "gpt-6-sol", endpoint())
    assert "temperature" not in messages_body(request(), "claude-opus-5", endpoint())


@pytest.mark.parametrize(
    ("model", "reasoning"),
    [
        ("gpt-6-sol", {"summary": "auto", "effort": "low"}),
        ("gpt-4.1-mini", None),
        ("o3", {"summary": "auto", "effort": "low"}),
    ],
)
def test_reasoning_is_asked_of_models_that_have_it(model: str, reasoning: object) -> None:
    assert responses_body(request(reasoning_effort="low"), model, endpoint()).get("reasoning") == reasoning


@pytest.mark.parametrize(
    ("model", "effort", "thinking", "output"),
    [
        ("claude-sonnet-5-5", None, {"type": "adaptive", "display": "summarized"}, None),
        ("claude-opus-4-6", "minimal", {"type": "adaptive", "display": "summarized"}, {"effort": "low"}),
        ("claude-haiku-4-5-20251001", "high", {"type": "enabled", "budget_tokens": 6144}, None),
        ("claude-sonnet-4-20250514", "medium", {"type": "enabled", "budget_tokens": 4096}, None),
        ("claude-opus-4-1", "minimal", {"type": "enabled", "budget_tokens": 1228}, None),
        ("claude-3-5-haiku-latest", None, None, None),
        ("claude-sonnet-5", "none", {"type": "disabled"}, None),
    ],
)
def test_each_generation_of_claude_is_asked_to_think_in_its_way(
    model: str, effort: str | None, thinking: object, output: object
) -> None:
    body = messages_body(request(model, reasoning_effort=effort, max_tokens=8192), model, endpoint())
    assert (body.get("thinking"), body.get("output_config")) == (thinking, output)


def test_the_stable_prefix_is_marked_to_be_cached() -> None:
    body = messages_body(request(), "claude-sonnet-5", endpoint())
    assert body["system"] == [{"type": "text", "text": "You are careful.", "cache_control": {"type": "ephemeral"}}]
    assert body["messages"] == [{"role": "user", "content": "improve it"}]


def test_a_reply_without_counts_is_estimated() -> None:
    heard = Heard(text=["x" * 70], finish="stop")
    outcome = heard.outcome(request(text="y" * 35), None)
    assert (outcome.usage.tokens_out, outcome.usage.tokens_in) == (20, 15)


def test_models_that_think_are_not_sent_a_temperature() -> None:
    warm = request(temperature=0.5)
    assert "temperature" not in responses_body(warm, "gpt-6-sol", endpoint())
    assert responses_body(warm, "gpt-4.1", endpoint())["temperature"] == 0.5
    assert "temperature" not in messages_body(warm, "claude-sonnet-5", endpoint())
    assert messages_body(warm, "claude-haiku-4-5", endpoint())["temperature"] == 0.5
    assert "temperature" not in chat_body(warm, "gpt-6-sol", endpoint(thinkers_take_no_temperature=True))
    assert chat_body(warm, "gpt-6-sol", endpoint())["temperature"] == 0.5
    asked = request(temperature=0.5, reasoning_effort="none")
    assert responses_body(asked, "gpt-6-sol", endpoint())["temperature"] == 0.5
    assert responses_body(asked, "gpt-6-sol", endpoint())["reasoning"] == {"effort": "none"}


def test_thoughts_that_only_the_total_counts_are_paid_for() -> None:
    heard = ChatDecoder()
    counted = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 115}
    heard.event({"choices": [{"delta": {"content": "x"}, "finish_reason": "stop"}], "usage": counted})
    usage = heard.heard.counted(request())
    assert (usage.tokens_in, usage.tokens_out, usage.tokens_reasoning) == (10, 105, 100)
