"""When a run begins nothing new, and when it is over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from events.envelope import Fact
from events.types import RunStopped, StopReason, Totals
from genesis.engine.rules.generation import founders
from genesis.engine.rules.models import primary_of
from genesis.engine.rules.operators import founding, shares
from genesis.engine.state import State

__all__ = ["Ending", "ending", "exhausted", "stop", "stopped"]

MOST_FRUITLESS = 1000
_FAILED_FROM_THE_START, _FAILED_IN_A_ROW = 5, 64  # calls, each after all its attempts
_REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "unauthorized": "check the key: 'genesis doctor --llm' sends one token to each provider",
        "rate_limited": "lower llm.concurrency, or ask the provider for a higher limit",
        "overloaded": "wait, or add a model of another provider to llm.models",
        "timeout": "raise llm.timeout_s, lower llm.concurrency, or choose a faster model",
        "unreachable": "check the address and the network: 'genesis doctor --llm' tries each provider",
        "malformed": "what answers is not the protocol that was asked for: check the provider's protocol and base_url",
        "refused": "the provider refuses such requests: look at the message, or choose another model",
        "bad_request": "check the name of the model and what else is sent to it (llm.models)",
        "budget": "raise budget.usd or the limit that the message names, or lower llm.max_tokens",
    }
)
_STRONGER = (
    "'genesis show' of a program has the reply: choose a stronger model, or raise llm.max_tokens or llm.max_turns"
)


@dataclass(frozen=True, slots=True)
class Ending:
    """Why the run begins nothing new, and whether it can be taken up again once that is mended."""

    reason: StopReason
    message: str
    resumable: bool = False


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
    return None if found is None else stopped(state, _held_against_models(state, found))


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
        resumable=found.resumable,
    )
    return Fact(data, state.run.sequence, None, state.requests.generation)


def _no_parents(state: State) -> Ending | None:
    seeds = founders(state)
    if not (state.problem.seeds or state.config.llm.models):
        return Ending("failed", f"{state.problem.name} has no initial programs and no model writes any: choose llm=…")
    if state.requests.settled[0] < seeds or state.archive.island(0).ranked or founding(state) is not None:
        return None
    if state.problem.seeds:
        said = f"none of the {seeds} initial programs is valid: check them with 'genesis problem check'"
        return Ending("failed", said)
    return Ending(
        "failed",
        f"none of the {state.requests.made} first programs that models wrote is valid{_most_often(state)}: "
        "write an initial program, or choose a stronger model",
    )


def _most_often(state: State) -> str:
    reasons = state.progress.reasons.most_common(1)
    return f" (most often {reasons[0][0]})" if reasons else ""


def _silent_models(state: State) -> Ending | None:
    """Models that never answer, or no longer do, are not waited for until the offline operators are done."""
    models = state.models
    most = _FAILED_IN_A_ROW if models.responses else _FAILED_FROM_THE_START
    if models.failed_in_a_row < most:
        return None
    reason, _ = models.failures.most_common(1)[0]
    last = "" if models.responses else ", and none was ever answered"
    return Ending(
        "failed",
        f"the last {models.failed_in_a_row} calls of models failed{last}; most often {reason}: "
        f"{models.said[reason]}; {_REMEDIES[reason]}",
        resumable=True,
    )


def _budget(state: State) -> Ending | None:
    if "judge" in state.budget.closed and _is_scored(state):
        return Ending("budget_exhausted", f"no program can be scored any more: {state.models.said['budget']}")
    shut = bool(state.config.llm.models) and "mutation" in state.budget.closed
    goes_on = not state.config.stop.budget and state.config.mutation.offline and state.archive.island(0).ranked
    if not shut or goes_on:
        return None
    return Ending("budget_exhausted", f"nothing more can be sent: {state.models.said['budget']}")


def _is_scored(state: State) -> bool:
    """Whether the metric that is searched for is given by a model."""
    return any(each.metric == primary_of(state.problem) for each in state.problem.scores)


def _held_against_models(state: State, found: Ending) -> Ending:
    """A run whose models were asked and never gave a program is a failed one, whatever else ended it."""
    models, rejected = state.models, sum(state.models.rejections.values())
    gave = models.proposed + models.rejections["duplicate"] + models.rejections["not_novel"]
    if found.reason == "failed" or gave or not rejected:
        return found
    if models.failures and not models.responses:
        reason = models.failures.most_common(1)[0][0]
        remedy = _REMEDIES[reason]
    else:
        reason, remedy = models.rejections.most_common(1)[0][0], _STRONGER
    said = f"{found.message}; but no model ever gave a program: {rejected} mutations were rejected, most often {reason}"
    if (told := models.said[reason]) not in found.message:  # what a budget says has its remedy with it
        said = f"{said}: {told}; {remedy}"
    return replace(found, reason="failed", message=said)


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
    bred = state.requests.made >= founders(state)
    if state.requests.in_flight or not bred or not state.archive.island(0).ranked or shares(state):
        return None
    names = ", ".join(state.config.mutation.operators)
    return Ending("stagnated", f"none of the operators in use ({names}) can make a program from this archive")


_RULES: tuple[Callable[[State], Ending | None], ...] = (
    _target,
    _wall,
    _silent_models,
    _budget,
    _no_parents,
    _evaluations,
    _generations,
    _stagnation,
    _fruitless,
    _no_operator,
)
