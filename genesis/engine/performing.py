"""Who performs what: conversations with models apart from all that this machine does by itself."""

from events.types import AnalysisRequested, AnyPayload, MutationRequested
from genesis.engine.analyses import Analyses
from genesis.engine.conversations import Conversations
from genesis.engine.loop import Effects, Emit
from genesis.engine.requests import Pending

__all__ = ["ModelEffects"]


class ModelEffects:
    """Performs every request of a run with models.

    Args:
        local: Performs offline mutations and evaluations.
        conversations: Performs mutations by models.
        analyses: Performs analyses.
    """

    def __init__(self, *, local: Effects, conversations: Conversations, analyses: Analyses) -> None:
        self._local = local
        self._conversations = conversations
        self._analyses = analyses

    async def perform(self, request: Pending, emit: Emit) -> AnyPayload:
        """The answer to a request; see `genesis.engine.loop.Effects`."""
        match request.data:
            case AnalysisRequested() as data:
                return await self._analyses.analyse(request, data, emit)
            case MutationRequested(model=str()) as data:
                return await self._conversations.mutate(request, data, emit)
            case _:
                return await self._local.perform(request, emit)
