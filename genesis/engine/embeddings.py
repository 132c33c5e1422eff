"""Embeddings of programs: from the log where it has them, else from the model, each text asked for once.

Theory of operation. A text is named by its digest and the model, and what the log has of it is used, whichever request
asked for it. Where answers are recorded as they come, a request that needs what another one is asking for waits for
that one; if it fails, whoever waited asks too, so that a failure that a judgement rests on is among the facts of the
same request. In an ordered run nothing may depend on who is faster: there a request uses what the log had when the
request was made, and asks for the rest itself.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from events.types import LlmResponded, Message, MutationRequested
from genesis.engine.calls import Call, Calls, Trail
from genesis.engine.effects import Past
from genesis.engine.loop import Emit
from genesis.engine.state import State
from genesis.llm.port import Embedded, Embedding, Failure
from projections import embedded_text

__all__ = ["Asking", "Embeddings", "FromTheLog", "Known", "embedding_at"]


@dataclass(frozen=True, slots=True)
class Asking:
    """For which request a program is judged: its place in the log, what it says, and what has come of it so far."""

    sequence: int
    data: MutationRequested
    trail: Trail
    emit: Emit


class Known(Protocol):
    """What the log has."""

    def embedding(self, name: str, request: int) -> str | None:
        """The embedding of a text, by its name, that the request at a place of the log may use; None for none."""
        ...


class FromTheLog:
    """What the log has, for requests that are performed for the first time.

    Args:
        state: The run so far; read, never changed.
        past: The log that it was folded from.
    """

    def __init__(self, state: State, past: Past) -> None:
        self._state = state
        self._past = past

    def embedding(self, name: str, request: int) -> str | None:
        """See `Known`."""
        places = self._state.embeddings.before(name, request if self._state.config.ordered else None)
        return embedding_at(self._past, places)


def embedding_at(past: Past, places: Sequence[int]) -> str | None:
    """The embedding at the first of some places of a log, None where there is no place."""
    fact = past.read_at(places[0]).data if places else None
    return fact.embedding if isinstance(fact, LlmResponded) else None


class Embeddings:
    """Gets the embeddings of programs.

    Args:
        state: The run so far; read, never changed.
        calls: Asks the model.
        known: What need not be asked for.
    """

    def __init__(self, *, state: State, calls: Calls, known: Known) -> None:
        self._state = state
        self._calls = calls
        self._known = known
        self._under_way: dict[str, set[asyncio.Event]] = {}

    async def of(self, asking: Asking, model: str, texts: Mapping[str, str]) -> tuple[str, ...] | Failure:
        """The embeddings of some programs in order, or why the first that cannot be had is not there.

        Args:
            asking: For whom.
            model: Whose embeddings.
            texts: Program to its text.
        """
        found: dict[str, str] = {}
        for program, text in texts.items():
            name = embedded_text(model, text)
            if name not in found:
                embedding = await self._one(asking, name, _call(asking.data, model, program, text))
                if isinstance(embedding, Failure):
                    return embedding
                found[name] = embedding
        return tuple(found[embedded_text(model, text)] for text in texts.values())

    async def _one(self, asking: Asking, name: str, call: Call) -> str | Failure:
        if asking.trail.reply(call.call) is None:
            known = await self._known_now(asking, name)
            if known is not None:
                return known
        reply = await self._ask(asking, name, call)
        return reply.vector if isinstance(reply, Embedded) else reply

    async def _known_now(self, asking: Asking, name: str) -> str | None:
        """What the log has, once nobody asks: what is just being recorded may not be durable yet."""
        if not self._state.config.ordered:
            for over in tuple(self._under_way.get(name, ())):
                await over.wait()
            if name in self._under_way:
                return None
        return self._known.embedding(name, asking.sequence)

    async def _ask(self, asking: Asking, name: str, call: Call) -> Embedding:
        over = asyncio.Event()
        self._under_way.setdefault(name, set()).add(over)
        try:
            return await self._calls.embed(call, asking.trail, asking.emit)
        finally:
            over.set()
            self._under_way[name].discard(over)
            if not self._under_way[name]:
                del self._under_way[name]


def _call(data: MutationRequested, model: str, program: str, text: str) -> Call:
    return Call(
        call=f"{data.program}/embedding" + ("" if program == data.program else f"/{program}"),
        model=model,
        messages=(Message(role="user", content=text),),
        purpose="embedding",
        draw=data.draw,
        program=data.program,
        operator=data.operator,
    )
