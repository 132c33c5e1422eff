"""Keys are never shown, whoever repeats them."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis.llm.port import Failure, Response
from genesis.llm.secrets import Mask
from tests.llm.asking import KEY, MODELS, Witnessed, ask, config_for, request
from tests.llm.servers import Asked, LlmServer, Raw, Say, ScriptedReply, Status

KEYED = st.from_regex(r"[A-Za-z0-9+/=_-]{8,40}", fullmatch=True)


@given(secret=KEYED, before=st.text(max_size=20), after=st.text(max_size=20))
def test_a_secret_is_masked_wherever_it_stands(secret: str, before: str, after: str) -> None:
    masked = Mask([secret]).text(f"{before}{secret}{after}{quote(secret, safe='')}")
    assert secret not in masked.replace("[key]", "")


@given(st.text())
def test_a_text_without_secrets_is_not_changed(text: str) -> None:
    assert Mask([KEY, ""]).text(text) == text


def test_a_word_that_stands_for_a_key_is_left_in_what_a_model_wrote_and_out_of_messages() -> None:
    mask = Mask(["EMPTY"])
    assert mask.text("EMPTY = 0") == "EMPTY = 0"
    assert mask.message("wrong key EMPTY") == "wrong key [key]"


@pytest.mark.parametrize(
    "message",
    [
        "Incorrect API key provided: sk-proj-********************xyz9.",
        "invalid key AIzaSyA1234567890abcdefg",
        "headers: {'authorization': 'Bearer abcdef0123456789'}",
    ],
)
def test_what_looks_like_a_key_is_left_out_of_messages(message: str) -> None:
    masked = Mask([]).message(message)
    assert "[key]" in masked
    assert not any(part in masked for part in ("xyz9", "AIzaSy", "abcdef0123456789"))


def echo(asked: Asked) -> ScriptedReply:
    return Status(401, f"wrong key {asked.headers['authorization']} in {asked.headers}")


def echo_as_text(asked: Asked) -> ScriptedReply:
    return Say(text=f"your key is {KEY}", reasoning=f"hm, {KEY}", pieces=1)


def echo_as_a_page(asked: Asked) -> ScriptedReply:
    return Raw(f"<html>{asked.headers}</html>".encode(), "text/html")


def echo_as_broken_json(asked: Asked) -> ScriptedReply:
    return Raw(f'{{"key": "{KEY}'.encode())


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("script", [echo, echo_as_text, echo_as_a_page, echo_as_broken_json])
def test_a_provider_that_repeats_the_key_is_not_repeated(llm_server: LlmServer, model: str, script: object) -> None:
    llm_server.script(script)  # type: ignore[arg-type]
    witness = Witnessed()
    reply = ask(config_for(llm_server), request(model), witness)
    assert isinstance(reply, Response | Failure)
    assert KEY in llm_server.asked[0].headers["authorization"]
    assert KEY not in repr(reply) + repr(witness.told)
