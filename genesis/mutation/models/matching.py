"""Where in a file the lines of a SEARCH text are: exactly, else with white space taken less strictly.

The ways to compare are tried in this order, and the first that finds anything decides:

1. every line as it is (but for carriage returns);
2. white space at line ends ignored, and blank lines around the text;
3. blank lines inside ignored as well;
4. indentation mapped: each indentation of the text stands for one of the file's, deeper for deeper, so that shifted
   text, tabs for spaces and two columns for four are found. The first line may have lost its indentation.

A way never falls back on a guess: it gives every place that it finds, and more than one is the caller's to refuse.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

__all__ = ["FileText", "Form", "Match", "find", "indent_of", "width_of"]

_NO_BREAK: Final = "\u00a0"
_MOST_MATCHES: Final = 20  # more are as ambiguous


@dataclass(frozen=True, slots=True)
class Match:
    """Whole lines of a file, ``start`` included and ``end`` not, counted from 0.

    Attributes:
        start: The first line.
        end: The line behind the last.
        is_exact: Whether the lines are the searched ones, letter by letter.
        lines: For each searched line, the file's line that it stands for; None for a blank one that was ignored.
        indents: How the text's indentations map to the file's; empty when they are the same.
        lost: The file's indentation of the first line, where the text had lost it.
    """

    start: int
    end: int
    is_exact: bool = True
    lines: tuple[int | None, ...] = ()
    indents: Mapping[str, str] = field(default_factory=dict[str, str])
    lost: str | None = None


class FileText:
    """A file as lines, with the forms that it is compared in; each form is made once, when it is first needed."""

    def __init__(self, text: str) -> None:
        self.raw = text.split("\n")
        self._text = text

    @property
    def ends_in_returns(self) -> bool:
        """Whether most lines end in a carriage return and a line feed."""
        return "\r" in self._text and 2 * self._text.count("\r\n") > self._text.count("\n")

    @cached_property
    def joined(self) -> str:
        """The lines without carriage returns, a line feed around each."""
        plain = self._text.replace("\r\n", "\n") if "\r" in self._text else self._text
        return f"\n{plain}\n"

    @cached_property
    def trimmed(self) -> "Form":
        """White space at line ends left out."""
        lines = [line.rstrip() for line in self._text.replace(_NO_BREAK, " ").split("\n")]
        return Form("\n".join(("", *lines, "")), range(len(lines)), lines)

    @cached_property
    def dense(self) -> "Form":
        """Blank lines left out as well."""
        numbers = [number for number, line in enumerate(self.trimmed.lines) if line]
        lines = [line for line in self.trimmed.lines if line]
        return Form("\n".join(("", *lines, "")), numbers, lines)

    @cached_property
    def stripped(self) -> "Form":
        """Indentation left out as well."""
        lines = [line.lstrip() for line in self.dense.lines]
        return Form("\n".join(("", *lines, "")), self.dense.numbers, lines)


@dataclass(frozen=True, slots=True)
class Form:
    """Some of a file's lines in a form that is compared: joined by line feeds, their numbers, and one by one."""

    joined: str
    numbers: Sequence[int]
    lines: Sequence[str]


def find(file: FileText, search: Sequence[str]) -> tuple[Match, ...]:
    """Every place of the lines in the file, by the first way of comparing that finds one."""
    for way in (_exact, _trimmed_places, _dense_places, _indented_places):
        if found := way(file, search):
            return found
    return ()


def _exact(file: FileText, search: Sequence[str]) -> tuple[Match, ...]:
    places = _occurrences(file.joined, "\n" + "\n".join(search) + "\n")
    return tuple(Match(start, start + len(search)) for start in places)


def _trimmed_places(file: FileText, search: Sequence[str]) -> tuple[Match, ...]:
    return _loose(file.trimmed, search, _trimmed, keeps_blank=True)


def _dense_places(file: FileText, search: Sequence[str]) -> tuple[Match, ...]:
    return _loose(file.dense, search, _trimmed, keeps_blank=False)


def _indented_places(file: FileText, search: Sequence[str]) -> tuple[Match, ...]:
    places = _loose(file.stripped, search, _stripped, keeps_blank=False)
    mapped = (_mapped(file, search, match) for match in places)
    return tuple(match for match in mapped if match is not None)


def _loose(form: Form, search: Sequence[str], normal: Callable[[str], str], *, keeps_blank: bool) -> tuple[Match, ...]:
    wanted = [(index, line) for index, each in enumerate(search) if (line := normal(each)) or keeps_blank]
    while wanted and not wanted[0][1]:
        wanted.pop(0)
    while wanted and not wanted[-1][1]:
        wanted.pop()
    if not wanted:
        return ()
    found: list[Match] = []
    for place in _occurrences(form.joined, "\n" + "".join(f"{line}\n" for _, line in wanted)):
        lines: list[int | None] = [None] * len(search)
        for offset, (index, _) in enumerate(wanted):
            lines[index] = form.numbers[place + offset]
        start, end = form.numbers[place], form.numbers[place + len(wanted) - 1] + 1
        found.append(Match(start, end, is_exact=False, lines=tuple(lines)))
    return tuple(found)


def _occurrences(joined: str, needle: str) -> list[int]:
    """Ordinals of the lines where the needle, whole lines with a line feed in front, begins."""
    found: list[int] = []
    position, line, counted = joined.find(needle), 0, 0
    while position >= 0 and len(found) < _MOST_MATCHES:
        line += joined.count("\n", counted, position)
        counted = position
        found.append(line)
        position = joined.find(needle, position + 1)
    return found


def _mapped(file: FileText, search: Sequence[str], match: Match) -> Match | None:
    """The match with its map of indentations, None when there is no such map."""
    pairs = [
        (indent_of(search[index]), indent_of(file.raw[number]))
        for index, number in enumerate(match.lines)
        if number is not None
    ]
    if (indents := _order_keeping(pairs)) is not None:
        return Match(match.start, match.end, is_exact=False, lines=match.lines, indents=indents)
    first, rest = pairs[0], pairs[1:]
    indents = _order_keeping(rest)
    if first[0] or indents is None:
        return None
    return Match(match.start, match.end, is_exact=False, lines=match.lines, indents=indents, lost=first[1])


def _order_keeping(pairs: Sequence[tuple[str, str]]) -> Mapping[str, str] | None:
    """The pairs as a map, None where one indentation would become two or a deeper one not be deeper."""
    indents: dict[str, str] = {}
    for theirs, ours in pairs:
        if indents.setdefault(theirs, ours) != ours:
            return None
    widths = sorted((width_of(theirs), width_of(ours)) for theirs, ours in indents.items())
    rises = all(a[0] < b[0] and a[1] < b[1] for a, b in itertools.pairwise(widths))
    return indents if rises else None


def indent_of(line: str) -> str:
    """The white space that a line begins with."""
    return line[: len(line) - len(line.lstrip())]


def width_of(indent: str) -> int:
    """How many columns an indentation takes, a tab to the next multiple of four."""
    columns = 0
    for character in indent:
        columns = (columns // 4 + 1) * 4 if character == "\t" else columns + 1
    return columns


def _trimmed(line: str) -> str:
    return line.replace(_NO_BREAK, " ").rstrip()


def _stripped(line: str) -> str:
    return line.replace(_NO_BREAK, " ").strip()
