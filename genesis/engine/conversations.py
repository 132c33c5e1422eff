"""Mutations by models: a conversation is had turn by turn, and each turn is a fact before the next one begins.

What a conversation does next is a pure function of its brief and of the replies so far. So one that a dead process left
goes on where its facts end: the replies that the log has are given again, and nothing that was paid for is asked twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from events.types import MutationChecked, MutationProposed, MutationRejected, MutationRequested, NoveltyJudged
from genesis.engine.briefs import Briefs
from genesis.engine.calls import Call, Calls, Trail
from genesis.engine.effects import Past, answer_to, clean
from genesis.engine.embeddings import Asking
from genesis.engine.loop import Emit
from genesis.engine.novelty import Novelty
from genesis.engine.requests import Pending
from genesis.engine.state import State
from genesis.llm.port import Failure
from genesis.mutation.models.port import Ask, Brief, ConversationStep, Turn
from genesis.mutation.operators.port import Proposed, Rejection
from genesis.program import Source

__all__ = ["Builder", "Conversations", "Converser"]

_DIAGNOSTICS_CHARACTERS = 20_000


class Converser(Protocol):
    """Has one step of a conversation."""

    async def converse(self, brief: Brief, turns: tuple[Turn, ...]) -> ConversationStep:
        """What comes next."""
        ...


@runtime_checkable
class Builder(Protocol):
    """Checks that a program builds, for languages where that says more than a parser."""

    async def build_check(self, source: Source) -> str:
        """The diagnostics, empty when it builds."""
        ...


@dataclass(frozen=True, slots=True)
class _Talk:
    """One conversation under way."""

    asking: Asking
    model: str

    @property
    def data(self) -> MutationRequested:
        """What is asked for."""
        return self.asking.data

    @property
    def trail(self) -> Trail:
        """What has come of it so far."""
        return self.asking.trail

    @property
    def emit(self) -> Emit:
        """Records what comes next."""
        return self.asking.emit

    def call(self, number: int, step: Ask) -> Call:
        """The call of the ``number``-th turn, from 1."""
        data = self.data
        return Call(
            call=f"{data.program}/{number}",
            model=self.model,
            messages=step.messages,
            purpose=step.purpose,
            draw=data.draw,
            program=data.program,
            operator=data.operator,
            prompt_id=data.prompt_id,
        )


class Conversations:
    """Performs mutations by models.

    Args:
        state: The run so far; read, never changed.
        past: The log that it was folded from.
        briefs: Says what a model is told.
        calls: Asks models.
        converser: Has the conversation.
        novelty: Says whether a program is a new one.
        builder: Builds what a model wrote; None where a parser says enough.
    """

    def __init__(
        self,
        *,
        state: State,
        past: Past,
        briefs: Briefs,
        calls: Calls,
        converser: Converser,
        novelty: Novelty,
        builder: Builder | None = None,
    ) -> None:
        self._state = state
        self._past = past
        self._briefs = briefs
        self._calls = calls
        self._converser = converser
        self._novelty = novelty
        self._builder = builder

    async def mutate(
        self, request: Pending, data: MutationRequested, emit: Emit
    ) -> MutationProposed | MutationRejected:
        """The new program, or why there is none."""
        if data.model is None:
            raise ValueError(f"{data.program} was asked for without a model")
        trail = Trail(self._past.read_at(each).data for each in request.trail)
        talk = _Talk(Asking(request.sequence, data, trail, emit), data.model)
        answer = await self._have(talk, self._briefs.brief(data))
        if isinstance(answer, Proposed):
            answer = await self._if_new(talk, answer)
        return answer_to(data, answer, self._state.problem.language)

    async def _have(self, talk: _Talk, brief: Brief) -> Proposed | Rejection:
        turns: list[Turn] = []
        while True:
            step = await self._converser.converse(brief, tuple(turns))
            match step:
                case Ask():
                    call = talk.call(len(turns) + 1, step)
                    reply = await self._calls.ask(call, talk.trail, talk.emit)
                    if isinstance(reply, Failure):
                        return Rejection("llm_failed", f"{reply.reason}: {reply.message}")
                    turns.append(Turn(reply.text))
                case Proposed():
                    diagnostics = await self._diagnostics(talk, turns, step.source)
                    if not diagnostics:
                        return step
                    turns[-1] = Turn(turns[-1].reply, diagnostics)
                case Rejection():
                    return step

    async def _diagnostics(self, talk: _Talk, turns: Sequence[Turn], source: Source) -> str:
        """What a build says of a reply that was not built before."""
        if not turns or turns[-1].diagnostics:
            return ""
        call = f"{talk.data.program}/{len(turns)}"
        known = talk.trail.check(call)
        if known is not None or self._builder is None:
            return known or ""
        said = clean((await self._builder.build_check(source))[:_DIAGNOSTICS_CHARACTERS])
        await talk.emit(MutationChecked(program=talk.data.program, call=call, ok=not said, diagnostics=said))
        return said

    async def _if_new(self, talk: _Talk, answer: Proposed) -> Proposed | Rejection:
        judged = talk.trail.judged
        if judged is None:
            judged = await self._novelty.judge(talk.asking, answer)
            if judged is not None:
                await talk.emit(judged)
        if judged is None or judged.verdict == "novel":
            return answer
        return _not_novel(answer, judged)


def _not_novel(answer: Proposed, judged: NoveltyJudged) -> Rejection:
    why = f": {judged.why}" if judged.why else ""
    return Rejection(
        "not_novel",
        f"{answer.name}: {judged.similarity:.4f} alike to {judged.nearest}, says {judged.by}{why}",
    )
