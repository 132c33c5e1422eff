"""Problems with builds, cases and several files, as a user meets them."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.command import genesis
from tests.evaluation.commands import FILES as ADDING
from tests.evaluation.test_stages import MIXED
from tests.problem.directory import write_problem


@pytest.fixture
def env(tmp_path: Path) -> Mapping[str, str]:
    return {"XDG_CACHE_HOME": str(tmp_path / "cache")}


def events(log: Path, kind: str) -> list[dict]:
    found = (json.loads(line) for line in log.read_text(encoding="utf-8").splitlines())
    return [event["data"] for event in found if event["type"] == kind]


def test_a_program_in_two_languages_evolves_and_is_written_out(tmp_path: Path, env: Mapping[str, str]) -> None:
    write_problem(tmp_path, MIXED, name="mixed")
    done = genesis("run", "./mixed", "run_id=one", "stop.evaluations=6", "seed=1", cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr
    log = tmp_path / "runs" / "one" / "evolution_events.jsonl"
    proposed = events(log, "mutation.proposed")
    changed = {path for each in proposed for path in each["files"] if each["files"][path] != proposed[0]["files"][path]}
    assert changed == {"kernel.c", "program.py"}, "regions of both files are evolved"
    compiled = events(log, "program.compiled")
    assert all(each["ok"] and len(each["artifact_digest"]) == 64 for each in compiled)
    assert events(log, "evaluation.requested")[0]["stages"] == ["syntax", "build", "run", "validate", "complexity"]
    best = genesis("best", "one", "--out", "best", cwd=tmp_path)
    assert best.returncode == 0, best.stderr
    assert sorted(path.name for path in (tmp_path / "best").iterdir()) == ["kernel.c", "program.py"]
    again = genesis("best", "one", "--out", "best", cwd=tmp_path)
    assert again.returncode == 2
    assert "exists: choose another directory" in again.stderr
    assert "1 more with --out DIR" in genesis("best", "one", cwd=tmp_path).stderr
    assert sorted(path.name for path in (tmp_path / "runs" / "one" / "best" / "program").iterdir()) == [
        "kernel.c",
        "program.py",
    ]
    shown = genesis("show", "one", "p000001", cwd=tmp_path).stdout
    assert "── kernel.c" in shown
    assert genesis("replay", "one", "--verify", cwd=tmp_path).returncode == 0


def test_a_failed_build_is_an_event_with_its_diagnostics(tmp_path: Path, env: Mapping[str, str]) -> None:
    broken = ADDING["initial_programs/add.c"].replace("a + b", "nowhere")
    write_problem(tmp_path, {**ADDING, "initial_programs/broken.c": broken}, name="adding")
    done = genesis("run", "./adding", "run_id=one", "stop.evaluations=2", cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr
    log = tmp_path / "runs" / "one" / "evolution_events.jsonl"
    (failed,) = events(log, "evaluation.failed")
    assert (failed["reason"], failed["stage"]) == ("build_failed", "build")
    assert failed["message"].startswith("program.c:5:")
    assert "nowhere" in failed["message"]
    compiled = {each["program"]: each for each in events(log, "program.compiled")}
    assert compiled[failed["program"]]["diagnostics"] == failed["message"]
    checked = genesis("problem", "check", "./adding", cwd=tmp_path, env=env)
    assert checked.returncode == 0
    assert "program.c:5:" in checked.stdout


def test_a_toolchain_that_is_missing_is_told_before_anything_starts(tmp_path: Path) -> None:
    write_problem(tmp_path, ADDING, name="adding")
    for command in (("run", "./adding"), ("problem", "check", "./adding")):
        done = genesis(*command, cwd=tmp_path, env={"PATH": str(tmp_path / "nowhere")})
        assert done.returncode == 3, done.stderr
        assert "gcc is not on the path" in done.stderr
        assert "install" in done.stderr
    assert not list((tmp_path / "runs").glob("*")) if (tmp_path / "runs").exists() else True


def test_the_pipeline_is_drawn_and_is_json(tmp_path: Path, env: Mapping[str, str]) -> None:
    write_problem(tmp_path, ADDING, name="adding")
    drawn = genesis("problem", "check", "./adding", cwd=tmp_path, env=env).stdout
    assert "files, build ─► cases" in drawn
    data = json.loads(genesis("problem", "check", "./adding", "--json", cwd=tmp_path, env=env).stdout)
    assert [(stage["turn"], stage["name"]) for stage in data["stages"]] == [
        (1, "build"),
        (2, "cases"),
        (3, "validate"),
        (4, "complexity"),
    ]
    bad = "stages:\n  - {name: run}\n  - {name: validate, inputs: [cases]}\n"
    write_problem(tmp_path, {"problem.yaml": bad}, name="wrong")
    done = genesis("problem", "check", "./wrong", cwd=tmp_path)
    assert done.returncode == 2
    assert "problem.yaml:3: stage validate has an unknown input 'cases'" in done.stderr


def test_a_stage_for_a_model_without_a_model_is_refused(tmp_path: Path) -> None:
    stages = "stages:\n  - name: run\n  - name: validate\n  - name: insight\n"
    write_problem(tmp_path, {"problem.yaml": stages}, name="told")
    done = genesis("run", "./told", cwd=tmp_path)
    assert done.returncode == 2
    assert "stages for a language model (insight), and llm is none" in done.stderr
    assert not (tmp_path / "runs").exists() or not list((tmp_path / "runs").iterdir())
