"""One proposal from start to end: run an operator, check what it gives, say what changed."""

from typing import Final

from genesis.language import code_digest, language_named
from genesis.mutation.diff import unified
from genesis.mutation.operators.port import Breeding, BreedingError, Proposal, Proposed, Rejection
from genesis.mutation.operators.table import OPERATORS
from genesis.mutation.regions import unchanged_outside
from genesis.program import Source, SourceError

__all__ = ["MAX_CHARACTERS", "propose"]

MAX_CHARACTERS: Final = 400_000


def propose(operator: str, breeding: Breeding) -> Proposed | Rejection:
    """What an operator makes of a breeding; a pure function of both, whatever text the parents hold.

    Raises:
        BreedingError: No such operator, too few parents, or a parameter that is missing or of the wrong type.
    """
    chosen = OPERATORS.get(operator)
    if chosen is None:
        raise BreedingError(f"operator {operator!r} is not known: use one of {', '.join(sorted(OPERATORS))}")
    if len(breeding.parents) < chosen.parents:
        raise BreedingError(f"operator {operator} wants {chosen.parents} parents and was given {len(breeding.parents)}")
    fault = next(filter(None, map(_size, breeding.parents)), None)
    if fault is not None:
        return fault
    try:
        proposal = chosen.propose(breeding)
        return proposal if isinstance(proposal, Rejection) else _checked(proposal, breeding)
    except SourceError as error:
        return Rejection("too_long", str(error))
    except (RecursionError, MemoryError) as error:
        return Rejection("not_applicable", f"the program is too deep or too large to change: {type(error).__name__}")


def _checked(proposal: Proposal, breeding: Breeding) -> Proposed | Rejection:
    first, source = breeding.parents[0], proposal.source
    fault = _size(source) or _regions(first, source, breeding.language) or _syntax(first, source, breeding.language)
    if fault is not None:
        return fault
    digest = code_digest(source, breeding.language)
    for parent in breeding.parents:
        if digest == code_digest(parent, breeding.language):
            return Rejection("duplicate", f"{proposal.name}: the program says the same as its parent")
    return Proposed(source, proposal.name, proposal.rationale, digest, unified(first, source))


def _size(source: Source) -> Rejection | None:
    total = sum(map(len, source.files.values()))
    if total <= MAX_CHARACTERS:
        return None
    return Rejection(
        "too_long", f"{total} characters: a program to be changed, or changed, has {MAX_CHARACTERS} at most"
    )


def _regions(parent: Source, source: Source, language: str) -> Rejection | None:
    message = unchanged_outside(parent, source, language)
    return None if message is None else Rejection("immutable_region_changed", message)


def _syntax(parent: Source, source: Source, language: str) -> Rejection | None:
    spoken = language_named(language)
    for path, text in source.files.items():
        if path.endswith(spoken.suffixes) and parent.files.get(path) != text:
            message = spoken.syntax_error(text)
            if message is not None:
                return Rejection("syntax_error", f"{path}, {message}")
    return None
