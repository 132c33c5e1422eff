"""One proposal from start to end: run an operator, check what it gives, say what changed."""

from genesis.mutation.checks import checked, oversize
from genesis.mutation.operators.port import Breeding, BreedingError, Proposed, Rejection
from genesis.mutation.operators.table import OPERATORS
from genesis.program import SourceError

__all__ = ["propose"]


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
    fault = next(filter(None, map(oversize, breeding.parents)), None)
    if fault is not None:
        return fault
    try:
        proposal = chosen.propose(breeding)
        return proposal if isinstance(proposal, Rejection) else checked(proposal, breeding.parents, breeding.language)
    except SourceError as error:
        return Rejection("too_long", str(error))
    except (RecursionError, MemoryError) as error:
        return Rejection("not_applicable", f"the program is too deep or too large to change: {type(error).__name__}")
