"""Logs of every released schema stay readable, fold to the same state, and verify."""

from pathlib import Path

import pytest

from events.log import LogReader, verify
from genesis.engine.state import State
from projections import Lineage, drive

HERE = Path(__file__).parent
GOLDEN = {"v1-toy": ("e697a6279a0a30b1ede83391a75d55d40d2716b0b9eb32832f98539e04a76387", 163)}


@pytest.mark.parametrize("name", GOLDEN)
def test_a_golden_log_reads_verifies_and_folds_as_it_did(name: str) -> None:
    digest, events = GOLDEN[name]
    path = HERE / f"{name}.jsonl"
    assert verify(path).sequence == events
    state, lineage = State(), Lineage()
    drive(LogReader(path), state, lineage)
    assert state.digest() == digest
    assert state.run.stopped is not None
    assert state.progress.evaluations == 25
    assert set(lineage.parents) <= set(state.population.programs)


def test_every_golden_log_is_tested() -> None:
    assert {path.stem for path in HERE.glob("*.jsonl")} == set(GOLDEN)
