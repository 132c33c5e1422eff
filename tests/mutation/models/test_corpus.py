"""Replies as models write them, each a file: what comes of it is written at its head."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from genesis.mutation.models.conversation import converse
from genesis.mutation.models.port import Turn
from genesis.mutation.operators.port import Proposed, Rejection
from genesis.mutation.regions import unchanged_outside
from genesis.program import Source
from tests.mutation.models.briefs import brief

CORPUS = Path(__file__).parent.parent / "corpus"
APPLIES = "applies"


@dataclass(frozen=True)
class Case:
    kind: str
    name: str
    head: dict[str, Any]
    reply: str
    source: Source | None

    @property
    def expected(self) -> Source:
        """The program that has to come out, letter by letter."""
        if self.source is None:
            return Source(self.head["whole"], "program.py")
        files = {**self.source.files, **self.head.get("new", {})}
        for file, *texts in self.head["changes"]:
            path = self.source.entry if file == "*" else file
            is_crlf = self.head.get("line_ends") == "crlf"
            old, new = (text.replace("\n", "\r\n") if is_crlf else text for text in texts)
            assert files[path].count(old) == 1, f"{old!r} does not say where"
            files[path] = files[path].replace(old, new)
        return Source(files, self.source.entry)

    def outcome(self) -> Proposed | Rejection:
        step = converse(brief(self.source, operator=self.head["operator"], max_turns=1), [Turn(self.reply)])
        assert isinstance(step, Proposed | Rejection)
        return step


def _program(name: str, line_ends: str) -> Source | None:
    path = CORPUS / "programs" / name
    if name == "none":
        return None
    if path.is_dir():
        files = {each.relative_to(path).as_posix(): each.read_text() for each in sorted(path.rglob("*.py"))}
        return Source(files, "main.py")
    text = path.read_text()
    return Source.single(text.replace("\n", "\r\n") if line_ends == "crlf" else text, name)


def _case(path: Path) -> Case:
    _, head, reply = path.read_bytes().decode().split("---\n", 2)
    facts = yaml.safe_load(head)
    return Case(path.parent.name, path.stem, facts, reply, _program(facts["program"], facts.get("line_ends", "lf")))


CASES = [_case(path) for path in sorted(CORPUS.glob("*/*.md"))]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}/{case.name}")
def test_outcome(case: Case) -> None:
    outcome = case.outcome()
    if case.head["outcome"] == APPLIES:
        assert isinstance(outcome, Proposed), outcome
        assert outcome.source == case.expected
    else:
        assert isinstance(outcome, Rejection), outcome
        assert outcome.reason == case.head["outcome"]
        assert case.head.get("says", "") in outcome.message


def test_counts() -> None:
    """The bar: 60 replies or more; 95 of 100 sloppy ones apply, and no ambiguous or wrong one does."""
    applied: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for case in CASES:
        outcome = case.outcome()
        total[case.kind] += 1
        right = isinstance(outcome, Proposed) and (case.head["outcome"] != APPLIES or outcome.source == case.expected)
        applied[case.kind] += right
    for kind in sorted(total):
        print(f"{kind:10} {applied[kind]:3} of {total[kind]:3} apply")
    assert sum(total.values()) >= 60
    assert applied["good"] == total["good"]
    assert applied["sloppy"] >= 0.95 * total["sloppy"]
    assert applied["ambiguous"] == applied["wrong"] == 0


def test_immutable_text_stays() -> None:
    for case in CASES:
        outcome = case.outcome()
        if isinstance(outcome, Proposed) and case.source is not None:
            assert unchanged_outside(case.source, outcome.source, "python") is None
