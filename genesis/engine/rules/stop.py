"""When a run begins nothing new, and when it is over."""

from collections.abc import Callable
from dataclasses import dataclass

from events.envelope import Fact
from events.types import RunStopped, StopReason, Totals
from genesis.engine.rules.operators import shares
from genesis.engine.state import State

__all__ = ["Ending", "ending", "exhausted", "stop", "stopped"]

MOST_FRUITLESS = 1000


@dataclass(frozen=True, slots=True)
class Ending:
    """Why the run begins nothing new."""

    reason: StopReason
    message: str


def ending(state: State) -> Ending | None:
    """The first stop rule that holds, None while there is none: then open requests are answered, and no more made."""
    return next((found for rule in _RULES if (found := rule(state)) is not None), None)


def exhausted(state: State) -> bool:
    """Whether the programs asked for use up the evaluations that the run may ask for."""
    allowed = state.config.stop.evaluations
    requests = state.requests
    return allowed is not None and (
        requests.evaluations_asked + len(requests.mutations) + len(requests.to_evaluate) >= allowed
    )


def stop(state: State) -> Fact | None:
    """The run's end, once a stop rule holds and every request is answered."""
    if state.requests.unanswered:
        return None
    found = ending(state)
    return None if found is None else stopped(state, found)


def stopped(state: State, found: Ending) -> Fact:
    """The fact that the run is let go of, with what it came to."""
    progress = state.progress
    totals = Totals(
        proposed=progress.proposed,
        rejected=progress.rejected,
        evaluated=progress.evaluated,
        valid=progress.valid,
        failed=progress.failed,
        archived=progress.archived,
        generations=progress.generations,
        wall_s=state.run.elapsed_s,
        cost_usd=state.budget.cost_usd,
    )
    data = RunStopped(
        reason=found.reason,
        message=found.message,
        best_program=progress.best.program if progress.best else None,
        best_metrics=progress.best.metrics if progress.best else {},
        totals=totals,
        state_digest=state.digest(),
    )
    return Fact(data, state.run.sequence, None, state.requests.generation)


def _no_parents(state: State) -> Ending | None:
    seeds = len(state.problem.seeds)
    if state.requests.settled[0] < seeds or state.archive.island(0).ranked:
        return None
    return Ending("failed", f"none of the {seeds} initial programs is valid: check them with 'genesis problem check'")


def _target(state: State) -> Ending | None:
    target, best = state.config.stop.fitness, state.progress.best
    if target is None or best is None:
        return None
    primary = next(spec for spec in state.problem.metrics.values() if spec.is_primary)
    if best.fitness < (target if primary.higher_is_better else -target):
        return None
    return Ending("target_reached", f"{best.program} reached the target {target:g}")


def _wall(state: State) -> Ending | None:
    limit = state.config.stop.wall_s
    if limit is None or state.run.elapsed_s < limit:
        return None
    return Ending("completed", f"{limit:g} s of work are over")


def _generations(state: State) -> Ending | None:
    limit = state.config.stop.generations
    if limit is None or state.requests.generation <= limit:
        return None
    return Ending("completed", f"{limit} generations are complete")


def _evaluations(state: State) -> Ending | None:
    allowed = state.config.stop.evaluations
    if allowed is None or state.progress.evaluations < allowed:
        return None
    return Ending("completed", f"{allowed} programs are evaluated")


def _stagnation(state: State) -> Ending | None:
    limit = state.config.stop.stagnation
    if limit is None or state.progress.stale_evaluations < limit:
        return None
    return Ending("stagnated", f"{limit} evaluations without a better program")


def _fruitless(state: State) -> Ending | None:
    if state.requests.fruitless < MOST_FRUITLESS:
        return None
    return Ending("stagnated", f"{MOST_FRUITLESS} mutations in a row gave no new program")


def _no_operator(state: State) -> Ending | None:
    bred = state.requests.made >= len(state.problem.seeds)
    if state.requests.in_flight or not bred or shares(state):
        return None
    names = ", ".join(state.config.mutation.operators)
    return Ending("stagnated", f"none of the operators in use ({names}) can make a program from this archive")


_RULES: tuple[Callable[[State], Ending | None], ...] = (
    _target,
    _no_parents,
    _evaluations,
    _generations,
    _wall,
    _stagnation,
    _fruitless,
    _no_operator,
)
