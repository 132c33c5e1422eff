"""Which subject an event goes to: ``genesis.events.<run>.<type>``.

A run's id may hold dots, which divide a subject's tokens, so it is written as in a URL, with ``%2E`` for a dot: any
language's URL decoder gives the id back. A type keeps its dot and takes two tokens, so that a broker understands
``genesis.events.*.program.>`` and ``genesis.events.*.*.evaluated``.
"""

import re
from fnmatch import fnmatchcase
from urllib.parse import quote, unquote

__all__ = ["PREFIX", "filter_of", "matches", "run_and_type", "subject_of", "token_of"]

PREFIX = "genesis.events"
_TOKENS_BEFORE_TYPE = 3
_BROKER_PATTERN = re.compile(r"(\*|[a-z_]+)\.(\*|[a-z_]+)")


def token_of(run_id: str) -> str:
    """A run's id as one token of a subject."""
    return quote(run_id, safe="").replace(".", "%2E")


def subject_of(run_id: str, type: str) -> str:  # noqa: A002  the envelope's name for it
    """The subject of one type of a run's events."""
    return f"{PREFIX}.{token_of(run_id)}.{type}"


def run_and_type(subject: str) -> tuple[str, str]:
    """The run's id and the event type that a subject stands for.

    Whoever may publish chose the subject, so the id may be any text: see `events.run_id.is_run_id`.

    Raises:
        ValueError: It is not a subject of events.
    """
    parts = subject.split(".", _TOKENS_BEFORE_TYPE)
    if len(parts) <= _TOKENS_BEFORE_TYPE or ".".join(parts[:2]) != PREFIX:
        raise ValueError(f"subject {subject!r} is not {PREFIX}.RUN.TYPE")
    return unquote(parts[2]), parts[3]


def filter_of(run_id: str | None, types: str) -> str:
    """The narrowest subject that covers a run's events of the types; the types are still to be held against `matches`.

    Args:
        run_id: None for every run.
        types: A pattern as `matches` takes it.
    """
    run = "*" if run_id is None else token_of(run_id)
    pattern = types if _BROKER_PATTERN.fullmatch(types) else ">"
    return f"{PREFIX}.{run}.{pattern}"


def matches(type: str, types: str) -> bool:  # noqa: A002  as above
    """Whether a type matches a pattern such as ``program.*`` or ``*.failed``; every type matches the empty one."""
    return not types or fnmatchcase(type, types)
