"""What `python -m sidecar` refuses before it begins, and what it says then."""

from collections.abc import Iterator

import pytest
import structlog

from sidecar.__main__ import main, parse

SECRET = "s3cret-horse"


@pytest.fixture(autouse=True)
def _diagnostics_of_others_stay_as_they_were() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "url", ["nats://[::1", "bogus", "http://127.0.0.1:4222", "nats://127.0.0.1:x", "nats://", "nats://a:1,bogus", ","]
)
def test_what_is_no_address_of_a_broker_is_not_waited_for(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--nats", url]) == 2
    assert "is no address of a broker: write nats://HOST:PORT" in capsys.readouterr().err


@pytest.mark.parametrize("url", [f"nats://ada:{SECRET}@h:4222", f"nats://{SECRET}@h", f"nats://a:1,tls://a:{SECRET}@h"])
def test_a_secret_in_a_broker_s_address_is_refused_and_not_shown(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--once", "--nats", url]) == 2
    said = capsys.readouterr().err
    assert "--nats-password-env" in said
    assert SECRET not in said
    monkeypatch.setenv("NATS_URL", url)
    assert main(["--once"]) == 2


@pytest.mark.parametrize("url", ["nats://127.0.0.1:4222", "tls://a:1, nats://b", "nats://[::1]:4222"])
def test_addresses_are_taken(url: str) -> None:
    settings = parse(["--nats", url], {})
    assert settings.nats is not None
    assert settings.nats.url == url


@pytest.mark.parametrize(
    ("option", "text", "rule"),
    [
        ("--batch-rows", "0", "'0': a whole number of 1 or more is needed"),
        ("--batch-bytes", "many", "'many': a whole number of 1 or more is needed"),
        ("--batch-age-s", "-1", "'-1': seconds are needed, from 0 to 3600"),
        ("--wait-s", "nan", "'nan': seconds are needed, from 0 to 3600"),
    ],
)
def test_a_number_that_cannot_be_is_told_the_rule(
    option: str, text: str, rule: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([f"{option}={text}"])
    assert ended.value.code == 2
    assert rule in capsys.readouterr().err
