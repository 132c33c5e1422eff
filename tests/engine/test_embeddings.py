"""Novelty by embeddings: what is asked for, once, what is judged by it, and what happens where there is none."""

import asyncio
import random
from collections import Counter
from dataclasses import replace

import pytest

from events.envelope import Event
from events.types import (
    EvaluationRequested,
    LlmFailed,
    LlmRequested,
    LlmResponded,
    MutationProposed,
    MutationRejected,
    MutationRequested,
    NoveltyJudged,
    RunStopped,
)
from genesis.analysis.replay import rederive
from genesis.engine.loop import Loop
from genesis.engine.state import State
from genesis.language.plain import plain_text
from genesis.language.similarity import cosine
from genesis.llm.port import Embedding, EmbeddingRequest, Failure, Reply, Request
from genesis.llm.scripted import ScriptedEmbedder, ScriptedModel
from genesis.llm.vector import decode_vector
from genesis.mutation.tasks import Comparison, Plain
from genesis.program import Source
from tests.engine.scripted import CrashingLog, fold, pause
from tests.engine.talking import PROGRAM, InProcess, again, answer, begin, talk
from tests.llm.wire_formats import words_of
from tests.normal_form import normal_form

MODEL = "made/embeddings"
SHORT = {"stop": {"evaluations": 25}}


def run(
    log: CrashingLog,
    embedder: ScriptedEmbedder | None = None,
    *,
    model: ScriptedModel | None = None,
    novelty: dict[str, object] | None = None,
    texts: InProcess | None = None,
    jitter: int = 0,
    **overrides: object,
) -> State:
    first = begin(novelty={"embedding": MODEL, **(novelty or {})}, **{**SHORT, **overrides})
    return asyncio.run(talk(log, first, model=model, texts=texts, embedder=embedder or counting(), jitter=jitter))


def counting() -> ScriptedEmbedder:
    return ScriptedEmbedder(lambda request: words_of(request.text))


def of(log: CrashingLog, kind: type) -> list[Event]:
    return [event for event in log.read() if isinstance(event.data, kind)]


def embeddings(log: CrashingLog) -> list[Event]:
    return [event for event in of(log, LlmResponded) if event.data.purpose == "embedding"]


def asked(log: CrashingLog) -> list[Event]:
    return [event for event in of(log, LlmRequested) if event.data.purpose == "embedding"]


def completed(log: CrashingLog) -> None:
    last = list(log.read())[-1].data
    assert isinstance(last, RunStopped)
    assert last.reason == "completed"


def lazy(request: Request) -> Reply | str:
    """Proposes the same few programs again and again, each time with another comment and layout."""
    if request.purpose != "mutation":
        return answer(request)
    dice = random.Random(request.draw)
    text = PROGRAM.format(size=dice.randrange(3), factor=7).replace("total = 0", f"total  =  0  # {dice.random()}")
    return f"Again.\n```python\n{text}```\n"


@pytest.mark.parametrize("ordered", [True, False])
def test_every_word_rests_on_embeddings_that_the_log_has(ordered: bool) -> None:
    log, embedder = CrashingLog(), counting()
    run(log, embedder, ordered=ordered, jitter=2)
    completed(log)
    questions = {(event.data.call, event.data.attempt): event.data for event in asked(log)}
    vectors = {
        questions[event.data.call, event.data.attempt].messages[0].content: decode_vector(event.data.embedding)
        for event in embeddings(log)
    }
    proposed = {event.data.program: event.data for event in of(log, MutationProposed)}
    judged = [event.data for event in of(log, NoveltyJudged) if event.data.program in proposed]
    assert len(judged) > 8, "those that the texts show to be known are not proposed"
    for data in judged:
        mine, theirs = (
            vectors[plain_text(Source(proposed[each].files, proposed[each].entry), "python")]
            for each in (data.program, data.nearest)
        )
        assert data.cosine == pytest.approx(cosine(mine, theirs), abs=1e-6)
        assert data.similarity <= data.cosine + 1e-6
        assert (data.measure, data.by, data.fallback) == (MODEL, MODEL, None)
    assert all("#" not in request.text for request in embedder.asked)


