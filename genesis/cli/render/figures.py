"""Numbers as people read them."""

from datetime import datetime

from events.types import MetricSpec

__all__ = ["age", "clock", "count", "duration", "many", "megabytes", "money", "ratio", "share", "value"]

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400


def count(number: int) -> str:
    """``12,345``."""
    return f"{number:,}"


def many(number: int, noun: str) -> str:
    """``1 program``, ``12 programs``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def clock(seconds: float) -> str:
    """``0:03:05``, for figures that change while they are looked at."""
    whole = int(seconds)
    return f"{whole // _HOUR_S}:{whole % _HOUR_S // _MINUTE_S:02d}:{whole % _MINUTE_S:02d}"


def age(then: datetime, now: datetime) -> str:
    """How long something has been: ``12 s``, ``3 min``, ``5 h``, ``2 d``."""
    seconds = max(0, int((now - then).total_seconds()))
    for unit, size in (("d", _DAY_S), ("h", _HOUR_S), ("min", _MINUTE_S)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def value(number: float | None, spec: MetricSpec) -> str:
    """A metric in its own units with its own decimals, a dash where there is none."""
    if number is None:
        return "—"
    return f"{number:.{spec.decimals}f}" + (f" {spec.unit}" if spec.unit else "")


def share(part: int, whole: int) -> str:
    """``83 %``, a dash of nothing."""
    return f"{100 * part / whole:.0f} %" if whole else "—"


def duration(seconds: float) -> str:
    """``12 ms``, ``1.2 s``, ``45 s``, ``3 min 05 s``, ``2 h 07 min``, ``3 d 4 h``."""
    if seconds < 0.9995:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _MINUTE_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} min {whole % _MINUTE_S:02d} s"
    if whole < _DAY_S:
        return f"{whole // _HOUR_S} h {whole % _HOUR_S // _MINUTE_S:02d} min"
    return f"{whole // _DAY_S} d {whole % _DAY_S // _HOUR_S} h"


def ratio(before: float, after: float) -> str:
    """How many times one is the other, empty where that says nothing."""
    if before <= 0 or after <= 0 or before == after:
        return ""
    times = after / before if after > before else before / after
    return f"{times:.1f} times {'higher' if after > before else 'lower'}" if times >= 1.05 else ""


def money(usd: float) -> str:
    """``$1.23``."""
    return f"${usd:.2f}" if usd >= 0.01 or usd == 0 else f"${usd:.4f}"


def megabytes(size: int) -> str:
    """``12.3 MB``."""
    return f"{size / 1e6:.1f} MB"
