"""Where the log has embeddings, checked against the events of a scripted run."""

from events.types import LlmRequested, LlmResponded
from genesis.engine.state import State
from genesis.llm.port import Failure
from genesis.llm.scripted import ScriptedEmbedder
from projections import Embeddings, embedded_text
from tests.engine.scripted import CrashingLog, fold
from tests.engine.test_embeddings import MODEL, run
from tests.llm.wire_formats import words_of


def test_each_text_is_where_its_embedding_is() -> None:
    count = iter(range(10**6))

    def script(request: object) -> object:
        busy = Failure(reason="overloaded", message="busy", retry_in_s=0.0)
        return busy if next(count) % 3 == 0 else words_of(request.text)  # type: ignore[attr-defined]

    log = CrashingLog()
    state: State = run(log, ScriptedEmbedder(script), jitter=4)  # type: ignore[arg-type]
    texts = {
        (event.data.call, event.data.attempt): event.data.messages[0].content
        for event in log.read()
        if isinstance(event.data, LlmRequested) and event.data.purpose == "embedding"
    }
    answers = [event for event in log.read() if isinstance(event.data, LlmResponded) and event.data.embedding]
    for event in answers:
        name = embedded_text(MODEL, texts[event.data.call, event.data.attempt])
        assert event.sequence in state.embeddings.places[name]
        assert state.embeddings.before(name, event.sequence) == []
        assert state.embeddings.before(name, event.sequence + 1) == [event.sequence]
    assert sum(map(len, state.embeddings.places.values())) == len(answers) > 10


def test_another_model_sees_another_text() -> None:
    assert embedded_text("a/b", "x") != embedded_text("a/c", "x")
    assert embedded_text("a/b", "x") != embedded_text("a/b", "y")


def test_a_fold_in_pieces_is_the_fold() -> None:
    log = CrashingLog()
    run(log)
    whole = fold(log.read()).embeddings
    pieces = Embeddings()
    for event in log.read():
        pieces.apply(event)
    assert pieces.snapshot() == whole.snapshot()
    assert pieces.places == whole.places