def test_whose_call_it_is_and_what_for_is_said_of_each() -> None:
    log = CrashingLog()
    run(log)
    of_request = {event.sequence: event for event in of(log, MutationRequested)}
    for event in (*asked(log), *embeddings(log)):
        data, request = event.data, of_request[event.cause].data
        assert (data.program, data.operator) == (request.program, request.operator)
        assert f"{data.provider}/{data.model}" == MODEL
        assert data.call.split("/")[:2] == [request.program, "embedding"]
        assert data.call.split("/")[2:] in ([], *([each] for each in _compared(request)))


def _compared(data: MutationRequested) -> tuple[str, ...]:
    assert data.briefing is not None
    return (*data.parents, *data.inspirations, *data.briefing.compared)


def test_the_same_code_is_embedded_once_however_often_it_is_proposed() -> None:
    log, embedder = CrashingLog(), counting()
    run(log, embedder, model=ScriptedModel(lazy), jitter=5)
    completed(log)
    judged = of(log, NoveltyJudged)
    assert len(judged) > 15
    assert max(Counter(request.text for request in embedder.asked).values()) == 1
    assert len(embedder.asked) < len(judged)


RETOLD = """\
SIZE = 1


def entrypoint():
    amounts = {made_of} * 2 for number in range(SIZE){closed}
    return sum(amounts, 0)
"""


def retold(request: Request) -> Reply | str:
    """The first seed in another way, with the same numbers."""
    if request.purpose != "mutation":
        return answer(request)
    opened, closed = random.Random(request.draw).choice(["[]", "{}", "()"])
    return f"Clearer.\n```python\n{RETOLD.format(made_of=f'{opened}number', closed=closed)}```\n"


