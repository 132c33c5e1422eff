"""What ``show`` and ``best`` tell: a run on one page, a program on one page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from events.types import LlmFailed, LlmResponded, MetricSpec
from genesis.cli.story import Improvement, Story
from genesis.cli.summary import Summary, summarise
from genesis.engine.state import State
from genesis.llm.vector import decode_vector
from genesis.run import Program, Run
from projections import ModelRecord, drive

__all__ = ["Ancestor", "Call", "Model", "Operator", "Overview", "Page", "Purpose", "overview_of", "page_of"]


@dataclass(frozen=True, slots=True)
class Operator:
    """How one mutation operator has fared.

    Attributes:
        name: ``constants``.
        tries: Mutations asked for and settled.
        proposed: Those that gave a program.
        improved: Programs fitter than every parent.
        archived: Programs admitted to an archive.
    """

    name: str
    tries: int
    proposed: int
    improved: int
    archived: int


@dataclass(frozen=True, slots=True)
class Model:
    """How one language model has fared.

    Attributes:
        name: ``provider/model``.
        tries: Mutations that it was asked for and that are settled.
        proposed: Those that gave a program.
        improved: Programs fitter than every parent.
        archived: Programs admitted to an archive.
        gain: Fitness that its programs gained over their parents, added up.
        cost_usd: Of its calls for programs; None where a price is not known.
    """

    name: str
    tries: int
    proposed: int
    improved: int
    archived: int
    gain: float
    cost_usd: float | None


@dataclass(frozen=True, slots=True)
class Purpose:
    """What calls were made for: how many, tokens, and cost, None where a price is not known."""

    name: str
    calls: int
    tokens: int
    cost_usd: float | None


@dataclass(frozen=True, slots=True)
class Overview:
    """A whole run.

    Attributes:
        summary: Its figures.
        config: The resolved configuration.
        processes: How many processes have worked on it.
        reasons: How often each reason of rejection or failure was given, most often first.
        operators: In the order of their first outcome.
        improvements: Every best program there was.
        models: In the order of their first request.
        purposes: In the order of their first call.
    """

    summary: Summary
    config: Mapping[str, object]
    processes: int
    reasons: Mapping[str, int]
    operators: tuple[Operator, ...]
    improvements: tuple[Improvement, ...]
    models: tuple[Model, ...] = ()
    purposes: tuple[Purpose, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt of a model call for a program, and what came of it.

    Attributes:
        call: Its name in events, ``p000042/1``.
        purpose: What it was for.
        model: ``provider/model``.
        attempt: From 1.
        outcome: ``replied``, or why not.
        tokens_in: Of the prompt.
        tokens_out: Of the reply, reasoning included.
        cost_usd: None where the price is not known.
        latency_s: Until the reply was whole.
        reasoning: What the model thought.
        text: What it said, or what the provider said instead.
    """

    call: str
    purpose: str
    model: str
    attempt: int
    outcome: str
    tokens_in: int
    tokens_out: int
    cost_usd: float | None
    latency_s: float
    reasoning: str
    text: str


@dataclass(frozen=True, slots=True)
class Ancestor:
    """One step of a program's descent: its id, what made it, and how fit it was (higher is better)."""

    id: str
    operator: str
    fitness: float | None


@dataclass(frozen=True, slots=True)
class Page:
    """All on one program.

    Attributes:
        run: The run's directory.
        program: The program.
        descent: The line of first parents, oldest first, the program itself last.
        children: Ids of programs made from it.
        specs: What the problem's metrics mean.
        calls: Model calls that were made for it, in order.
    """

    run: str
    program: Program
    descent: tuple[Ancestor, ...]
    children: tuple[str, ...]
    specs: Mapping[str, MetricSpec]
    calls: tuple[Call, ...] = ()


def overview_of(run: Run) -> Overview:
    """A run's overview, from one pass over its log."""
    state, story = State(), Story()
    drive(run.events(), state, story)
    return Overview(
        summary=summarise(run, story),
        config=story.started.config,
        processes=state.run.processes,
        reasons=dict(state.progress.reasons.most_common()),
        operators=tuple(
            Operator(name, record.tries, record.proposed, record.improved, record.archived)
            for name, record in state.operators.records.items()
        ),
        improvements=tuple(story.improvements),
        models=tuple(_model(name, record) for name, record in state.models.records.items()),
        purposes=tuple(
            Purpose(name, spent.calls, spent.tokens, None if spent.unpriced_calls else spent.cost_usd)
            for name, spent in state.budget.by_purpose.items()
        ),
    )


def _model(name: str, record: ModelRecord) -> Model:
    outcomes = record.outcomes
    cost_usd = None if record.unpriced_calls else record.cost_usd
    return Model(name, outcomes.tries, outcomes.proposed, outcomes.improved, outcomes.archived, record.gain, cost_usd)


def page_of(run: Run, program: Program) -> Page:
    """All on one program of a run."""
    population = run.state.population.programs
    line = [program.id]
    while parents := population[line[-1]].parents:
        line.append(parents[0])
    return Page(
        run=str(run.directory),
        program=program,
        descent=tuple(Ancestor(each, population[each].operator, population[each].fitness) for each in reversed(line)),
        children=tuple(each.id for each in population.values() if program.id in each.parents),
        specs=run.started.problem.metrics,
        calls=tuple(_calls(run, program.id)) if program.model else (),
    )


def _calls(run: Run, program: str) -> Iterator[Call]:
    for event in run.events():
        data = event.data
        if isinstance(data, LlmResponded | LlmFailed) and data.program == program and data.analysis is None:
            replied = isinstance(data, LlmResponded)
            yield Call(
                call=data.call,
                purpose=data.purpose,
                model=f"{data.provider}/{data.model}",
                attempt=data.attempt,
                outcome="replied" if replied else data.reason,
                tokens_in=data.tokens_in,
                tokens_out=data.tokens_out,
                cost_usd=data.cost_usd,
                latency_s=data.latency_s,
                reasoning=data.reasoning if replied else "",
                text=_text(data) if replied else data.message,
            )


def _text(data: LlmResponded) -> str:
    return f"an embedding of {len(decode_vector(data.embedding)):,} numbers" if data.embedding else data.text
