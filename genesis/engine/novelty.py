"""Whether a program of a model is new: held against what its request names, so the word is the same at any time."""

from dataclasses import replace
from typing import Protocol

from events.types import MutationRequested, NoveltyJudged
from genesis.engine.briefs import Briefs
from genesis.engine.calls import Call, Calls, Trail
from genesis.engine.effects import clean
from genesis.engine.loop import Emit
from genesis.engine.rules.operators import LLM_REPAIR
from genesis.engine.state import State
from genesis.llm.port import Response
from genesis.mutation.models.port import View
from genesis.mutation.operators.port import Proposed
from genesis.mutation.tasks import Comparison, Finding, Nearest, Study

__all__ = ["Comparer", "Novelty"]

_SIMILARITY = "similarity"


class Comparer(Protocol):
    """Says how alike programs are, by their text."""

    async def nearest(self, comparison: Comparison) -> Nearest:
        """The nearest of the others."""
        ...

    async def study(self, study: Study) -> Finding:
        """The question for a judge, or what the judge said."""
        ...


class Novelty:
    """Judges proposals.

    Args:
        state: The run so far; read, never changed.
        briefs: Has the programs' texts.
        calls: Asks the judge.
        comparer: Compares texts.
    """

    def __init__(self, *, state: State, briefs: Briefs, calls: Calls, comparer: Comparer) -> None:
        self._state = state
        self._briefs = briefs
        self._calls = calls
        self._comparer = comparer

    async def judge(
        self, data: MutationRequested, proposed: Proposed, trail: Trail, emit: Emit
    ) -> NoveltyJudged | None:
        """The word on a proposal; None where nothing is compared."""
        threshold = self._state.config.novelty.threshold
        if threshold is None or data.briefing is None:
            return None
        others = [self._briefs.view(each) for each in _beside(data)]
        if not others:
            return None
        sources = tuple(each.source for each in others)
        nearest = await self._comparer.nearest(Comparison(proposed.source, self._state.problem.language, sources))
        if nearest.index < 0:
            return None
        view, similarity = others[nearest.index], round(nearest.similarity, 6)
        verdict, by, why = similarity < threshold, _SIMILARITY, ""
        if data.briefing.judge is not None and self._state.config.novelty.grey <= similarity < threshold:
            word = await self._ask(data, proposed, view, trail, emit)
            if word is not None:
                (verdict, why), by = word, data.briefing.judge
        return NoveltyJudged(
            program=data.program,
            nearest=view.id,
            similarity=similarity,
            verdict="novel" if verdict else "not_novel",
            by=by,
            why=clean(why),
        )

    async def _ask(
        self, data: MutationRequested, proposed: Proposed, nearest: View, trail: Trail, emit: Emit
    ) -> tuple[bool, str] | None:
        """The judge's word and reason, None when it gives none: then the text alone decides."""
        model = data.briefing.judge if data.briefing else None
        if model is None:
            return None
        candidate = View(
            id=data.program,
            source=proposed.source,
            operator=data.operator,
            name=proposed.name,
            rationale=proposed.rationale,
            island=data.island,
        )
        study = Study(kind="judge", brief=self._briefs.about(operator=data.operator), views=(candidate, nearest))
        asked = await self._comparer.study(study)
        if not asked.messages:
            return None
        call = Call(
            call=f"{data.program}/judge",
            model=model,
            messages=asked.messages,
            purpose="judge",
            draw=data.draw,
            program=data.program,
            operator=data.operator,
        )
        reply = await self._calls.ask(call, trail, emit)
        if not isinstance(reply, Response):
            return None
        verdict = (await self._comparer.study(replace(study, reply=reply.text))).verdict
        return None if verdict is None else (verdict.is_novel, verdict.why)


def _beside(data: MutationRequested) -> tuple[str, ...]:
    """What was repaired is left out: a small repair is what was asked for."""
    compared = data.briefing.compared if data.briefing else ()
    parents = () if data.operator == LLM_REPAIR else data.parents
    return tuple(dict.fromkeys((*parents, *data.inspirations, *compared)))
