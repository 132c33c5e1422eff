"""A valid program is placed in its island's archive, or not."""

from typing import assert_never

from events.envelope import Fact
from events.types import ProgramArchived, ProgramDeclined
from genesis.engine.state import State
from genesis.strategy.archive import Admission, Candidate, Refusal

__all__ = ["judge"]


def judge(state: State) -> Fact | None:
    """The word on the program that has waited longest for a place."""
    judgement = next(iter(state.requests.to_judge.values()), None)
    if judgement is None:
        return None
    program, number = judgement.data.program, judgement.island
    candidate = Candidate(program, state.archive.unplaced[program], judgement.data.metrics)
    placement = state.policy.place(state.archive.island(number), candidate)
    match placement:
        case Admission(cell, displaced, why):
            data = ProgramArchived(program=program, island=number, cell=cell, displaced=displaced, why=why)
        case Refusal(cell, incumbent):
            data = ProgramDeclined(program=program, island=number, cell=cell, incumbent=incumbent, why="not_better")
        case _:
            assert_never(placement)
    return Fact(data, judgement.sequence, program, judgement.generation, number)
