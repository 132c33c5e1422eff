"""Whole runs whose novelty is judged by embeddings: the real command, the official SDK, real HTTP on loopback."""

import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from events.types import (
    EvaluationRequested,
    LlmFailed,
    LlmRequested,
    LlmResponded,
    MutationRejected,
    NoveltyJudged,
    RunStopped,
)
from genesis.run import Run
from tests.cli.command import genesis
from tests.e2e.test_models import KEY, PROGRAM, check_log, killed_and_resumed, settings, talked
from tests.e2e.test_models import reply as various
from tests.llm.servers import Asked, LlmServer, Raw, Say, Status, Vector
from tests.llm.wire_formats import words_of

MODEL = "compatible/embed"
PRICES = "llm.prices={compatible/default: {input: 1.0, output: 10.0}, compatible/embed: {input: 0.02, output: 0}}"
GIVEN = ("llm=compatible", PRICES, "run_id=talked", "stop.fitness=1e9", f"novelty.embedding={MODEL}")


def reply(asked: Asked) -> Say:
    """A few programs, again and again, told in two ways and laid out in many."""
    dice = random.Random(asked.number)
    text = PROGRAM.format(a=dice.randrange(1, 3), b=3)
    if dice.random() < 0.5:
        text = text.replace("return [A, -B, A - B, A + B]", "both = [A, -B]\n    return [*both, A - B, sum((A, B))]")
    if "<scratchpad>" in asked.text:
        text = "<scratchpad>\nTwo numbers are enough.\n</scratchpad>"
    return Say(text=f"Two numbers make four.\n```python\n# {dice.random()}\n{text}```\n", tokens_in=500, tokens_out=120)


def mixed(asked: Asked) -> Say:
    """Now and then another program."""
    return various(asked) if asked.number % 2 else reply(asked)


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with LlmServer(reply) as running:
        yield running


def evolve(
    folder: Path, server: LlmServer, *overrides: str, evaluations: int = 30
) -> "subprocess.CompletedProcess[str]":
    given = (*GIVEN, f"stop.evaluations={evaluations}", *overrides)
    return genesis("run", "toy", *given, cwd=folder, env=settings(server))


def facts(run: Run, kind: type) -> list:
    return [event.data for event in run.events() if isinstance(event.data, kind)]


def embedded(run: Run) -> list[LlmResponded]:
    return [data for data in facts(run, LlmResponded) if data.purpose == "embedding"]


def texts_of(server: LlmServer) -> Counter[str]:
    """What was sent, preflight aside."""
    return Counter(asked.body["input"] for asked in server.embedded if asked.body["input"] != "ok")


def test_a_run_with_embeddings_from_start_to_end(tmp_path: Path, server: LlmServer) -> None:
    done = evolve(tmp_path, server, "novelty.embedding_threshold=0.6", "novelty.embedding_grey=0.5")
    assert done.returncode == 0, done.stderr
    assert f"{MODEL} for novelty" in done.stderr
    run = talked(tmp_path)
    judged = facts(run, NoveltyJudged)
    assert judged and all(data.fallback is None for data in judged)
    assert all((data.measure == MODEL) == (data.cosine is not None) == (data.by == MODEL) for data in judged)
    known = {data.program for data in judged if data.verdict == "not_novel"}
    assert MODEL in {data.measure for data in judged if data.program in known}, (
        "programs told in another way are found out"
    )
    assert known <= {data.program for data in facts(run, MutationRejected) if data.reason == "not_novel"}
    assert not known & {data.program for data in facts(run, EvaluationRequested)}
    assert max(texts_of(server).values()) == 1, "one call a text"
    assert sum(texts_of(server).values()) == len(embedded(run))
    assert all("#" not in text for text in texts_of(server))
    for data in embedded(run):
        assert (data.cost_usd, data.tokens_in, data.tokens_out) == (pytest.approx(11 * 0.02e-6), 11, 0)
    shown = genesis("show", "talked", cwd=tmp_path).stdout
    assert "embedding" in shown
    spent = genesis("query", "cost_by_purpose", "--format", "csv", cwd=tmp_path).stdout
    assert f"embedding,compatible,embed,{len(embedded(run))}," in spent
    rates = genesis("query", "duplicate_rate", "--format", "csv", cwd=tmp_path)
    assert rates.returncode == 0, rates.stderr


