"""Who performs what: conversations with models apart from all that this machine does by itself."""

from typing import Protocol

from events.types import AnalysisRequested, AnyPayload, EvaluationRequested, MutationRequested
from genesis.engine.analyses import Analyses, Student
from genesis.engine.briefs import Briefs
from genesis.engine.calls import Calls
from genesis.engine.conversations import Builder, Conversations, Converser
from genesis.engine.effects import Past
from genesis.engine.embeddings import Embeddings, FromTheLog, Known
from genesis.engine.loop import Effects, Emit
from genesis.engine.novelty import Comparer, Novelty
from genesis.engine.requests import Pending
from genesis.engine.scoring import Scoring
from genesis.engine.state import State
from genesis.llm.port import Embedder, Model

__all__ = ["ModelEffects", "with_models"]


class Texts(Converser, Student, Comparer, Protocol):
    """Whatever has conversations, studies and comparisons: pure functions of text, in processes of their own."""


class ModelEffects:
    """Performs every request of a run with models.

    Args:
        local: Performs offline mutations and evaluations.
        conversations: Performs mutations by models.
        analyses: Performs analyses.
        scoring: Performs evaluations that a model has a part in.
    """

    def __init__(self, *, local: Effects, conversations: Conversations, analyses: Analyses, scoring: Scoring) -> None:
        self._local = local
        self._conversations = conversations
        self._analyses = analyses
        self._scoring = scoring

    async def perform(self, request: Pending, emit: Emit) -> AnyPayload:
        """The answer to a request; see `genesis.engine.loop.Effects`."""
        match request.data:
            case AnalysisRequested() as data:
                return await self._analyses.analyse(request, data, emit)
            case MutationRequested(model=str()) as data:
                return await self._conversations.mutate(request, data, emit)
            case EvaluationRequested() as data if self._scoring.has_part:
                return await self._scoring.evaluate(request, data, emit)
            case _:
                return await self._local.perform(request, emit)


def with_models(
    local: Effects,
    *,
    state: State,
    past: Past,
    model: Model,
    texts: Texts,
    embedder: Embedder | None = None,
    known: Known | None = None,
    builder: Builder | None = None,
) -> ModelEffects:
    """The effects of a run with models.

    Args:
        local: Performs offline mutations and evaluations.
        state: The run so far; read, never changed.
        past: The log that it was folded from.
        model: Who is asked.
        texts: Has conversations, studies and comparisons.
        embedder: Who is asked for embeddings, None where none are wanted.
        known: Which embeddings need not be asked for; None for those that the log has.
        builder: Builds what a model wrote; None where a parser says enough.
    """
    briefs, calls = Briefs(state, past), Calls(state, model, embedder)
    embeddings = Embeddings(state=state, calls=calls, known=known or FromTheLog(state, past))
    novelty = Novelty(state=state, briefs=briefs, calls=calls, comparer=texts, embeddings=embeddings)
    conversations = Conversations(
        state=state, past=past, briefs=briefs, calls=calls, converser=texts, novelty=novelty, builder=builder
    )
    analyses = Analyses(state=state, past=past, briefs=briefs, calls=calls, student=texts)
    scoring = Scoring(local=local, state=state, past=past, briefs=briefs, calls=calls, reader=texts)
    return ModelEffects(local=local, conversations=conversations, analyses=analyses, scoring=scoring)
