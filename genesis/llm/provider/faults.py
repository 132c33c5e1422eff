"""What an error of a provider means: every status and every kind has one closed reason. Pure.

A status alone does not say all: OpenAI answers 429 both to who asks too fast and to who has no credit left, and
compatible servers answer 400 to nearly anything. So the kinds and codes that are known come first.
"""

from collections.abc import Mapping
from types import MappingProxyType

from events.types import LlmFailureReason
from genesis.llm.provider.port import Fault, Usage

__all__ = ["KINDS", "RETRIED", "STATUSES", "fault_of", "reason_of_status"]

RETRIED: frozenset[LlmFailureReason] = frozenset({"rate_limited", "overloaded", "timeout", "unreachable", "malformed"})
"""Reasons that may not hold for another attempt."""

KINDS: Mapping[str, LlmFailureReason] = MappingProxyType(
    {
        "api_error": "overloaded",
        "authentication_error": "unauthorized",
        "billing_error": "unauthorized",
        "billing_hard_limit_reached": "unauthorized",
        "content_filter": "refused",
        "content_policy_violation": "refused",
        "context_length_exceeded": "bad_request",
        "insufficient_quota": "unauthorized",
        "invalid_api_key": "unauthorized",
        "invalid_request_error": "bad_request",
        "model_not_found": "bad_request",
        "not_found_error": "bad_request",
        "overloaded_error": "overloaded",
        "permission_error": "unauthorized",
        "rate_limit_error": "rate_limited",
        "rate_limit_exceeded": "rate_limited",
        "request_too_large": "bad_request",
        "server_error": "overloaded",
        "server_is_overloaded": "overloaded",
        "slow_down": "rate_limited",
        "timeout_error": "timeout",
    }
)
"""Kind or code of an error, in the providers' words, to its reason."""

_SPECIFIC = frozenset(KINDS) - {"invalid_request_error", "api_error", "server_error"}
"""Kinds that say more than a status does; the others are given with every status."""

STATUSES: Mapping[int, LlmFailureReason] = MappingProxyType(
    {
        401: "unauthorized",
        402: "unauthorized",
        403: "unauthorized",
        407: "unreachable",
        408: "timeout",
        409: "overloaded",
        425: "overloaded",
        429: "rate_limited",
        498: "rate_limited",
        499: "timeout",
        504: "timeout",
        524: "timeout",
    }
)
"""Status to its reason, where that is not the one of its class."""


def reason_of_status(status: int) -> LlmFailureReason:
    """The reason of any status that is not success."""
    if status in STATUSES:
        return STATUSES[status]
    if status >= 500:
        return "overloaded"
    if 400 <= status < 500:
        return "bad_request"
    return "unreachable"  # a redirect, or nothing of HTTP: this is not the provider's address


def fault_of(
    message: str,
    *,
    kind: str = "",
    status: int | None = None,
    wait_s: float | None = None,
    usage: Usage | None = None,
    text: str = "",
    request_id: str | None = None,
) -> Fault:
    """The fault that an error of the provider is.

    Args:
        message: In its words.
        kind: Its type or code.
        status: Of the reply; None when the error came in the middle of a stream that had begun well.
        wait_s: Seconds that it asks to wait.
        usage: What it may charge for.
        text: What came of the reply.
        request_id: The provider's.
    """
    if kind in _SPECIFIC or (status is None and kind in KINDS):
        reason = KINDS[kind]
    else:
        reason = "overloaded" if status is None else reason_of_status(status)
    if reason == "bad_request" and "api key" in message.lower():
        reason = "unauthorized"  # Google's answer to a wrong key is a bad request
    shown = f"{status}: {message}" if status else message
    return Fault(
        reason=reason,
        message=shown,
        again=reason in RETRIED,
        wait_s=wait_s,
        usage=usage or Usage(),
        text=text,
        request_id=request_id,
    )
