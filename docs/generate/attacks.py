"""The page of attacks, from the table that the tests run."""

from collections.abc import Iterable, Iterator
from typing import get_args

from docs.generate.markdown import code, document, table
from tests.evaluation.attacks import ATTACKS, EVALUATED, Attack, Chapter

__all__ = ["page"]

_INTRODUCTION = f"""\
What hostile candidates try, how each is stopped, and what is recorded of it. The tests run all {len(ATTACKS)} in each
kind of sandbox that confines (`namespaces`, `bubblewrap`, `landlock`), and after each of them an honest candidate, that
has to score as if nothing had been. A reason is that of `evaluation.failed`; which one it is may differ by kind.
*Evaluated* means that nothing failed and that the attack changed nothing: the score is the one without it, or the
result is invalid. What a candidate does, it does as one process, but for the chapter on several."""


def page() -> str:
    """The page."""
    return document("Attacks", "`tests/evaluation/attacks.py`", _INTRODUCTION, *_chapters())


def _chapters() -> Iterator[str]:
    for chapter in get_args(Chapter):
        yield f"## {chapter}"
        rows = [attack for attack in ATTACKS if attack.chapter == chapter]
        yield table(("a candidate that", "is stopped by", "and recorded as"), map(_row, rows))


def _row(attack: Attack) -> Iterable[str]:
    recorded = ", ".join("evaluated" if reason == EVALUATED else code(reason) for reason in attack.recorded)
    return attack.name, attack.stopped, recorded
