"""The Python API: evolve, resume, and reading a run."""

import shutil
from pathlib import Path

import pytest

import genesis
from events.errors import LogLocked
from events.log import FileLog
from genesis.clock import system_clock
from genesis.errors import GenesisError, UsageError
from genesis.problem import load_problem


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> genesis.Run:
    seen: list[str] = []
    folder = tmp_path_factory.mktemp("runs")
    run = genesis.evolve(
        "toy", observe=lambda event: seen.append(event.id), runs_dir=str(folder), seed=2, stop={"evaluations": 60}
    )
    assert seen == [event.id for event in run.events()]
    return run


def test_the_public_names_are_what_they_say() -> None:
    assert set(genesis.__all__) == {"Program", "Run", "__version__", "evolve", "resume"}
    assert all(getattr(genesis, name) is not None for name in genesis.__all__)
    with pytest.raises(AttributeError, match="nonsense"):
        genesis.nonsense  # noqa: B018


def test_a_run_is_opened_by_its_directory_or_its_log(run: genesis.Run) -> None:
    for path in (run.directory, str(run.directory), run.log):
        again = genesis.Run.open(path)
        assert again.id == run.id
        assert again.status == "completed"
        assert again.started.problem.name == "toy"
        assert again.state.digest() == run.state.digest()


def test_programs_tell_their_whole_story(run: genesis.Run) -> None:
    programs = {each.id: each for each in run.programs()}
    assert list(programs) == list(run.state.population.programs)
    for program, each in programs.items():
        whole = run.program(program)
        assert (whole.status, whole.fitness, whole.source, whole.parents) == (
            each.status,
            each.fitness,
            each.source,
            each.parents,
        )
        assert each.status == run.state.population[program].status
        assert bool(each.reason) == (each.status in {"rejected", "failed"})
        if each.status == "valid":
            assert each.metrics
            assert each.source is not None
    best = run.best
    assert best is not None
    assert best.fitness == max(each.fitness for each in programs.values() if each.fitness is not None)
    assert best.archived
    assert run.lineage.pathway(best.id)[-1] == best.id


def test_frames_hold_a_row_a_program_and_a_row_an_event(run: genesis.Run) -> None:
    programs, events = run.frame(), run.event_frame()
    assert len(programs) == len(run.state.population.programs)
    assert programs["metric.score"].max() == run.state.progress.best.fitness
    assert len(events) == run.state.run.sequence
    assert list(events["sequence"]) == list(range(1, len(events) + 1))
    assert events["time"].is_monotonic_increasing


def test_the_best_program_is_laid_out_to_run(run: genesis.Run) -> None:
    best = run.best
    assert best is not None and best.source is not None
    folder = run.directory / "best"
    assert (folder / "program" / best.source.entry).read_text() == best.source.text
    assert best.id in (folder / "README.md").read_text()
    assert best.id in (folder / "metrics.json").read_text()
    assert (run.directory / "config.yaml").read_text().startswith("experiment: base")


def test_what_is_no_run_is_said(run: genesis.Run, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="genesis list"):
        genesis.Run.open(tmp_path / "nowhere")
    with pytest.raises(UsageError, match=r"evolution_events\.jsonl in it"):
        genesis.Run.open(tmp_path)
    with pytest.raises(UsageError, match="p000001 to"):
        run.program("p999999")


def test_a_finished_run_is_not_resumed_and_not_touched(run: genesis.Run) -> None:
    before = run.log.read_bytes()
    with pytest.raises(UsageError, match="is finished"):
        genesis.resume(run.directory)
    assert run.log.read_bytes() == before


def test_a_run_whose_problem_has_changed_is_not_resumed(run: genesis.Run, tmp_path: Path) -> None:
    problem = tmp_path / "toy"
    shutil.copytree(load_problem("toy").directory, problem)
    first = genesis.evolve(problem, runs_dir=str(tmp_path), run_id="moved", stop={"evaluations": 20})
    unfinished = tmp_path / "unfinished"
    unfinished.mkdir()
    lines = first.log.read_bytes().splitlines(keepends=True)
    (unfinished / first.log.name).write_bytes(b"".join(lines[:40]))
    (problem / "validate.py").write_text((problem / "validate.py").read_text() + "\n# changed\n")
    with pytest.raises(UsageError, match="has changed"):
        genesis.resume(unfinished)
    assert genesis.Run.open(unfinished).status == "killed"


def test_a_run_that_somebody_works_on_is_running_and_not_taken_over(run: genesis.Run, tmp_path: Path) -> None:
    folder = tmp_path / "held"
    folder.mkdir()
    lines = run.log.read_bytes().splitlines(keepends=True)
    (folder / run.log.name).write_bytes(b"".join(lines[:50]))
    log = FileLog.open(folder / run.log.name, clock=system_clock, each=lambda event: None)
    assert genesis.Run.open(folder).status == "running"
    with pytest.raises(LogLocked, match="process"):
        genesis.resume(folder)
    del log


def test_bad_configuration_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"stop\.evaluation"):
        genesis.evolve("toy", runs_dir=str(tmp_path / "runs"), stop={"evaluation": 3})
    with pytest.raises(UsageError, match="toy"):
        genesis.evolve("tyo", runs_dir=str(tmp_path / "runs"))
    assert not (tmp_path / "runs").exists()


def test_a_run_id_is_not_used_twice(run: genesis.Run) -> None:
    with pytest.raises(UsageError, match="exists"):
        genesis.evolve("toy", runs_dir=str(run.directory.parent), run_id=run.directory.name)


def test_a_run_whose_candidates_cannot_be_run_leaves_no_run_behind(tmp_path: Path) -> None:
    problem = tmp_path / "toy"
    shutil.copytree(load_problem("toy").directory, problem)
    (problem / "helper.py").write_text("raise RuntimeError('no licence')\n")
    with pytest.raises(GenesisError, match="no licence"):
        genesis.evolve(problem, runs_dir=str(tmp_path / "runs"), run_id="never", stop={"evaluations": 5})
    assert not (tmp_path / "runs" / "never").exists()
