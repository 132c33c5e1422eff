"""Every error has one closed reason: the mapping is total over both SDKs, their transport and every status."""

import inspect
from types import ModuleType
from typing import get_args

import anthropic
import httpx2
import openai
import pytest

from events.types import LlmFailureReason
from genesis.llm.preflight import REMEDIES
from genesis.llm.provider import anthropic_messages, openai_client
from genesis.llm.provider.exchange import TRANSPORT, reason_for
from genesis.llm.provider.faults import KINDS, RETRIED, STATUSES, fault_of, reason_of_status

REASONS = set(get_args(LlmFailureReason))


def errors_of(module: ModuleType, root: type[Exception]) -> list[type[Exception]]:
    found = {value for _, value in inspect.getmembers(module, inspect.isclass) if issubclass(value, root)}
    return sorted(found, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", errors_of(openai._exceptions, openai.OpenAIError))
def test_every_error_of_openais_sdk_has_a_reason(kind: type[Exception]) -> None:
    reasons = {**TRANSPORT, **openai_client.REASONS}
    reason = reason_for(kind.__new__(kind), reasons)
    assert reason in REASONS or (reason is None and issubclass(kind, openai.APIStatusError))


@pytest.mark.parametrize("kind", errors_of(anthropic._exceptions, anthropic.AnthropicError))
def test_every_error_of_anthropics_sdk_has_a_reason(kind: type[Exception]) -> None:
    reasons = {**TRANSPORT, **anthropic_messages.REASONS}
    reason = reason_for(kind.__new__(kind), reasons)
    assert reason in REASONS or (reason is None and issubclass(kind, anthropic.APIStatusError))


@pytest.mark.parametrize("kind", [*errors_of(httpx2, httpx2.RequestError), httpx2.InvalidURL])
def test_every_error_of_the_transport_has_a_reason(kind: type[Exception]) -> None:
    assert reason_for(kind.__new__(kind), TRANSPORT) in REASONS


def test_the_sdks_have_the_errors_that_the_tests_above_look_at() -> None:
    assert len(errors_of(openai._exceptions, openai.OpenAIError)) > 10
    assert len(errors_of(anthropic._exceptions, anthropic.AnthropicError)) > 10
    assert len(errors_of(httpx2, httpx2.RequestError)) > 10


@pytest.mark.parametrize("status", [*range(100, 200), *range(300, 600), 999])
def test_every_status_that_is_no_success_has_a_reason(status: int) -> None:
    reason = reason_of_status(status)
    assert reason in REASONS
    assert (reason == "bad_request") <= (400 <= status < 500)


@pytest.mark.parametrize("kind", sorted({**KINDS, "of_tomorrow": "", "": ""}))
@pytest.mark.parametrize("status", [None, 400, 401, 404, 429, 500, 503, 529])
def test_every_kind_of_error_with_every_status_has_a_reason(kind: str, status: int | None) -> None:
    fault = fault_of("m", kind=kind, status=status)
    assert fault.reason in REASONS
    assert fault.again == (fault.reason in RETRIED)


@pytest.mark.parametrize(
    ("status", "kind", "message", "reason"),
    [
        (400, "invalid_request_error", "max_tokens is too large", "bad_request"),
        (400, "context_length_exceeded", "", "bad_request"),
        (400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", "unauthorized"),
        (401, "invalid_api_key", "", "unauthorized"),
        (402, "", "Insufficient Balance", "unauthorized"),
        (403, "permission_error", "", "unauthorized"),
        (404, "model_not_found", "", "bad_request"),
        (404, "", "", "bad_request"),
        (413, "request_too_large", "", "bad_request"),
        (429, "rate_limit_exceeded", "", "rate_limited"),
        (429, "insufficient_quota", "", "unauthorized"),
        (500, "server_error", "", "overloaded"),
        (502, "", "", "overloaded"),
        (504, "", "", "timeout"),
        (529, "overloaded_error", "", "overloaded"),
        (301, "", "", "unreachable"),
        (None, "overloaded_error", "", "overloaded"),
        (None, "invalid_request_error", "", "bad_request"),
        (None, "", "", "overloaded"),
        (400, "content_filter", "", "refused"),
    ],
)
def test_what_is_known_of_the_providers(status: int | None, kind: str, message: str, reason: str) -> None:
    assert fault_of(message, kind=kind, status=status).reason == reason


def test_refusals_and_bad_requests_are_never_tried_again() -> None:
    assert REASONS - {"refused", "bad_request", "unauthorized", "budget"} == RETRIED


def test_each_reason_has_a_remedy_and_statuses_are_reasons() -> None:
    assert set(REMEDIES) == REASONS
    assert set(STATUSES.values()) | set(KINDS.values()) <= REASONS
