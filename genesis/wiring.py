"""The parts of a run put together: whatever log it is written to, the same configuration gives the same loop."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol

import structlog

from events.log import Log
from genesis.config.run import RunConfig
from genesis.engine.conversations import Builder
from genesis.engine.effects import Library, LocalEffects
from genesis.engine.loop import Effects, Loop, Observer, Slots
from genesis.engine.performing import with_models
from genesis.engine.state import State
from genesis.evaluation.backend.local import LocalBackend
from genesis.llm.port import Embedder, Model
from genesis.mutation.pool import MutationPool
from genesis.problem import ProblemSpec
from genesis.problem_setup import evaluation_plan, problem_setup

__all__ = ["Asked", "wired"]

_CACHED_OUTCOMES = 4096


class Asked(Model, Embedder, Protocol):
    """Whoever is asked for replies and for embeddings, on one budget."""


@asynccontextmanager
async def wired(
    log: Log, state: State, config: RunConfig, problem: ProblemSpec, *, model: Asked | None, observe: Observer
) -> AsyncGenerator[Loop]:
    """A loop that is ready to drive a run; its processes and its model are closed at the end.

    Args:
        log: Where facts go; open, and folded into ``state`` up to its end.
        state: The run so far.
        config: The run's configuration.
        problem: What it evolves.
        model: Who is asked; None where no models are configured.
        observe: Is shown every event from here on.

    Raises:
        EnvironmentFault: The machine cannot run candidates.
    """
    async with AsyncExitStack() as stack:
        if model is not None:
            stack.push_async_callback(model.aclose)
        backend = LocalBackend(
            problem_setup(problem, config),
            plan=evaluation_plan(problem, config),
            workers=config.evaluation.workers,
            sandbox=config.evaluation.sandbox,
            cache_entries=_CACHED_OUTCOMES if config.evaluation.cache else 0,
        )
        pool = MutationPool(config.mutation.workers)
        stack.push_async_callback(backend.aclose)
        stack.push_async_callback(pool.aclose)
        await pool.start()
        await backend.start()
        if backend.reference is not None:
            structlog.get_logger().info("reference for speed", seed=backend.reference)
        effects: Effects = LocalEffects(
            state=state,
            library=Library(log, state),
            seeds={seed.name: seed.source for seed in problem.seeds},
            proposer=pool,
            evaluator=backend,
        )
        if model is not None:
            effects = with_models(
                effects,
                state=state,
                past=log,
                model=model,
                texts=pool,
                embedder=model,
                builder=_builder(problem, backend),
            )
        slots = Slots(mutations=config.mutation.workers, evaluations=config.evaluation.workers)
        yield Loop(log=log, state=state, effects=effects, slots=slots, observe=observe)


def _builder(problem: ProblemSpec, backend: object) -> Builder | None:
    """What checks that programs build; None for plain Python, of which the conversation's own parser says enough."""
    is_built = problem.language != "python" or bool(problem.build.parts)
    return backend if is_built and isinstance(backend, Builder) else None