def test_it_is_replayed_and_executed_again_without_a_provider_and_no_file_holds_the_key(tmp_path: Path) -> None:
    count = iter(range(10**6))

    def stormy(asked: Asked) -> Status | Raw | Vector:
        soon = {"retry-after": "0.01"}
        faults = (
            Status(429, f"slow down, {KEY}", headers=soon),
            Status(500, f"oops {KEY}", headers=soon),
            Raw(b'{"data": []}'),
            Status(400, f"too long, {KEY}"),
        )
        number = next(count)
        return faults[number // 3 % 4] if number % 3 == 2 else Vector(words_of(asked.body["input"]))

    with LlmServer(mixed, embeddings=(stormy,)) as server:
        done = evolve(tmp_path, server)
    assert done.returncode == 0, done.stderr
    run = talked(tmp_path)
    failures = [data for data in facts(run, LlmFailed) if data.purpose == "embedding"]
    assert {data.reason for data in failures} == {"rate_limited", "overloaded", "malformed", "bad_request"}
    assert {data.fallback for data in facts(run, NoveltyJudged)} >= {None, "bad_request"}
    check_log(tmp_path)
    for path in (path for path in (tmp_path / "runs").rglob("*") if path.is_file()):
        assert KEY.encode() not in path.read_bytes(), path


def test_killed_and_resumed_nothing_is_paid_for_twice(tmp_path: Path) -> None:
    def slowly(asked: Asked) -> Vector:
        return Vector(words_of(asked.body["input"]), delay_s=0.03 * random.Random(asked.number).random())

    with LlmServer(mixed, embeddings=(slowly,)) as server:
        killed_and_resumed(tmp_path, server, ("run", "toy", *GIVEN, "stop.evaluations=50"), kills=(60, 110, 160))
        sent = texts_of(server)
    run = talked(tmp_path)
    attempts = {(data.call, data.attempt): data.messages[0].content for data in facts(run, LlmRequested)}
    paid = Counter(attempts[data.call, data.attempt] for data in embedded(run))
    assert paid and max(paid.values()) == 1
    lost = [text for text, times in sent.items() if times > 1]
    answered = Counter(attempts[data.call, data.attempt] for data in (*embedded(run), *facts(run, LlmFailed)))
    for text in lost:
        asked = sum(content == text for content in attempts.values())
        assert sent[text] <= asked, "what was asked for again was in flight when a process died, and the log says so"
        assert asked > answered[text]
    check_log(tmp_path)


def test_when_its_budget_is_used_up_texts_are_compared(tmp_path: Path, server: LlmServer) -> None:
    server.script(various)
    few = ("budget.purposes={embedding: {calls: 5}}", "window=1", "novelty.embedding_threshold=1.0")
    done = evolve(tmp_path, server, *few, evaluations=20)
    assert done.returncode == 0, done.stderr
    run = talked(tmp_path)
    judged = facts(run, NoveltyJudged)
    assert {data.fallback for data in judged} == {None, "budget"}
    for data in judged:
        assert (data.measure, data.by) == ((MODEL, MODEL) if data.fallback is None else ("text", "similarity"))
    assert len(embedded(run)) == sum(texts_of(server).values()) == 5
    stopped = facts(run, RunStopped)[-1]
    assert stopped.reason == "completed"
    check_log(tmp_path)


def test_a_server_that_changes_its_model_is_noticed(tmp_path: Path, server: LlmServer) -> None:
    server.script(mixed)
    server.embed(lambda asked: Vector(words_of(asked.body["input"], 8 if asked.number < 6 else 16)))
    done = evolve(tmp_path, server)
    assert done.returncode == 0, done.stderr
    assert "dimensions" in {data.fallback for data in facts(talked(tmp_path), NoveltyJudged)}
    check_log(tmp_path)


def test_an_ordered_run_keeps_the_promises_of_a_log_too(tmp_path: Path, server: LlmServer) -> None:
    done = evolve(tmp_path, server, "ordered=true", evaluations=20)
    assert done.returncode == 0, done.stderr
    assert embedded(talked(tmp_path))
    check_log(tmp_path)
