"""Outcomes by content: the same text, judged by the same problem, is not run twice."""

import hashlib
from collections import OrderedDict
from dataclasses import replace

from genesis.evaluation.job import Failed, Outcome
from genesis.program import Source

__all__ = ["OutcomeCache", "content_key", "is_lasting"]

# What another run might not repeat: how busy the machine is decides it, or what broke was not the program.
_PASSING = frozenset({"timeout", "validator_error", "backend_error"})


def content_key(source: Source, problem_digest: str) -> bytes:
    """A digest of the exact text of all files, which is the entry, and the problem."""
    digest = hashlib.sha256()
    for part in (problem_digest, source.entry, *(part for item in sorted(source.files.items()) for part in item)):
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.digest()


def is_lasting(outcome: Outcome) -> bool:
    """Whether another evaluation of the same text would end the same way."""
    return not (isinstance(outcome, Failed) and outcome.reason in _PASSING)


class OutcomeCache:
    """The latest outcomes, up to a number of entries."""

    def __init__(self, entries: int) -> None:
        self.entries = entries
        self._outcomes: OrderedDict[bytes, Outcome] = OrderedDict()

    def get(self, key: bytes) -> Outcome | None:
        """A kept outcome with its stages marked as cached, or None."""
        outcome = self._outcomes.get(key)
        if outcome is None:
            return None
        self._outcomes.move_to_end(key)
        return replace(outcome, stages=tuple(replace(stage, cached=True) for stage in outcome.stages))

    def put(self, key: bytes, outcome: Outcome) -> None:
        """Keep an outcome, unless another run of the same text might end otherwise."""
        if not is_lasting(outcome):
            return
        self._outcomes[key] = outcome
        if len(self._outcomes) > self.entries:
            self._outcomes.popitem(last=False)
