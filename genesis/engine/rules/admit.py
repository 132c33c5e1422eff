"""A proposed text that the run already has is turned into a rejection, before it costs an evaluation."""

from events.types import AnyPayload, MutationProposed, MutationRejected
from genesis.engine.state import State

__all__ = ["admit"]


def admit(state: State, answer: AnyPayload) -> AnyPayload:
    """The answer as it is to be recorded: a proposal, or its rejection as a duplicate of an earlier program."""
    if not isinstance(answer, MutationProposed) or state.config.duplicates == "allow":
        return answer
    known = state.population.digests.get(answer.code_digest)
    if known is None:
        return answer
    return MutationRejected(
        program=answer.program,
        reason="duplicate",
        message=f"{answer.name or answer.operator}: the same program as {known}, layout and comments aside",
        duplicate_of=known,
    )
