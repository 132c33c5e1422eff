"""Diagnostics: key-value lines in ``logs.jsonl`` beside the events. They are never the record of a fact."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import structlog

from events.masking import masked_values

__all__ = ["diagnostics", "logged"]


def logged(who: str, notice: Callable[[str], None]) -> Callable[[str], None]:
    """Tells people something, and the diagnostics that ``who`` said it."""

    def tell(message: str) -> None:
        structlog.get_logger().warning(who, said=message)
        notice(message)

    return tell


@contextmanager
def diagnostics(path: Path, *, run_id: str) -> Generator[None]:
    """Sends structlog's lines to a file, one JSON object each, bound to a run, until the context is left.

    Args:
        path: Appended to.
        run_id: Bound to every line.
    """
    before = structlog.get_config() if structlog.is_configured() else None
    with path.open("a", encoding="utf-8", buffering=1) as file, structlog.contextvars.bound_contextvars(run_id=run_id):
        structlog.configure(
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.dict_tracebacks,
                masked_values,
                structlog.processors.JSONRenderer(),
            ],
            logger_factory=structlog.WriteLoggerFactory(file),
            cache_logger_on_first_use=False,
        )
        try:
            yield
        finally:
            if before is None:
                structlog.reset_defaults()
            else:
                structlog.configure(**before)
