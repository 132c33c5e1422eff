"""What may be a secret in an address does not get past `masked`, and ordinary texts do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.masking import masked, masked_values

SECRET = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!*+%", min_size=3).map(
    lambda s: f"Zq{s}"
)
PLACES = (
    "nats://ada:{}@host:4222",
    "nats://{}@host:4222",
    "tls://ada:{}@host:4222,tls://ada:x@other:4222",
    "http:/ada:{}@host",
    "http://ada:pa/ss@{}@host/x",
    "ada:{}@host:4222",
    "nats.url=ada:{}@host",
    "http://host:8123/?user=ada&password={}",
    "http://host:8123/?PassWord={}&x=1",
    "http://host/v1?api_key={}",
    "Max retries exceeded with url: /?database=x&token={}&query_id=1 (Caused by E)",
    "connect 'https://host/p?X-Amz-Signature={}' failed",
    'said "http://host?access_token={}".',
)


@pytest.mark.parametrize("place", PLACES)
@given(secret=SECRET)
def test_a_secret_in_an_address_is_never_shown(place: str, secret: str) -> None:
    said = masked(f"error: {place.format(secret)}: connection refused")
    assert secret not in said
    assert said.startswith("error: ") and said.endswith(" connection refused")


@pytest.mark.parametrize(
    "text",
    [
        "nats://host:4222, nats://other:4222",
        "http://127.0.0.1:8123/?database=genesis&max_threads=1",
        "'genesis sidecar --once runs/r clickhouse.url=http://h:1 clickhouse.password_env=PASSWORD' loads them",
        "write to ada@example.com",
        "12:30:01 p000007 by llm_diff@2",
        "a decorator: @functools.cache",
        "budget.tokens = 500: it should be 1 or more",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert masked(text) == text


def test_a_line_of_diagnostics_is_masked_value_by_value() -> None:
    line = masked_values(None, "", {"why": "nats://a:b@h is away", "n": 3})
    assert line == {"why": "nats://***@h is away", "n": 3}
