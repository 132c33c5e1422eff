"""``genesis prompt``: what models were sent for a program, and what they would be sent for a first one."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from events.codec import plain
from events.envelope import Event
from events.types import LlmFailed, LlmRequested, LlmResponded, Message, ProblemRecord
from genesis.cli.exits import Unsuccessful, say
from genesis.cli.output import emit_json, emit_text
from genesis.cli.runs import find_run
from genesis.config.load import load
from genesis.config.run import RunConfig
from genesis.engine.rules.operators import LLM_SEED
from genesis.errors import UsageError
from genesis.mutation.models.conversation import VARIANTS
from genesis.mutation.models.overrides import load_templates
from genesis.mutation.operators.port import Rejection
from genesis.problem import ProblemSpec, load_problem
from genesis.problem_setup import problem_record, template_directories
from genesis.rehearsal import first_question
from genesis.run import Run

__all__ = ["first", "sent"]


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
    name: str, *, operator: str | None, variant: str, templates: Sequence[Path], overrides: Sequence[str], as_json: bool
) -> None:
    """The messages that a run would send a model for the first program that it asks one for; no model is asked.

    An operator is then the only one of the run. ``llm_seed`` writes where there is nothing, so it is shown as for the
    problem without initial programs.
    """
    _check_operator(operator, variant)
    problem = load_problem(name)
    missing = next((folder for folder in templates if not folder.is_dir()), None)
    if missing is not None:
        raise NotADirectoryError(2, "no such directory", str(missing))
    config = _with_models(_with_operator(overrides, operator), problem)
    if operator == LLM_SEED:
        problem = replace(problem, seeds=())
    record = _with_templates(problem_record(problem, config), problem, templates)
    if problem.seeds:
        say(f"{problem.name}: running {len(problem.seeds)} seeds")
    messages = asyncio.run(first_question(problem, record, config, variant=variant))
    if isinstance(messages, Rejection):
        raise Unsuccessful(f"no prompt can be made: {messages.message}")
    if as_json:
        emit_json([{"role": message.role, "content": message.content} for message in messages])
    else:
        emit_text("\n".join(_message_lines(messages)) + "\n")


def _check_operator(operator: str | None, variant: str) -> None:
    if operator is None:
        if variant:
            raise UsageError(f"variant {variant!r} is one of an operator's prompts: name the operator with --operator")
        return
    variants = VARIANTS.get(operator)
    if variants is None:
        raise UsageError(f"operator {operator!r} asks no model: use one of {', '.join(VARIANTS)}")
    if variant and variants == ("",):
        raise UsageError(f"variant {variant!r}: {operator} has one prompt; leave the variant out")
    if variant and variant not in variants:
        raise UsageError(f"variant {variant!r} is none of {operator}: use one of {', '.join(variants)}")


def _with_operator(overrides: Sequence[str], operator: str | None) -> list[str]:
    alone = operator is not None and operator != LLM_SEED
    return [*overrides, *([f"mutation.operators=[{operator}]"] if alone else [])]


def _with_models(overrides: Sequence[str], problem: ProblemSpec) -> RunConfig:
    """The configuration, with models that could be asked where it names none: no prompt says which."""
    defaults = problem.config_defaults()
    if any(given.startswith(("llm=", "llm.models=")) for given in overrides):
        config = load(overrides, defaults)
        if not config.llm.models:
            raise UsageError("with this configuration a run asks no model: leave llm out, or choose models with llm=…")
        return config
    return load([*overrides, "llm=compatible"], defaults)


def _with_templates(record: ProblemRecord, problem: ProblemSpec, own: Sequence[Path]) -> ProblemRecord:
    assert record.prompting is not None, "the configuration has models"
    templates = load_templates([*template_directories(problem), *own])
    return replace(record, prompting=replace(record.prompting, templates=templates))


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
