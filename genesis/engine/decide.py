"""What happens next: a pure, total function of the state.

`decide` gives one fact at a time; it is called again after each fact that it gave has been folded in, until it has
none. Then the run waits for an answer. In ordered mode `awaited` says whose, so that the log does not depend on which
worker was faster.
"""

from collections.abc import Callable

from events.envelope import Fact
from genesis.engine.requests import Pending
from genesis.engine.rules.evaluate import evaluate, evaluation_room
from genesis.engine.rules.generation import complete_generation
from genesis.engine.rules.judge import judge
from genesis.engine.rules.learn import learn
from genesis.engine.rules.propose import propose
from genesis.engine.rules.stop import stop
from genesis.engine.state import State

__all__ = ["awaited", "decide"]

_RULES: tuple[Callable[[State], Fact | None], ...] = (judge, complete_generation, evaluate, learn, propose, stop)


def decide(state: State) -> Fact | None:
    """The next decision, or None when the run has to wait for an answer, was interrupted, or is over."""
    if state.run.status != "running":
        return None
    return next((fact for rule in _RULES if (fact := rule(state)) is not None), None)


def awaited(state: State) -> Pending | None:
    """The request whose answer is committed next in ordered mode, None when nothing is asked for.

    Answers of each kind come in the order of their requests. Proposals come first while the queue of evaluations has
    room, so that evaluations never run dry while proposals are at hand. An analysis comes before what was asked for
    after it.
    """
    requests = state.requests
    analysis = next(iter(requests.analyses.values()), None)
    other = _awaited_program(state)
    if analysis is None or other is None:
        return analysis or other
    return analysis if analysis.sequence < other.sequence else other


def _awaited_program(state: State) -> Pending | None:
    requests = state.requests
    mutation = next(iter(requests.mutations.values()), None)
    evaluation = next(iter(requests.evaluations.values()), None)
    if mutation is None or evaluation is None:
        return mutation or evaluation
    return mutation if len(requests.evaluations) < evaluation_room(state) else evaluation
