"""Runs whose programs a model scores: the real command, the official SDK, a real HTTP server on loopback."""

import random
import shutil
from collections import Counter
from pathlib import Path

from events.types import EvaluationRequested, LlmRequested, LlmResponded, ProgramEvaluated
from genesis.problem import load_problem
from tests.cli.command import genesis
from tests.e2e.test_models import check_log, ending, evolve, killed_and_resumed, reply, talked
from tests.llm.servers import Asked, LlmServer, Say

STAGES = """\
stages:
  - name: run
  - name: validate
  - name: clarity
    kind: score
    criteria: Plain names, short functions.
    lowest: 0
    highest: 4
"""
AXIS = "behavior:\n  - {metric: clarity, lower: 0, upper: 4, bins: 4}\n"


def scored(asked: Asked) -> Say:
    """A number for whoever asks for one, now and then at the second try; else what a fair model says."""
    if "SCORE: number" not in asked.text:
        return reply(asked)
    dice = random.Random(asked.number)
    is_first = len(asked.body["messages"]) == 2
    said = "Rather clear." if is_first and dice.random() < 0.2 else f"Short.\nSCORE: {dice.randrange(5)}"
    return Say(text=said, reasoning="I read the code.", tokens_in=300, tokens_out=20, delay_s=0.02 * dice.random())


def problem(folder: Path, *, primary: bool = False) -> Path:
    """The toy problem with a score stage; with ``primary`` it is all that is searched for."""
    made = folder / "judged"
    shutil.copytree(load_problem("toy").directory, made)
    (made / "problem.yaml").write_text(STAGES if primary else STAGES + AXIS)
    if primary:
        (made / "metrics.yaml").write_text(
            "clarity: {description: how clear, higher_is_better: true, is_primary: true, lower_bound: 0, "
            "upper_bound: 4}\n"
        )
        (made / "validate.py").write_text("def validate(output):\n    return {'is_valid': len(output) == 4}\n")
    return made


def test_a_score_is_a_dimension_of_the_archive(tmp_path: Path) -> None:
    made = problem(tmp_path)
    with LlmServer(scored) as server:
        done = evolve(tmp_path, server, problem=str(made), evaluations=60)
    assert done.returncode == 0, done.stderr
    found = Counter[str]()
    for event in talked(tmp_path).events():
        if isinstance(event.data, ProgramEvaluated) and event.data.is_valid:
            (record,) = [each for each in event.data.stages if each.name == "clarity"]
            found[record.status] += 1
            assert ("clarity" in event.data.metrics) == (record.status == "ok")
            assert (record.duration_s > 0) == (record.status == "ok")
    assert found["ok"] >= 2 and not found["failed"], found
    check_log(tmp_path)


def test_killed_while_a_score_is_given_and_resumed_none_is_paid_twice(tmp_path: Path) -> None:
    made = problem(tmp_path, primary=True)
    arguments = ("run", str(made), "llm=compatible", "budget.usd=null", "run_id=talked", "stop.evaluations=30")
    with LlmServer(scored) as server:
        killed_and_resumed(tmp_path, server, arguments, kills=(30, 70, 110))
    events = list(talked(tmp_path).events())
    paid = Counter(event.data.call for event in events if isinstance(event.data, LlmResponded))
    assert max(paid.values()) == 1
    requests = {event.sequence for event in events if isinstance(event.data, EvaluationRequested)}
    asked = [event for event in events if isinstance(event.data, LlmRequested) and "/clarity/" in event.data.call]
    assert len(asked) >= 20 and all(event.cause in requests for event in asked)
    valid = [event.data for event in events if isinstance(event.data, ProgramEvaluated) and event.data.is_valid]
    assert valid and all(data.fitness == data.metrics["clarity"] for data in valid)
    assert ending(tmp_path).reason == "completed"
    check_log(tmp_path)


def test_a_problem_with_scores_is_checked_without_asking_a_model(tmp_path: Path) -> None:
    made = problem(tmp_path, primary=True)
    done = genesis("problem", "check", str(made), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "files, validate ─► clarity (score)" in done.stdout
    assert "a model gives clarity, 0 to 4" in done.stdout
    assert "no model was asked for clarity" in done.stdout + done.stderr
    refused = genesis("run", str(made), cwd=tmp_path)
    assert refused.returncode == 2
    assert "stages for a language model (clarity), and llm is none" in refused.stderr
    assert not (tmp_path / "runs").exists() or not list((tmp_path / "runs").iterdir())
