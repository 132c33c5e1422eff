"""What ``show`` and ``best`` tell: a run on one page, a program on one page."""

from collections.abc import Mapping
from dataclasses import dataclass

from events.types import MetricSpec
from genesis.cli.story import Improvement, Story
from genesis.cli.summary import Summary, summarise
from genesis.engine.state import State
from genesis.run import Program, Run
from projections import drive

__all__ = ["Ancestor", "Operator", "Overview", "Page", "overview_of", "page_of"]


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
class Overview:
    """A whole run.

    Attributes:
        summary: Its figures.
        config: The resolved configuration.
        processes: How many processes have worked on it.
        reasons: How often each reason of rejection or failure was given, most often first.
        operators: In the order of their first outcome.
        improvements: Every best program there was.
    """

    summary: Summary
    config: Mapping[str, object]
    processes: int
    reasons: Mapping[str, int]
    operators: tuple[Operator, ...]
    improvements: tuple[Improvement, ...]


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
    """

    run: str
    program: Program
    descent: tuple[Ancestor, ...]
    children: tuple[str, ...]
    specs: Mapping[str, MetricSpec]


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
    )


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
    )
