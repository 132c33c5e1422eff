"""A Python program as trees with exact places in their text, and edits by place.

Offsets are in bytes of UTF-8, as the parser's columns are, so that a place costs an addition and no search.
"""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from genesis.language.python import PYTHON, parse
from genesis.mutation.regions import RegionError, editable_regions
from genesis.program import Source

__all__ = ["Edit", "EditedFile", "PythonFile", "Span", "edited", "read_python"]

# What the tokenizer takes for the end of a line; str.splitlines() knows more of them.
_NEWLINE = re.compile(rb"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a file: byte offsets, ``start`` included, ``end`` not."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Edit:
    """New text for a place."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class PythonFile:
    """One file that parses and may change somewhere.

    ``tree`` may be shared with others: read it, never change it.
    """

    path: str
    data: bytes
    tree: ast.Module
    line_starts: tuple[int, ...]
    regions: tuple[Span, ...]

    def span(self, node: ast.expr | ast.stmt) -> Span:
        """Where a node stands, without its outer parentheses."""
        starts = self.line_starts
        # Nodes that the parser made have an end; only hand-made ones do not.
        last_line, last_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return Span(starts[node.lineno - 1] + node.col_offset, starts[last_line - 1] + last_column)

    def may_change(self, span: Span) -> bool:
        """Whether the whole place is inside one editable region."""
        return any(region.start <= span.start and span.end <= region.end for region in self.regions)


def read_python(source: Source) -> tuple[PythonFile, ...] | str:
    """The Python files of a program that may change, in sorted order of path; or why there are none to work on."""
    try:
        regions = editable_regions(source, PYTHON.name)
    except RegionError as error:
        return str(error)
    files: list[PythonFile] = []
    for path, inside in regions.items():
        if inside and path.endswith(PYTHON.suffixes):
            text = source.files[path]
            try:
                tree = parse(text)
            except SyntaxError as error:
                return f"{path} does not parse: {error.msg}"
            spans = tuple(_byte_span(text, region.start, region.end) for region in inside)
            data = text.encode()
            files.append(PythonFile(path, data, tree, _line_starts(data), spans))
    return tuple(files) if files else "no Python file of this program may change"


class EditedFile(Protocol):
    """What an edit is of: a file, by the path and the bytes that it had."""

    @property
    def path(self) -> str:
        """In its program."""
        ...

    @property
    def data(self) -> bytes:
        """UTF-8."""
        ...


def edited(source: Source, edits: Iterable[tuple[EditedFile, Edit]]) -> Source:
    """The program with places of its files replaced; the rest stays byte for byte.

    Edits of one file must not overlap; they may come in any order.
    """
    by_path: dict[str, list[tuple[int, int, bytes]]] = {}
    data: dict[str, bytes] = {}
    for file, edit in edits:
        data[file.path] = file.data
        by_path.setdefault(file.path, []).append((edit.span.start, edit.span.end, edit.text.encode()))
    files = dict(source.files)
    for path, changes in by_path.items():
        files[path] = _spliced(data[path], sorted(changes)).decode()
    return Source(files, source.entry)


def _spliced(data: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    parts: list[bytes] = []
    position = 0
    for start, end, text in changes:
        if start < position:
            raise ValueError(f"edits overlap at byte {start}: each place of a file takes one edit")
        parts += (data[position:start], text)
        position = end
    parts.append(data[position:])
    return b"".join(parts)


def _byte_span(text: str, start: int, end: int) -> Span:
    if text.isascii():
        return Span(start, end)
    return Span(len(text[:start].encode()), len(text[:end].encode()))


def _line_starts(data: bytes) -> tuple[int, ...]:
    return (0, *(match.end() for match in _NEWLINE.finditer(data)))
