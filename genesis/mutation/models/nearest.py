"""What a model is shown when the lines that it searched for are not in the program: the nearest ones, and why not."""

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

__all__ = ["numbered", "unmatched"]

_SHOWN_LINES: Final = 12
_LINE_CHARACTERS: Final = 200
# Comparing letters is for one line against a file; more lines than this are compared as wholes alone.
_MOST_COMPARED: Final = 3_000
_ELLIPSES: Final = frozenset({"...", "…", "# ...", "// ...", "/* ... */", "# …", "// …"})


def unmatched(search: Sequence[str], texts: Mapping[str, str]) -> str:
    """Says how the searched lines differ from the text that is nearest to them, with line numbers.

    Args:
        search: The searched lines, at least one of them not blank.
        texts: The files that were searched.
    """
    elided = next((line.strip() for line in search if line.strip().lower() in _ELLIPSES), None)
    if elided is not None:
        return f"SEARCH leaves lines out ({elided!r}): write every line, or search for fewer"
    wanted = [line.strip() for line in search if line.strip()]
    path, start, score = max(
        ((path, *_nearest(wanted, text.split("\n"))) for path, text in texts.items()), key=lambda each: each[2]
    )
    if score <= 0:
        return f"nothing in {', '.join(texts)} is like it; its first line is {_shortened(wanted[0])!r}"
    lines = texts[path].split("\n")
    shown = numbered(lines, start, min(len(lines), start + min(len(search), _SHOWN_LINES)))
    return f"the nearest text is in {path}:\n{shown}\n{_difference(wanted, lines, start)}"


def numbered(lines: Sequence[str], start: int, end: int) -> str:
    """Lines of a file with their numbers, which count from 1."""
    width = len(str(end))
    return "\n".join(
        f"{number + 1:>{width}} | {_shortened(lines[number].rstrip(chr(13)))}" for number in range(start, end)
    )


def _nearest(wanted: Sequence[str], lines: Sequence[str]) -> tuple[int, float]:
    """Where as many wanted lines as possible stand close together, and their share; one pass over the file."""
    size = len(wanted)
    stripped = [line.strip() for line in lines]
    left, inside = Counter(wanted), Counter[str]()
    best, best_start, common = 0, 0, 0
    for end, line in enumerate(stripped):
        if line in left:
            common += inside[line] < left[line]
            inside[line] += 1
        if end >= size and (gone := stripped[end - size]) in left:
            inside[gone] -= 1
            common -= inside[gone] < left[gone]
        if common > best:
            best, best_start = common, max(0, end - size + 1)
    if best:
        first = next((n for n in range(best_start, len(stripped)) if stripped[n] in left), best_start)
        return max(0, first - wanted.index(stripped[first])), best / size
    return _alike(wanted, stripped)


def _alike(wanted: Sequence[str], stripped: Sequence[str]) -> tuple[int, float]:
    """Where the file has the line that is most like one of the wanted ones, letter by letter."""
    longest = max(wanted, key=len)[:_LINE_CHARACTERS]
    short = [line[:_LINE_CHARACTERS] for line in stripped[:_MOST_COMPARED]]
    close = difflib.get_close_matches(longest, short, 1, 0.5)
    if not close:
        return 0, 0.0
    offset = next(index for index, line in enumerate(wanted) if line[:_LINE_CHARACTERS] == longest)
    return max(0, short.index(close[0]) - offset), 0.5 / len(wanted)


def _difference(wanted: Sequence[str], lines: Sequence[str], start: int) -> str:
    """The first line that is not as it was searched for."""
    there = [(number, line.strip()) for number, line in enumerate(lines[start:], start + 1) if line.strip()]
    for want, (number, have) in zip(wanted, there, strict=False):
        if want != have:
            return f"line {number} is {_shortened(have)!r} and SEARCH has {_shortened(want)!r}"
    if len(there) < len(wanted):
        return f"the file ends where SEARCH goes on with {_shortened(wanted[len(there)])!r}"
    return "the words are the same and the indentation of the lines to one another is not"


def _shortened(line: str) -> str:
    return line if len(line) <= _LINE_CHARACTERS else line[:_LINE_CHARACTERS] + "…"
