"""What a model is told: requests and the log in, briefs out, the same whenever they are made.

A request names programs, lessons and prompts that were settled when it was made, and what is settled never changes. So
a brief does not depend on the moment at which a request is performed, and can be made again from the log.
"""

from collections import OrderedDict

from events.types import (
    EvaluationFailed,
    InsightRecorded,
    LimitsRecord,
    MutationProposed,
    MutationRejected,
    MutationRequested,
    ProgramEvaluated,
    PromptEvolved,
    PromptingRecord,
    ScratchpadRevised,
    UsageRecord,
)
from genesis.engine.effects import Past
from genesis.engine.rules.evaluate import limits_of
from genesis.engine.state import State
from genesis.mutation.models.port import Attempt, Brief, Insight, View
from genesis.program import Source
from projections.population import Individual

__all__ = ["Briefs"]

_KEPT_VIEWS = 256
_OUTCOME_CHARACTERS = 200
_FAILURE_CHARACTERS = 4000


class Briefs:
    """Makes briefs.

    Args:
        state: The run so far; read, never changed.
        past: The log that it was folded from.
    """

    def __init__(self, state: State, past: Past) -> None:
        self._state = state
        self._past = past
        self._views: OrderedDict[str, View] = OrderedDict()

    def brief(self, data: MutationRequested) -> Brief:
        """All that the conversation for a mutation depends on."""
        briefing = data.briefing
        if briefing is None:
            raise ValueError(f"{data.program} was asked for without a briefing, so no model can be asked")
        return self.about(
            operator=data.operator,
            variant=briefing.variant,
            parents=tuple(map(self.view, data.parents)),
            inspirations=tuple(map(self.view, data.inspirations)),
            failures=tuple(map(self.view, briefing.failures)),
            tried=self.tried(briefing.tried, data.parents),
            insights=self.insights(briefing.insights),
            scratchpad=self.scratchpad(briefing.scratchpad),
            system=self.system(data.prompt_id),
            draw=data.draw,
        )

    def about(
        self,
        *,
        operator: str,
        variant: str = "",
        parents: tuple[View, ...] = (),
        inspirations: tuple[View, ...] = (),
        failures: tuple[View, ...] = (),
        tried: tuple[Attempt, ...] = (),
        insights: tuple[Insight, ...] = (),
        scratchpad: str = "",
        system: str = "",
        draw: str = "",
    ) -> Brief:
        """A brief with what the run says of its problem."""
        problem, config = self._state.problem, self._state.config
        prompting = problem.prompting or PromptingRecord(entry="program.py", entrypoint="entrypoint")
        return Brief(
            operator=operator,
            variant=variant,
            task=problem.description,
            language=problem.language,
            entry=prompting.entry,
            entrypoint=prompting.entrypoint,
            has_context=prompting.has_context,
            helper=prompting.helper,
            hints=prompting.hints,
            limits=_limits(limits_of(self._state)),
            metrics=problem.metrics,
            parents=parents,
            inspirations=inspirations,
            failures=failures,
            tried=tried,
            insights=insights,
            scratchpad=scratchpad,
            system=system,
            templates=prompting.templates,
            max_tokens=config.llm.prompt_tokens,
            max_turns=config.llm.max_turns,
            draw=draw,
        )

    def view(self, program: str) -> View:
        """A settled program that has a text, as prompts show it."""
        if program in self._views:
            self._views.move_to_end(program)
            return self._views[program]
        view = self._view(self._state.population[program])
        self._views[program] = view
        if len(self._views) > _KEPT_VIEWS:
            self._views.popitem(last=False)
        return view

    def tried(self, programs: tuple[str, ...], parents: tuple[str, ...]) -> tuple[Attempt, ...]:
        """Settled tries as attempts; those on the way to the first parent are marked as kept."""
        kept = set(self._line(parents[0])) if parents else set[str]()
        return tuple(self._attempt(self._state.population[each], kept=each in kept) for each in programs)

    def insights(self, analyses: tuple[str, ...]) -> tuple[Insight, ...]:
        """Recorded lessons, by the analyses that gave them."""
        places = self._state.lessons.places
        found = (self._past.read_at(places[each]).data for each in analyses)
        return tuple(
            Insight(text=data.text, based_on=data.based_on, scope=data.scope)
            for data in found
            if isinstance(data, InsightRecorded)
        )

    def scratchpad(self, version: int | None) -> str:
        """A version of the scratchpad, empty before the first."""
        data = None if version is None else self._past.read_at(self._state.lessons.scratchpads[version - 1]).data
        return data.text if isinstance(data, ScratchpadRevised) else ""

    def system(self, prompt_id: str | None) -> str:
        """The text of a system prompt, empty for the packaged one."""
        record = self._state.prompts.records.get(prompt_id or "")
        data = self._past.read_at(record.sequence).data if record is not None and record.sequence else None
        return data.text if isinstance(data, PromptEvolved) else ""

    def _line(self, program: str) -> list[str]:
        line = [program]
        while before := self._state.population[line[-1]].parents:
            line.append(before[0])
        return line

    def _view(self, individual: Individual) -> View:
        proposed = self._past.read_at(individual.proposed_at).data
        if not isinstance(proposed, MutationProposed):
            raise KeyError(f"{individual.id} has no text")
        settled = self._past.read_at(individual.settled_at).data
        judged = settled if isinstance(settled, ProgramEvaluated) else None
        return View(
            id=individual.id,
            source=Source(proposed.files, proposed.entry),
            metrics=judged.metrics if judged else {},
            fitness=individual.fitness,
            feedback=judged.feedback if judged else "",
            failure=_failure(settled),
            operator=individual.operator,
            name=proposed.name,
            rationale=proposed.rationale,
            island=individual.island,
            usage=self._usage(judged.usage) if judged else "",
        )

    def _attempt(self, individual: Individual, *, kept: bool) -> Attempt:
        proposed = self._past.read_at(individual.proposed_at).data if individual.proposed_at else None
        settled = self._past.read_at(individual.settled_at).data
        name, rationale = (proposed.name, proposed.rationale) if isinstance(proposed, MutationProposed) else ("", "")
        fitness = individual.fitness
        before = (self._state.population[parent].fitness for parent in individual.parents[:1])
        base = next((value for value in before if value is not None), None)
        return Attempt(
            program=individual.id,
            operator=individual.operator,
            name=name,
            rationale=rationale,
            gain=None if fitness is None or base is None else fitness - base,
            outcome="valid" if fitness is not None else _failure(settled)[:_OUTCOME_CHARACTERS],
            kept=kept,
        )

    def _usage(self, usage: UsageRecord) -> str:
        limits = limits_of(self._state)
        return (
            f"{usage.wall_s:.3g} s of {limits.wall_s:g} s, "
            f"{_megabytes(usage.max_rss_bytes)} of {_megabytes(limits.memory_bytes)}"
        )


def _failure(settled: object) -> str:
    match settled:
        case EvaluationFailed():
            said = f"{settled.reason} in stage {settled.stage}: {settled.message}"
            text = f"{said}\n{settled.stderr_tail}" if settled.stderr_tail else said
        case ProgramEvaluated(is_valid=False):
            text = f"invalid: {settled.feedback}"
        case MutationRejected():
            text = f"{settled.reason}: {settled.message}"
        case _:
            text = ""
    return text[:_FAILURE_CHARACTERS]


def _limits(limits: LimitsRecord) -> str:
    return f"{limits.wall_s:g} s of time, {limits.cpu_s:g} s of CPU time, {_megabytes(limits.memory_bytes)} of memory"


def _megabytes(count: int) -> str:
    return f"{count / 2**20:.0f} MB"