class _Durable(CrashingLog):
    """A log that takes its time to keep what was written, and gives nothing away before."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = 0

    async def flush(self) -> None:
        written = self.last_sequence
        await pause(random.Random(written), 100)
        self.kept = max(self.kept, written)

    def read_at(self, sequence: int) -> Event:
        assert sequence <= self.kept, "it may still be lost"
        return super().read_at(sequence)


class _Thoughtful(InProcess):
    """Takes its time, as a process does that has other work."""

    async def plain(self, comparison: Comparison) -> Plain:
        await pause(random.Random(comparison.source.text), 200)
        return await super().plain(comparison)


@pytest.mark.parametrize("ordered", [True, False])
def test_no_word_rests_on_what_could_still_be_lost(ordered: bool) -> None:
    def script(request: EmbeddingRequest) -> "tuple[float, ...] | Embedding":
        busy = random.Random(f"{request.text}{len(embedder.asked)}").random() < 0.3
        return Failure(reason="overloaded", message="busy") if busy else words_of(request.text)

    for jitter in range(3):
        embedder, log = _Slow(script), _Durable()
        run(log, embedder, ordered=ordered, model=ScriptedModel(lazy), texts=_Thoughtful(), jitter=jitter)
        completed(log)
        assert again(log).difference is None


def test_a_near_duplicate_by_embedding_costs_no_evaluation() -> None:
    same = ScriptedEmbedder(lambda request: (1.0, 0.0) if "amounts" in request.text else (1.0, 0.01))
    log = CrashingLog()
    run(log, same, model=ScriptedModel(retold), novelty={"embedding_threshold": 0.98})
    judged = [event.data for event in of(log, NoveltyJudged)]
    known = [data for data in judged if data.verdict == "not_novel" and data.measure == MODEL]
    assert known and all(data.similarity >= 0.98 for data in known)
    rejected = {event.data.program: event.data for event in of(log, MutationRejected)}
    evaluated = {event.data.program for event in of(log, EvaluationRequested)}
    for data in known:
        assert rejected[data.program].reason == "not_novel"
        assert f"alike to {data.nearest}, says {MODEL}" in rejected[data.program].message
        assert data.program not in evaluated


def test_what_the_texts_show_to_be_known_needs_no_embedding() -> None:
    log, embedder = CrashingLog(), counting()
    run(log, embedder, model=ScriptedModel(lazy))
    by_text = [event.data for event in of(log, NoveltyJudged) if event.data.measure == "text"]
    assert by_text
    for data in by_text:
        assert (data.verdict, data.by, data.cosine, data.fallback) == ("not_novel", "similarity", None, None)
        assert f"{data.program}/embedding" not in {event.data.call for event in asked(log)}


def test_new_numbers_in_an_old_program_are_new_however_alike_they_are_embedded() -> None:
    log = CrashingLog()
    run(log, ScriptedEmbedder(lambda request: (1.0, 2.0, 3.0)))
    judged = [event.data for event in of(log, NoveltyJudged)]
    assert judged and {data.cosine for data in judged} == {1.0}
    assert {data.verdict for data in judged} == {"novel"}


@pytest.mark.parametrize(("word", "verdict"), [("NOVEL: another idea", "novel"), ("SAME: only renamed", "not_novel")])
def test_a_model_judges_the_grey_zone(word: str, verdict: str) -> None:
    def model(request: Request) -> Reply | str:
        return word if request.purpose == "judge" else retold(request)

    log = CrashingLog()
    run(
        log,
        ScriptedEmbedder(lambda request: (1.0, random.Random(request.text).random())),
        model=ScriptedModel(model),
        novelty={"judge": True, "embedding_grey": 0.5, "embedding_threshold": 1.0, "threshold": 1.0},
    )
    by_model = [event.data for event in of(log, NoveltyJudged) if event.data.by == "made/up"]
    assert by_model and {data.verdict for data in by_model} == {verdict}
    assert {data.measure for data in by_model} == {MODEL}
    assert all(data.why and 0.5 <= data.similarity < 1.0 for data in by_model)


@pytest.mark.parametrize("reason", ["unauthorized", "bad_request", "budget", "malformed", "unreachable"])
def test_where_there_is_no_embedding_texts_are_compared_and_the_event_says_so(reason: str) -> None:
    plain, log = CrashingLog(), CrashingLog()
    run(plain, novelty={"embedding": None})
    embedder = ScriptedEmbedder(lambda request: Failure(reason=reason, message="no"))
    run(log, embedder)
    completed(log)
    judged = [event.data for event in of(log, NoveltyJudged)]
    assert judged
    for data in judged:
        assert (data.by, data.measure, data.cosine, data.fallback) == ("similarity", "text", None, reason)
    assert not embeddings(log)
    by_text = {event.data.program: event.data for event in of(plain, NoveltyJudged)}
    for data in judged[:3]:
        assert data == replace(by_text[data.program], fallback=reason)
    assert again(log).difference is None


def test_a_provider_that_is_away_for_a_while_is_used_again() -> None:
    count = iter(range(10**6))

    def script(request: EmbeddingRequest) -> "tuple[float, ...] | Embedding":
        return Failure(reason="overloaded", message="busy") if next(count) < 5 else words_of(request.text)

    log = CrashingLog()
    run(log, ScriptedEmbedder(script), jitter=1)
    fallbacks = [event.data.fallback for event in of(log, NoveltyJudged)]
    assert "overloaded" in fallbacks and fallbacks[-1] is None
    assert again(log).difference is None


def test_attempts_that_are_made_again_are_facts_like_others() -> None:
    def script(request: EmbeddingRequest) -> "tuple[float, ...] | Embedding":
        dice = random.Random(f"{request.text}{len(embedder.asked)}")
        return Failure(reason="overloaded", message="busy", retry_in_s=0.0) if dice.random() < 0.4 else (1.0, 1.0)

    embedder = ScriptedEmbedder(script)
    log = CrashingLog()
    run(log, embedder)
    assert any(event.data.attempt > 1 for event in embeddings(log))
    assert len(asked(log)) == len(embedder.asked)
    assert again(log).difference is None


def test_embeddings_of_different_lengths_are_not_compared() -> None:
    script = ScriptedEmbedder(lambda request: words_of(request.text, random.Random(request.text).choice([8, 16])))
    log = CrashingLog()
    run(log, script)
    completed(log)
    assert {event.data.fallback for event in of(log, NoveltyJudged)} >= {"dimensions"}
    assert again(log).difference is None


def test_what_no_process_can_make_ready_is_compared_as_text() -> None:
    class Lost(InProcess):
        async def plain(self, comparison: Comparison) -> Plain:
            return Plain()

    log, embedder = CrashingLog(), counting()
    run(log, embedder, texts=Lost())
    assert {event.data.fallback for event in of(log, NoveltyJudged)} == {"unreadable"}
    assert embedder.asked == []


def test_embeddings_are_no_questions_so_they_change_no_share_and_end_no_run() -> None:
    plain, log = CrashingLog(), CrashingLog()
    without = run(plain, novelty={"embedding": None}, stop={"evaluations": 60})
    state = run(log, stop={"evaluations": 60})
    assert state.budget.by_purpose["embedding"].calls == len(asked(log)) > 10
    assert state.budget.questions == state.budget.calls - len(asked(log))
    assert state.budget.analysis_calls <= 0.25 * state.budget.questions
    assert without.budget.questions == without.budget.calls
    failing = ScriptedEmbedder(lambda request: Failure(reason="unreachable", message="nobody there"))
    state = run(CrashingLog(), failing, stop={"evaluations": 60})
    assert state.models.failed_in_a_row == 0
    assert state.progress.evaluations == 60


@pytest.mark.parametrize("ordered", [True, False])
def test_decisions_are_rederived_and_the_whole_run_is_executed_again_without_asking(ordered: bool) -> None:
    log = CrashingLog()
    run(log, ordered=ordered, jitter=3, model=ScriptedModel(lazy), stop={"evaluations": 60})
    assert rederive(log.read(), State()).difference is None
    found = again(log)
    assert found.difference is None
    assert found.events == log.last_sequence


@pytest.mark.parametrize("jitter", [1, 2])
def test_ordered_runs_of_the_same_seed_are_the_same_whatever_the_timing(jitter: int) -> None:
    first, second = CrashingLog(), CrashingLog()
    run(first, ordered=True)
    run(second, ordered=True, jitter=jitter)
    assert normal_form(first.read()) == normal_form(second.read())


class _Slow(ScriptedEmbedder):
    async def embed(self, request: EmbeddingRequest, witness: object) -> Embedding:
        await pause(random.Random(request.text), 32)
        return await super().embed(request, witness)  # type: ignore[arg-type]


@pytest.mark.parametrize("ordered", [True, False])
def test_killed_anywhere_and_resumed_no_embedding_is_paid_for_twice(ordered: bool) -> None:
    whole = CrashingLog()
    run(whole, _Slow(lambda request: words_of(request.text)), ordered=ordered)
    for room in range(20, whole.last_sequence, 9):
        log = CrashingLog(room=room)
        with log.dying():
            run(log, _Slow(lambda request: words_of(request.text)), ordered=ordered, jitter=room)
        before = {event.data.call for event in embeddings(log)}
        second = _Slow(lambda request: words_of(request.text))
        asyncio.run(talk(log, embedder=second, jitter=-room))
        completed(log)
        paid = Counter(event.data.call for event in embeddings(log))
        assert max(paid.values()) == 1, f"killed at {room}"
        if not ordered:
            texts = {(event.data.call, event.data.attempt): event.data.messages[0].content for event in asked(log)}
            once = Counter(texts[event.data.call, event.data.attempt] for event in embeddings(log))
            assert max(once.values()) == 1, f"killed at {room}"
            assert len(second.asked) == len(paid) - len(before)
        assert rederive(log.read(), State()).difference is None
        if room % 3 == 0:
            assert again(log).difference is None, f"killed at {room}"


def test_an_attempt_that_was_in_flight_at_the_kill_may_be_answered_for_by_another_request() -> None:
    whole = CrashingLog()
    run(whole, model=ScriptedModel(lazy))
    for event in asked(whole)[:6]:
        log = CrashingLog(list(whole.read())[: event.sequence])
        asyncio.run(talk(log, model=ScriptedModel(lazy), embedder=counting()))
        completed(log)
        assert again(log).difference is None, f"killed at {event.sequence}"


@pytest.mark.parametrize("ordered", [True, False])
def test_an_interruption_sends_nothing_more_and_loses_nothing(ordered: bool) -> None:
    log, loops = CrashingLog(), list[Loop]()

    def until_then(request: EmbeddingRequest) -> tuple[float, ...]:
        if len(embedder.asked) == 6:
            loops[0].interrupt("SIGINT")
        return words_of(request.text)

    embedder = _Slow(until_then)
    first = begin(novelty={"embedding": MODEL}, ordered=ordered, **SHORT)
    model = ScriptedModel(lazy)
    asyncio.run(talk(log, first, model=model, texts=_Thoughtful(), embedder=embedder, began=loops.append))
    last = list(log.read())[-1].data
    assert isinstance(last, RunStopped) and last.reason == "interrupted"
    told_to_stop = next(event.sequence for event in log.read() if event.type == "run.interrupted")
    if not ordered:
        assert [event for event in asked(log) if event.sequence > told_to_stop] == []
    asyncio.run(talk(log, model=ScriptedModel(lazy), embedder=counting()))
    completed(log)
    assert max(Counter(event.data.call for event in embeddings(log)).values()) == 1
    assert rederive(log.read(), State()).difference is None
    assert again(log).difference is None


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (LlmRequested, {"messages": ()}),
        (LlmRequested, {"model": "another"}),
        (NoveltyJudged, {"cosine": 0.123}),
        (NoveltyJudged, {"fallback": "budget"}),
    ],
)
def test_what_was_changed_is_named(kind: type, change: dict[str, object]) -> None:
    log = CrashingLog()
    run(log)
    events = list(log.read())
    places = [n for n, event in enumerate(events) if isinstance(event.data, kind)]
    if kind is LlmRequested:
        places = [n for n in places if events[n].data.purpose == "embedding"]
    place = places[len(places) // 2]
    events[place] = events[place]._replace(data=replace(events[place].data, **change))
    found = again(CrashingLog(events))
    assert found.difference is not None
    assert found.difference.sequence == place + 1


def test_an_embedding_that_was_changed_shows_in_what_came_of_it() -> None:
    log = CrashingLog()
    run(log)
    events = list(log.read())
    first, second, *_ = (n for n, event in enumerate(events) if getattr(event.data, "embedding", ""))
    other = events[second].data.embedding
    assert other != events[first].data.embedding
    events[first] = events[first]._replace(data=replace(events[first].data, embedding=other))
    found = again(CrashingLog(events))
    assert found.difference is not None
    assert "novelty.judged" in found.difference.recorded


def test_the_state_of_a_run_without_embeddings_is_what_it_was() -> None:
    log = CrashingLog()
    state = run(log, novelty={"embedding": None})
    assert "embeddings" not in state.snapshot()
    assert "embeddings" in run(CrashingLog()).snapshot()


def test_failed_attempts_leave_nothing_open() -> None:
    log = CrashingLog()
    run(log, ScriptedEmbedder(lambda request: Failure(reason="budget", message="used up")))
    state = fold(log.read())
    assert state.embeddings.places == {}
    assert state.budget.closed == {"embedding"}
    assert state.budget.refused == len(of(log, LlmFailed))
    completed(log)
