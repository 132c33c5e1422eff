"""What takes the place of matched lines: the model's text where it changes something, the file's own where it does not.

A model that wrote its SEARCH text with other white space than the file wrote its REPLACE text so too. Lines that both
have in common keep the file's white space, and new lines get the file's indentation.
"""

import difflib
from collections.abc import Mapping, Sequence
from typing import Final

from genesis.mutation.models.matching import Match, width_of

__all__ = ["replacement"]

# Aligning costs up to the square of the number of lines; longer texts are aligned at their heads and tails alone.
_MOST_ALIGNED: Final = 400


def replacement(raw: Sequence[str], match: Match, search: Sequence[str], replace: Sequence[str]) -> list[str]:
    """The lines, without their ends, that stand for ``raw[match.start : match.end]`` from now on."""
    if match.is_exact:
        return list(replace)
    made: list[str] = []
    steps = _steps([line.rstrip() for line in search], [line.rstrip() for line in replace])
    for tag, first, last, low, high in steps:
        kept = _chunks(match, first, last)
        if tag == "equal":
            made += (raw[number] for blanks, line in kept for number in (*blanks, line))
            continue
        if tag == "replace" and kept:
            made += (raw[number] for number in kept[0][0])
        made += (_indented(line, match, is_first=low + n == 0) for n, line in enumerate(replace[low:high]))
    return made


def _chunks(match: Match, first: int, last: int) -> list[tuple[range, int]]:
    """The file's lines of some searched ones: each with the blank lines above it that the model left out."""
    above = next((number for number in reversed(match.lines[:first]) if number is not None), match.start - 1)
    chunks: list[tuple[range, int]] = []
    for number in match.lines[first:last]:
        if number is not None:
            chunks.append((range(above + 1, number), number))
            above = number
    return chunks


def _steps(theirs: list[str], ours: list[str]) -> list[tuple[str, int, int, int, int]]:
    """How one text becomes the other: ``difflib``'s opcodes."""
    if max(len(theirs), len(ours)) <= _MOST_ALIGNED:
        return list(difflib.SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes())
    shorter = min(len(theirs), len(ours))
    head = next((i for i in range(shorter) if theirs[i] != ours[i]), shorter)
    tail = next((i for i in range(shorter - head) if theirs[-1 - i] != ours[-1 - i]), shorter - head)
    a, b = len(theirs) - tail, len(ours) - tail
    return [("equal", 0, head, 0, head), ("replace", head, a, head, b), ("equal", a, len(theirs), b, len(ours))]


def _indented(line: str, match: Match, *, is_first: bool) -> str:
    """A new line as it is written in this file."""
    text = line.lstrip()
    if not text:
        return ""
    indent = line[: len(line) - len(text)]
    if is_first and match.lost is not None and not indent:
        return match.lost + text
    return (_place(indent, match.indents) if match.indents else indent) + text


def _place(indent: str, indents: Mapping[str, str]) -> str:
    """Where an indentation of the model's text lies in the file, from those that are known."""
    if indent in indents:
        return indents[indent]
    width = width_of(indent)
    ordered = sorted(indents, key=width_of)
    below = [each for each in ordered if width_of(each) <= width]
    base = below[-1] if below else ordered[0]
    columns = width_of(indents[base]) + round((width - width_of(base)) * _scale(ordered, indents))
    if "\t" in "".join(indents.values()) or (indent.startswith("\t") and not any(indents.values())):
        return "\t" * (max(0, columns) // 4) + " " * (max(0, columns) % 4)
    return " " * max(0, columns)


def _scale(ordered: Sequence[str], indents: Mapping[str, str]) -> float:
    """Columns of the file for one column of the model's text."""
    low, high = ordered[0], ordered[-1]
    if width_of(high) == width_of(low):
        return 1.0
    return (width_of(indents[high]) - width_of(indents[low])) / (width_of(high) - width_of(low))
