"""A model that answers from what was recorded: a run's replies answer for the model when it is run again."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from events.types import LlmPurpose
from genesis.errors import GenesisError
from genesis.llm.port import Reply, Request, Witness

__all__ = ["CallKey", "RecordedModel", "ReplyMissing"]


class ReplyMissing(GenesisError):
    """Something was asked that was not asked when the replies were recorded."""


@dataclass(frozen=True, slots=True)
class CallKey:
    """Which call of a run: the ``number``-th, from 1, that was made for a purpose of a program, or of the run."""

    program: str | None
    purpose: LlmPurpose
    number: int

    def __str__(self) -> str:
        """The call in words."""
        return f"call {self.number} for {self.purpose} of {self.program or 'the run'}"


class RecordedModel:
    """Answers each call with what was recorded for it, attempt by attempt, without waiting between them.

    Calls for one program and purpose are counted in the order in which they are asked.

    Args:
        replies: Call to what came of each of its attempts, in order; all but the last are failures that were retried.
    """

    def __init__(self, replies: Mapping[CallKey, tuple[Reply, ...]]) -> None:
        self._replies = replies
        self._asked: Counter[tuple[str | None, LlmPurpose]] = Counter()

    async def complete(self, request: Request, witness: Witness) -> Reply:
        """The last reply that was recorded for the call.

        Raises:
            ReplyMissing: Nothing was.
        """
        place = (request.program, request.purpose)
        self._asked[place] += 1
        key = CallKey(*place, self._asked[place])
        replies = self._replies.get(key)
        if not replies:
            raise ReplyMissing(f"{key} ({request.model}): no reply was recorded for it")
        for attempt, reply in enumerate(replies, request.attempt):
            await witness.asked(request, attempt)
            await witness.answered(request, attempt, reply)
        return replies[-1]

    async def aclose(self) -> None:
        """Nothing is open."""
