"""The same seed gives the same log, on real processes, whatever the number of workers; every decision re-derives."""

from pathlib import Path

import pytest

import genesis
from events.log import verify
from genesis.analysis.replay import rederive
from genesis.engine.state import State
from tests.normal_form import normal_form


def _evolve(folder: Path, problem: str, workers: int, **overrides: object) -> genesis.Run:
    return genesis.evolve(
        problem,
        runs_dir=str(folder / f"{workers}"),
        run_id="same",
        evaluation={"workers": workers, "wall_s": 60.0},  # or a program that a busy machine holds up is too late
        mutation={"workers": workers},
        **overrides,
    )


@pytest.mark.parametrize(("problem", "evaluations"), [("toy", 150), ("heilbronn", 80)])
def test_one_worker_and_two_write_the_same_log(tmp_path: Path, problem: str, evaluations: int) -> None:
    stop = {"evaluations": evaluations}
    one = _evolve(tmp_path, problem, 1, seed=3, stop=stop)
    two = _evolve(tmp_path, problem, 2, seed=3, stop=stop)
    assert normal_form(one.events()) == normal_form(two.events())
    assert one.state.digest() == two.state.digest()
    assert verify(one.log).sequence == verify(two.log).sequence
    for run in (one, two):
        found = rederive(run.events(), State())
        assert found.difference is None
        assert found.decisions > 3 * evaluations


def test_unordered_runs_are_complete_and_rederive(tmp_path: Path) -> None:
    run = _evolve(tmp_path, "toy", 2, seed=3, ordered=False, stop={"evaluations": 150})
    assert run.status == "completed"
    assert run.state.progress.evaluations == 150
    assert rederive(run.events(), State()).difference is None


@pytest.mark.parametrize(
    "problem",
    ["circle_packing", "hexagon_packing", "kissing_number", "online_bin_packing", "symbolic_regression"],
)
def test_every_other_shipped_problem_evolves(tmp_path: Path, problem: str) -> None:
    run = genesis.evolve(
        problem,
        runs_dir=str(tmp_path),
        evaluation={"workers": 2, "wall_s": 60.0, "cpu_s": 5.0},
        seed=1,
        stop={"evaluations": 15},
    )
    assert run.status == "completed"
    best = run.best
    assert best is not None and best.source is not None
    assert run.state.progress.valid > 3, "not the initial programs alone"
    assert (run.directory / "best" / "program" / best.source.entry).read_text() == best.source.text
