"""Wall time, in one place, so that it can be injected."""

from datetime import UTC, datetime

from events.log.port import Clock

__all__ = ["Clock", "system_clock"]


def system_clock() -> datetime:
    """The machine's clock, UTC."""
    return datetime.now(UTC)  # noqa: TID251  the one place of this process
