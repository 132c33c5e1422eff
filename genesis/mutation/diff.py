"""What changed between two programs, as a person or a model reads it."""

import difflib
from collections.abc import Iterator
from typing import Final

from genesis.program import Source

__all__ = ["MAX_DIFF_CHARACTERS", "unified"]

MAX_DIFF_CHARACTERS: Final = 64 * 1024
_CONTEXT: Final = 3
# Matching lines costs up to the square of their number; beyond this many, all that differs is one hunk.
_MOST_MATCHED: Final = 3000


def unified(before: Source, after: Source) -> str:
    """A unified diff of all files in sorted order; cut at 65,536 characters, and then its last line says so."""
    lines: list[str] = []
    for path in sorted(before.files.keys() | after.files.keys()):
        lines += _file(path, before.files.get(path), after.files.get(path))
    text = "\n".join(lines)
    if len(text) <= MAX_DIFF_CHARACTERS:
        return text
    mark = f"\n[diff cut: {len(text)} characters in all]"
    return text[: MAX_DIFF_CHARACTERS - len(mark)] + mark


def _file(path: str, before: str | None, after: str | None) -> Iterator[str]:
    if before == after:
        return iter(())
    old, new = _lines(before), _lines(after)
    names = ("/dev/null" if before is None else f"a/{path}", "/dev/null" if after is None else f"b/{path}")
    if max(len(old), len(new)) <= _MOST_MATCHED:
        return difflib.unified_diff(old, new, *names, lineterm="", n=_CONTEXT)
    return _one_hunk(old, new, names)


def _lines(text: str | None) -> list[str]:
    return text.split("\n") if text else []


def _one_hunk(old: list[str], new: list[str], names: tuple[str, str]) -> Iterator[str]:
    shorter = min(len(old), len(new))
    head = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    tail = next((i for i in range(shorter - head) if old[-1 - i] != new[-1 - i]), shorter - head)
    start = max(0, head - _CONTEXT)
    context = old[start:head]
    removed, added = old[head : len(old) - tail], new[head : len(new) - tail]
    after = old[len(old) - tail :][:_CONTEXT]
    around = len(context) + len(after)
    yield f"--- {names[0]}"
    yield f"+++ {names[1]}"
    yield f"@@ -{start + 1},{around + len(removed)} +{start + 1},{around + len(added)} @@"
    yield from (f" {line}" for line in context)
    yield from (f"-{line}" for line in removed)
    yield from (f"+{line}" for line in added)
    yield from (f" {line}" for line in after)
