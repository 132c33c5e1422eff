"""``genesis prompt``: what models were sent for a program, and what they would be sent for a first one."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

from events.codec import plain
from events.envelope import Event
from events.types import LlmFailed, LlmRequested, LlmResponded, Message
from genesis.check import SeedReport, check_problem
from genesis.cli.exits import Unsuccessful, say
from genesis.cli.output import emit_json, emit_text
from genesis.cli.runs import find_run
from genesis.config.load import load
from genesis.evaluation.backend.local import LocalBackend
from genesis.evaluation.job import Limits
from genesis.mutation.models.conversation import converse
from genesis.mutation.models.first import brief_for_seed, check_operator
from genesis.mutation.models.overrides import load_templates
from genesis.mutation.models.port import Ask, View
from genesis.mutation.operators.port import Rejection
from genesis.problem import ProblemSpec, load_problem
from genesis.problem_setup import problem_setup, template_directories
from genesis.run import Run

__all__ = ["first", "sent"]

_MEGABYTE = 2**20


def sent(text: str, program: str, *, replies: bool, as_json: bool) -> None:
    """Every message that models were sent for a program, in order, and what they answered if that is asked for."""
    run = find_run(text)
    found = run.program(program)
    events = [event for event in _calls(run, program) if replies or isinstance(event.data, LlmRequested)]
    if not events:
        raise Unsuccessful(
            f"{program} of {run.directory} was made by {found.operator}, and no model was asked for it: "
            f"'genesis show {run.directory} {program}' says how it came about"
        )
    if as_json:
        emit_json([{"sequence": event.sequence, "type": event.type, "data": plain(event.data)} for event in events])
        return
    emit_text("\n".join(part for event in events for part in _event_lines(event)) + "\n")


def first(
    name: str, *, operator: str, variant: str, templates: Sequence[Path], overrides: Sequence[str], as_json: bool
) -> None:
    """The messages that a model would be sent for a first program, from the problem's seeds as measured now."""
    check_operator(operator, variant)
    problem = load_problem(name)
    missing = next((folder for folder in templates if not folder.is_dir()), None)
    if missing is not None:
        raise NotADirectoryError(2, "no such directory", str(missing))
    own = load_templates([*template_directories(problem), *templates])
    config = load(overrides, problem.config_defaults())
    setup = problem_setup(problem, config)
    say(f"{problem.name}: running {len(problem.seeds)} seeds")
    backend = LocalBackend(setup, workers=config.evaluation.workers, sandbox=config.evaluation.sandbox, cache_entries=0)
    report = asyncio.run(check_problem(problem, backend))
    views = [_view(problem, seed, setup.limits) for seed in report.seeds]
    brief = brief_for_seed(
        problem,
        views,
        operator=operator,
        variant=variant,
        templates=own,
        limits=_limits(setup.limits),
        max_tokens=config.llm.prompt_tokens,
    )
    step = converse(brief, ())
    if isinstance(step, Rejection):
        raise Unsuccessful(f"no prompt can be made: {step.message}")
    assert isinstance(step, Ask), "nothing is proposed before a model was asked"
    if as_json:
        emit_json([{"role": message.role, "content": message.content} for message in step.messages])
    else:
        emit_text("\n".join(_message_lines(step.messages)) + "\n")


def _calls(run: Run, program: str) -> Iterator[Event]:
    for event in run.events():
        if isinstance(event.data, LlmRequested | LlmResponded | LlmFailed) and event.data.program == program:
            yield event


def _event_lines(event: Event) -> Iterator[str]:
    match event.data:
        case LlmRequested() as data:
            attempt = f", attempt {data.attempt}" if data.attempt > 1 else ""
            yield f"=== event {event.sequence}: {data.purpose}, {data.provider}/{data.model}{attempt}"
            yield from _message_lines(data.messages)
        case LlmResponded() as data:
            yield f"=== event {event.sequence}: the reply"
            if data.reasoning:
                yield from ("--- reasoning", data.reasoning)
            yield from ("--- text", data.text) if not data.embedding else ("--- embedding", data.embedding)
        case LlmFailed() as data:
            yield f"=== event {event.sequence}: no reply, {data.reason}: {data.message}"
        case _:
            pass


def _message_lines(messages: Sequence[Message]) -> Iterator[str]:
    for message in messages:
        yield from (f"--- {message.role}", message.content)


def _view(problem: ProblemSpec, report: SeedReport, limits: Limits) -> View:
    source = next(seed.source for seed in problem.seeds if seed.name == report.name)
    number = [seed.name for seed in problem.seeds].index(report.name) + 1
    return View(
        id=f"p{number:06d}",
        source=source,
        metrics=report.metrics,
        fitness=report.fitness,
        feedback=report.message if report.is_valid else "",
        failure="" if report.is_valid else report.message,
        operator="seed",
        name=report.name,
        rationale=f"initial program {report.name}",
        usage=f"{report.wall_s:.3g} s of {limits.wall_s:g} s, {_size(report.max_rss_bytes)} of "
        f"{_size(limits.memory_bytes)}",
    )


def _limits(limits: Limits) -> str:
    return f"{limits.wall_s:g} s of time, {limits.cpu_s:g} s of CPU time, {_size(limits.memory_bytes)} of memory"


def _size(count: int) -> str:
    return f"{count / _MEGABYTE:.0f} MB"
