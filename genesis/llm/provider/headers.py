"""What a provider's headers say of its limits and of when to come back. Pure.

Times of day in headers are compared with the ``date`` of the same reply, so that a clock that is off here does not
matter.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal, TypeAlias

from genesis.llm.provider.port import Headers

__all__ = ["RateWindow", "Resource", "duration_s", "rate_windows", "wait_asked_for"]

Resource: TypeAlias = Literal["requests", "tokens", "input_tokens", "output_tokens"]

_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_OPENAI = (("requests", "requests"), ("tokens", "tokens"))
_ANTHROPIC = (
    ("requests", "requests"),
    ("tokens", "tokens"),
    ("input-tokens", "input_tokens"),
    ("output-tokens", "output_tokens"),
)


@dataclass(frozen=True, slots=True)
class RateWindow:
    """What is left of one resource until it is whole again.

    Attributes:
        resource: What is counted.
        limit: A whole window's worth, None when it is not said.
        remaining: Of it.
        reset_s: Seconds until it is whole again, 0 when it is now.
    """

    resource: Resource
    limit: int | None
    remaining: int
    reset_s: float


def wait_asked_for(headers: Headers) -> float | None:
    """Seconds that the provider asks to wait before the next attempt; None when it asks for nothing.

    ``retry-after-ms`` and ``retry-after`` count first; without them, the longest reset of what is used up.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    if (given := headers.get("retry-after")) is not None and (seconds := _seconds(given, headers)) is not None:
        return seconds
    used_up = [window.reset_s for window in rate_windows(headers) if window.remaining <= 0]
    return max(used_up, default=None)


def rate_windows(headers: Headers) -> Iterator[RateWindow]:
    """The windows that the headers tell of, in OpenAI's or Anthropic's names."""
    for name, resource in _OPENAI:
        yield from _window(headers, resource, f"x-ratelimit-{{}}-{name}")
    for name, resource in _ANTHROPIC:
        yield from _window(headers, resource, f"anthropic-ratelimit-{name}-{{}}")


def _window(headers: Headers, resource: str, pattern: str) -> Iterator[RateWindow]:
    remaining = _number(headers.get(pattern.format("remaining")))
    if remaining is None:
        return
    limit = _number(headers.get(pattern.format("limit")))
    reset = _seconds(headers.get(pattern.format("reset"), ""), headers)
    yield RateWindow(
        resource,  # pyright: ignore[reportArgumentType]  of the two tables above
        None if limit is None else int(limit),
        int(remaining),
        reset or 0.0,
    )


def duration_s(text: str) -> float | None:
    """Seconds of ``6m0s``, ``1.5s``, ``20ms`` or plain ``30``; None for anything else."""
    plain = _number(text)
    if plain is not None:
        return plain
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text.strip():
        return None
    return math.fsum(float(number) * _UNITS_S[unit] for number, unit in parts)


def _seconds(text: str, headers: Headers) -> float | None:
    """Seconds of a duration or until a time of day, never below 0."""
    seconds = duration_s(text)
    if seconds is None:
        then, now = _time(text), _time(headers.get("date", ""))
        if then is None or now is None:
            return None
        seconds = (then - now) / timedelta(seconds=1)
    return max(0.0, seconds)


def _time(text: str) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            time = read(text.strip())
        except (ValueError, TypeError):
            continue
        return time if time.tzinfo else time.replace(tzinfo=UTC)
    return None


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text is not None else None
    except ValueError:
        return None
    return number if number is not None and math.isfinite(number) and number >= 0 else None
