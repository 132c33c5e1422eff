"""Analyses by models: one question, one reply, one fact."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, Protocol

from events.types import (
    AnalysisFailed,
    AnalysisRequested,
    InsightRecorded,
    LlmPurpose,
    MutationRequested,
    PromptEvolved,
    ScratchpadRevised,
)
from genesis.engine.briefs import Briefs
from genesis.engine.calls import Call, Calls, Trail
from genesis.engine.effects import Past, clean
from genesis.engine.loop import Emit
from genesis.engine.requests import Pending
from genesis.engine.state import State
from genesis.llm.port import Failure
from genesis.mutation.models.port import Lesson, PromptView
from genesis.mutation.tasks import Finding, Study

__all__ = ["Analyses", "AnalysisAnswer", "Student"]

AnalysisAnswer = InsightRecorded | ScratchpadRevised | PromptEvolved | AnalysisFailed
_PURPOSES: Mapping[str, LlmPurpose] = {"insight": "insight", "scratchpad": "scratchpad", "prompt": "prompt"}


class Student(Protocol):
    """Has one step of a study."""

    async def study(self, study: Study) -> Finding:
        """The question, or what the reply says."""
        ...


class Analyses:
    """Performs analyses.

    Args:
        state: The run so far; read, never changed.
        past: The log that it was folded from.
        briefs: Says what a model is told.
        calls: Asks models.
        student: Makes the questions and reads the replies.
    """

    def __init__(self, *, state: State, past: Past, briefs: Briefs, calls: Calls, student: Student) -> None:
        self._state = state
        self._past = past
        self._briefs = briefs
        self._calls = calls
        self._student = student

    async def analyse(self, request: Pending, data: AnalysisRequested, emit: Emit) -> AnalysisAnswer:
        """What was learnt, or why nothing was."""
        study = self._study(data)
        asked = await self._student.study(study)
        if not asked.messages:
            return _failed(data, "malformed", asked.rejection or "the question could not be made")
        call = Call(
            call=f"{data.analysis}/1",
            model=data.model,
            messages=asked.messages,
            purpose=_PURPOSES[data.kind],
            draw=data.draw,
            program=data.program,
            analysis=data.analysis,
            prompt_id=data.prompt_id,
        )
        trail = Trail(self._past.read_at(each).data for each in request.trail)
        reply = await self._calls.ask(call, trail, emit)
        if isinstance(reply, Failure):
            return _failed(data, "llm_failed", f"{reply.reason}: {reply.message}")
        found = await self._student.study(replace(study, reply=reply.text))
        return self._answer(data, found) or _failed(data, "malformed", "the reply does not say what was asked for")

    def _study(self, data: AnalysisRequested) -> Study:
        briefs = self._briefs
        match data.kind:
            case "insight":
                child = data.programs[0]
                parents = self._state.population[child].parents
                brief = briefs.about(
                    operator=data.kind,
                    parents=tuple(briefs.view(each) for each in parents),
                    tried=briefs.tried(data.tried, parents),
                    draw=data.draw,
                )
                return Study(kind="insight", brief=brief, views=(briefs.view(child),))
            case "scratchpad":
                brief = briefs.about(
                    operator=data.kind,
                    inspirations=tuple(map(briefs.view, data.programs)),
                    failures=tuple(map(briefs.view, data.failures)),
                    tried=briefs.tried(data.tried, ()),
                    insights=briefs.insights(data.insights),
                    scratchpad=briefs.scratchpad(data.scratchpad),
                    draw=data.draw,
                )
                return Study(kind="scratchpad", brief=brief)
            case "prompt":
                brief = briefs.about(operator=data.kind, scratchpad=briefs.scratchpad(data.scratchpad), draw=data.draw)
                return Study(kind="prompt", brief=brief, prompts=self._prompts(data))

    def _prompts(self, data: AnalysisRequested) -> tuple[PromptView, ...]:
        made_with = {program: self._prompt_of(program) for program in data.programs}
        return tuple(
            PromptView(
                prompt_id=prompt,
                text=self._briefs.system(prompt),
                score=score,
                samples=self._briefs.tried(tuple(each for each, by in made_with.items() if by == prompt), ()),
            )
            for prompt, score in zip(data.prompts, data.scores, strict=True)
        )

    def _prompt_of(self, program: str) -> str | None:
        request = self._past.read_at(self._state.population[program].requested_at).data
        return request.prompt_id if isinstance(request, MutationRequested) else None

    def _answer(self, data: AnalysisRequested, found: Finding) -> AnalysisAnswer | None:
        match data.kind:
            case "insight":
                return None if found.lesson is None else self._insight(data, found.lesson)
            case "scratchpad" if found.text:
                return ScratchpadRevised(
                    version=(data.scratchpad or 0) + 1,
                    text=clean(found.text),
                    based_on=data.programs,
                    analysis=data.analysis,
                )
            case "prompt" if found.text:
                return PromptEvolved(
                    prompt_id=data.prompt_id or data.analysis,
                    parent=data.prompts[0],
                    text=clean(found.text),
                    score=data.scores[0],
                    analysis=data.analysis,
                )
            case _:
                return None

    def _insight(self, data: AnalysisRequested, lesson: Lesson) -> InsightRecorded:
        return InsightRecorded(
            program=data.program,
            scope="program",
            text=clean(lesson.text),
            based_on=(*data.programs, *self._state.population[data.programs[0]].parents),
            analysis=data.analysis,
            helped=tuple(map(clean, lesson.helped)),
            hurt=tuple(map(clean, lesson.hurt)),
            evidence=tuple(map(clean, lesson.evidence)),
        )


def _failed(data: AnalysisRequested, reason: Literal["llm_failed", "malformed"], message: str) -> AnalysisFailed:
    return AnalysisFailed(
        program=data.program, analysis=data.analysis, kind=data.kind, reason=reason, message=clean(message)
    )
