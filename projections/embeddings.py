"""Where the log has embeddings of texts, so that none is asked for twice."""

from hashlib import sha256

from events.envelope import Event
from events.types import LlmRequested, LlmResponded, RunResumed
from projections.fold import Plain, Projection, takes

__all__ = ["Embeddings", "embedded_text"]


def embedded_text(model: str, text: str) -> str:
    """What names a text as ``provider/model`` sees it: a SHA-256, hexadecimal."""
    return sha256(f"{model}\n{text}".encode()).hexdigest()


class Embeddings(Projection):
    """Texts to the events that have their embeddings; the numbers stay in the log.

    Attributes:
        places: Name of a text to the sequences of the ``llm.responded`` that have its embedding, mostly one.
    """

    def __init__(self) -> None:
        self.places: dict[str, list[int]] = {}
        self._open: dict[tuple[str, int], str] = {}

    def before(self, name: str, sequence: int | None) -> list[int]:
        """Where a text's embedding is, of events before a place, or of all."""
        return [each for each in self.places.get(name, ()) if sequence is None or each < sequence]

    @takes(LlmRequested)
    def _requested(self, _: Event, data: LlmRequested) -> None:
        if data.purpose == "embedding" and data.messages:
            name = embedded_text(f"{data.provider}/{data.model}", data.messages[0].content)
            self._open[data.call, data.attempt] = name

    @takes(LlmResponded)
    def _responded(self, event: Event, data: LlmResponded) -> None:
        name = self._open.pop((data.call, data.attempt), None)
        if name is not None and data.embedding:
            self.places.setdefault(name, []).append(event.sequence)

    @takes(RunResumed)
    def _taken_up(self, _: Event, __: RunResumed) -> None:
        self._open.clear()

    def snapshot(self) -> Plain:
        """The texts whose embeddings are known."""
        return list(self.places)
