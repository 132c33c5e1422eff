"""What every new program must pass, whoever wrote it: its size, its immutable text, its syntax, and that it is new."""

from collections.abc import Sequence
from typing import Final

from genesis.language import code_digest, language_of
from genesis.mutation.diff import unified
from genesis.mutation.operators.port import Proposal, Proposed, Rejection
from genesis.mutation.regions import unchanged_outside
from genesis.program import Source

__all__ = ["MAX_CHARACTERS", "checked", "oversize"]

MAX_CHARACTERS: Final = 400_000


def checked(proposal: Proposal, parents: Sequence[Source], language: str) -> Proposed | Rejection:
    """The proposal as it is recorded, or the first rule that it breaks.

    Args:
        proposal: The new program.
        parents: What it was made from; the first is the one that was changed. None for a program from nothing.
        language: A key of ``genesis.language.LANGUAGES``.
    """
    source = proposal.source
    first = parents[0] if parents else None
    fault = oversize(source) or _regions(first, source, language) or _syntax(first, source, language)
    if fault is not None:
        return fault
    digest = code_digest(source, language)
    for parent in parents:
        if digest == code_digest(parent, language):
            return Rejection("duplicate", f"{proposal.name}: the program says the same as its parent")
    diff = "" if first is None else unified(first, source)
    return Proposed(source, proposal.name, proposal.rationale, digest, diff)


def oversize(source: Source) -> Rejection | None:
    """Why a program is too long to be changed, or to be what a change gives."""
    total = sum(map(len, source.files.values()))
    if total <= MAX_CHARACTERS:
        return None
    return Rejection(
        "too_long", f"{total} characters: a program to be changed, or changed, has {MAX_CHARACTERS} at most"
    )


def _regions(parent: Source | None, source: Source, language: str) -> Rejection | None:
    message = None if parent is None else unchanged_outside(parent, source, language)
    return None if message is None else Rejection("immutable_region_changed", message)


def _syntax(parent: Source | None, source: Source, language: str) -> Rejection | None:
    for path, text in source.files.items():
        spoken = language_of(path, among=language)
        known = None if parent is None else parent.files.get(path)
        if spoken is not None and known != text:
            message = spoken.syntax_error(text)
            if message is not None:
                return Rejection("syntax_error", f"{path}, {message}")
    return None
