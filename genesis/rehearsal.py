"""A run up to its first question: it is lived through in memory, and the model is not asked.

What decides, what makes a brief and what makes messages of it are the engine's own. So the messages are those that the
run with this configuration sends, but for what is measured anew: times and memory.
"""

import asyncio
import os
import platform
from dataclasses import replace
from pathlib import Path

from events.envelope import Event, Fact
from events.log import MemoryLog
from events.types import Host, Message, MutationRequested, ProblemRecord, RunStarted
from genesis.clock import system_clock
from genesis.config.run import RunConfig
from genesis.engine.briefs import Briefs
from genesis.engine.state import State
from genesis.errors import UsageError
from genesis.llm.port import Embedding, EmbeddingRequest, Failure, Reply, Request, Witness
from genesis.logs import diagnostics
from genesis.mutation.models.conversation import converse
from genesis.mutation.models.port import Ask
from genesis.mutation.operators.port import Rejection
from genesis.problem import ProblemSpec
from genesis.version import __version__
from genesis.wiring import wired

__all__ = ["first_question"]


async def first_question(
    problem: ProblemSpec, record: ProblemRecord, config: RunConfig, *, variant: str = ""
) -> tuple[Message, ...] | Rejection:
    """The messages of the first mutation that a run asks a model for, or why no prompt can be made.

    Args:
        problem: What it evolves.
        record: What ``run.started`` says of it.
        config: The run's configuration, with models.
        variant: Of the operator's prompts the one to show; empty for the one that the run would draw.

    Raises:
        UsageError: A run with this configuration ends before it asks a model, or asks one for what is searched for.
        EnvironmentFault: The machine cannot run candidates.
    """
    scored = next((each for each in record.scores if each.metric == problem.primary.name), None)
    if scored is not None:
        raise UsageError(
            f"{problem.name}: a model gives {scored.metric} in stage {scored.stage}, so no program has a place before "
            "one is asked: start a run, and 'genesis prompt RUN PROGRAM' prints what was sent"
        )
    log, state = MemoryLog("rehearsal", system_clock), State()
    with diagnostics(Path(os.devnull), run_id=log.run_id):
        data = await _first_request(log, state, _begun(record, config), problem)
    if variant and data.briefing is not None:
        data = replace(data, briefing=replace(data.briefing, variant=variant))
    step = converse(Briefs(state, log).brief(data), ())
    if isinstance(step, Rejection):
        return step
    assert isinstance(step, Ask), "nothing is proposed before a model was asked"
    return step.messages


async def _first_request(log: MemoryLog, state: State, begun: RunStarted, problem: ProblemSpec) -> MutationRequested:
    found: asyncio.Future[MutationRequested] = asyncio.get_running_loop().create_future()

    def observe(event: Event) -> None:
        if isinstance(event.data, MutationRequested) and event.data.model is not None and not found.done():
            found.set_result(event.data)

    config = RunConfig.model_validate(begun.config)
    async with wired(log, state, config, problem, model=_Mute(), observe=observe) as loop:
        running = asyncio.create_task(loop.run(Fact(begun)))
        try:
            await asyncio.wait((running, found), return_when=asyncio.FIRST_COMPLETED)
            if found.done():
                return found.result()
            await running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    stopped = state.run.stopped
    why = "it was stopped" if stopped is None else stopped.message
    raise UsageError(f"a run of {problem.name} with this configuration ends before a model is asked: {why}")


def _begun(record: ProblemRecord, config: RunConfig) -> RunStarted:
    return RunStarted(
        config=config.model_dump(mode="json"),
        problem=record,
        seed=config.seed,
        genesis_version=__version__,
        python_version=platform.python_version(),
        host=Host(name=platform.node(), system=platform.system(), machine=platform.machine(), cpus=os.cpu_count() or 1),
    )


class _Mute:
    """Stands where models would be: gives no lesson and no score."""

    async def complete(self, request: Request, witness: Witness) -> Reply:
        """No reply, and no fact."""
        del request, witness
        return Failure(reason="refused", message="no model is asked")

    async def embed(self, request: EmbeddingRequest, witness: Witness) -> Embedding:
        """None, and no fact."""
        del request, witness
        return Failure(reason="refused", message="no model is asked")

    async def aclose(self) -> None:
        """Nothing is open."""
