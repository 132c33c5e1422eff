"""Evolving a problem from Python."""

import os
from collections.abc import Callable, Iterator, Mapping

from events.envelope import Event
from genesis.best import write_best
from genesis.compose import plan_run, resume_run, start_run
from genesis.config.load import load
from genesis.llm.preflight import preflight
from genesis.problem import load_problem
from genesis.run import Run

__all__ = ["evolve", "resume"]


def evolve(
    problem: str | os.PathLike[str], *, observe: Callable[[Event], None] | None = None, **overrides: object
) -> Run:
    """Evolves a problem until a stop rule holds, and returns the run.

    Blocks, and starts an event loop of its own. Keyword arguments are configuration keys, nested or dotted:
    ``evolve("toy", seed=3, stop={"evaluations": 200}, **{"evaluation.workers": 1})``.

    Args:
        problem: Name of a shipped problem, or a directory.
        observe: Is shown every event once it is durable.
        overrides: Configuration.

    Raises:
        UsageError: The problem or the configuration is not right; nothing was written.
        EnvironmentFault: The machine cannot run candidates, or a language model cannot be asked.
        LogError: The log cannot be written; what it holds can be resumed.
    """
    spec = load_problem(os.fspath(problem))
    config = load((), spec.config_defaults(), values=dict(_dotted(overrides)))
    plan = plan_run(spec, config)
    preflight(config.llm, config.budget, novelty=config.novelty)
    run = start_run(plan, observe=observe or _look_away)
    write_best(run)
    return run


def resume(path: str | os.PathLike[str], *, observe: Callable[[Event], None] | None = None) -> Run:
    """Takes an unfinished run up where its log ends, and returns it when it stops; see `evolve`.

    Raises:
        UsageError: There is no run, it is finished, or its problem has changed or gone.
        EnvironmentFault: The machine cannot run candidates.
        LogError: Another process works on it, or the log is damaged.
    """
    run = resume_run(path, observe=observe or _look_away)
    write_best(run)
    return run


def _look_away(event: Event) -> None:
    """Nobody is watching."""


def _dotted(tree: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            inner: Mapping[str, object] = value  # pyright: ignore[reportUnknownVariableType]  keys are checked by load
            yield from _dotted(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
