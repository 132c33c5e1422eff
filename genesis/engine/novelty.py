"""Whether a program of a model is new: held against what its request names, so the word is the same at any time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from events.types import MutationRequested, NoveltyFallback, NoveltyJudged
from genesis.engine.briefs import Briefs
from genesis.engine.calls import Call, Calls
from genesis.engine.effects import clean
from genesis.engine.embeddings import Asking, Embeddings
from genesis.engine.rules.operators import LLM_REPAIR
from genesis.engine.state import State
from genesis.llm.port import Failure, Response
from genesis.mutation.models.port import View
from genesis.mutation.operators.port import Proposed
from genesis.mutation.tasks import Comparison, Finding, Nearest, Plain, Study
from genesis.strategy.novelty import Standing, standing

__all__ = ["Comparer", "Novelty"]

_SIMILARITY = "similarity"
_TEXT = "text"


class Comparer(Protocol):
    """Says how alike programs are, by their text."""

    async def nearest(self, comparison: Comparison) -> Nearest:
        """The nearest of the others."""
        ...

    async def plain(self, comparison: Comparison) -> Plain:
        """The texts that embeddings are made of."""
        ...

    async def study(self, study: Study) -> Finding:
        """The question for a judge, or what the judge said."""
        ...


@dataclass(frozen=True, slots=True)
class _Measured:
    """The nearest program by one measure, and what that says."""

    nearest: Nearest
    standing: Standing
    embedding: str | None = None
    fallback: NoveltyFallback | None = None


class Novelty:
    """Judges proposals.

    Args:
        state: The run so far; read, never changed.
        briefs: Has the programs' texts.
        calls: Asks the judge.
        comparer: Compares texts.
        embeddings: Gets embeddings.
    """

    def __init__(
        self, *, state: State, briefs: Briefs, calls: Calls, comparer: Comparer, embeddings: Embeddings
    ) -> None:
        self._state = state
        self._briefs = briefs
        self._calls = calls
        self._comparer = comparer
        self._embeddings = embeddings

    async def judge(self, asking: Asking, proposed: Proposed) -> NoveltyJudged | None:
        """The word on a proposal; None where nothing is compared."""
        data, threshold = asking.data, self._state.config.novelty.threshold
        if threshold is None or data.briefing is None:
            return None
        others = {each: self._briefs.view(each) for each in _beside(data)}
        if not others:
            return None
        measured = await self._measure(asking, proposed, others, threshold)
        if measured.nearest.index < 0:
            return None
        view = list(others.values())[measured.nearest.index]
        is_novel, by, why = measured.standing != "not_novel", measured.embedding or _SIMILARITY, ""
        if data.briefing.judge is not None and measured.standing == "unclear":
            word = await self._ask(asking, proposed, view)
            if word is not None:
                (is_novel, why), by = word, data.briefing.judge
        return NoveltyJudged(
            program=data.program,
            nearest=view.id,
            similarity=measured.nearest.similarity,
            verdict="novel" if is_novel else "not_novel",
            by=by,
            why=clean(why),
            measure=measured.embedding or _TEXT,
            cosine=measured.nearest.cosine,
            fallback=measured.fallback,
        )

    async def _measure(
        self, asking: Asking, proposed: Proposed, others: Mapping[str, View], threshold: float
    ) -> _Measured:
        """By the texts, which costs nothing; by embeddings where they are wanted, unless the texts are enough."""
        novelty = self._state.config.novelty
        sources = tuple(view.source for view in others.values())
        comparison = Comparison(proposed.source, self._state.problem.language, sources)
        nearest = await self._nearest(comparison)
        by_text = _Measured(nearest, _standing(nearest, novelty.grey, threshold))
        if novelty.embedding is None or nearest.index < 0 or by_text.standing == "not_novel":
            return by_text
        found = await self._embed(asking, novelty.embedding, comparison, tuple(others))
        if not isinstance(found, tuple):
            return replace(by_text, fallback=found)
        nearest = await self._nearest(replace(comparison, embeddings=found))
        limits = novelty.embedding_grey, novelty.embedding_threshold
        return _Measured(nearest, _standing(nearest, *limits), embedding=novelty.embedding)

    async def _nearest(self, comparison: Comparison) -> Nearest:
        nearest = await self._comparer.nearest(comparison)
        cosine = None if nearest.cosine is None else round(nearest.cosine, 6)
        return Nearest(nearest.index, round(nearest.similarity, 6), cosine)

    async def _embed(
        self, asking: Asking, model: str, comparison: Comparison, others: tuple[str, ...]
    ) -> tuple[str, ...] | NoveltyFallback:
        """The embeddings that a comparison takes, or why it has to do without."""
        plain = await self._comparer.plain(comparison)
        if not all(map(str.strip, plain.texts)) or not plain.texts:
            return "unreadable"
        programs = (asking.data.program, *others)
        found = await self._embeddings.of(asking, model, dict(zip(programs, map(clean, plain.texts), strict=True)))
        if isinstance(found, Failure):
            return found.reason
        return found if len(set(map(len, found))) == 1 else "dimensions"

    async def _ask(self, asking: Asking, proposed: Proposed, nearest: View) -> tuple[bool, str] | None:
        """The judge's word and reason, None when it gives none: then what was measured decides."""
        data = asking.data
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
        reply = await self._calls.ask(call, asking.trail, asking.emit)
        if not isinstance(reply, Response):
            return None
        verdict = (await self._comparer.study(replace(study, reply=reply.text))).verdict
        return None if verdict is None else (verdict.is_novel, verdict.why)


def _beside(data: MutationRequested) -> tuple[str, ...]:
    """What was repaired is left out: a small repair is what was asked for."""
    compared = data.briefing.compared if data.briefing else ()
    parents = () if data.operator == LLM_REPAIR else data.parents
    return tuple(dict.fromkeys((*parents, *data.inspirations, *compared)))


def _standing(nearest: Nearest, grey: float, threshold: float) -> Standing:
    return standing(nearest.similarity, unclear_from=grey, known_from=threshold)
