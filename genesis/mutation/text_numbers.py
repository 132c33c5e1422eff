"""Numbers in programs of other languages than Python, found without a parser.

What is a comment or a string, a number, its sign and its suffix is told by the look of the text, which is nearly the
same in all these languages. Whether a changed program is one is told by its compiler.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from genesis.language.table import language_of
from genesis.mutation.python_text import Span
from genesis.mutation.regions import RegionError, editable_regions
from genesis.program import Source

__all__ = ["TextFile", "TextNumber", "find_numbers", "read_texts"]

_LARGEST_INTEGER = 2**53
_LARGEST_REAL = 1e100
_FEWEST_IN_ARRAY = 3
# Strings with their escapes; a quote of one character, so that Rust's lifetimes open nothing; includes and attributes.
_SKIPPED = (
    r'"(?:\\[\s\S]|[^"\\])*+"', r"'(?:\\.[^'\n]{0,8}|[^'\\\n])'", r"`(?:\\[\s\S]|[^`\\])*+`", r"/\*[\s\S]*?\*/",
    r"^[ \t]*#[ \t]*include[^\n]*", r"#!?\[[^\]\n]*\]",
)  # fmt: skip
_NUMBER = (
    r"(?<![\w.])(?P<number>\d[\d_]*(?:\.\d[\d_]*(?:[eE][+-]?\d+)?|[eE][+-]?\d+|\.(?![\w.]))?)"
    r"(?P<suffix>(?:_?[fiu](?:8|16|32|64|128|size)|[uU]?[lL]{0,2}|[fFdDnL])?)(?![\w.]|\.\.)"
)
_SIGN = re.compile(r"(?:^|[=(\[{,;:?<>&|!~^%*/]|\breturn)[ \t]*-[ \t]*$")
_APART = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file of a program that may change somewhere; places are in bytes of UTF-8."""

    path: str
    data: bytes
    regions: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class TextNumber:
    """A number, its minus sign and its suffix included.

    Attributes:
        file: Where it stands.
        span: Its place.
        value: What it says.
        suffix: What says its type: ``f32``, ``UL``; may be empty.
        array: Number of the list that it is an element of, counted in its program; None outside any.
        column: Its position there.
        is_bound: Whether it stands behind an opening bracket, as an index or a size.
        follows_sign: Whether a minus sign in front of it would meet another sign.
    """

    file: TextFile
    span: Span
    value: float | int
    suffix: str
    array: int | None
    column: int
    is_bound: bool
    follows_sign: bool


def read_texts(source: Source) -> tuple[TextFile, ...]:
    """Files in a language other than Python that may change, in sorted order of path; none when markers are wrong."""
    try:
        regions = editable_regions(source, "python")
    except RegionError:
        return ()
    found: list[TextFile] = []
    for path, inside in regions.items():
        language = language_of(path, among="python")
        if inside and language is not None and language.name != "python":
            text = source.files[path]
            spans = tuple(Span(_bytes_to(text, each.start), _bytes_to(text, each.end)) for each in inside)
            found.append(TextFile(path, text.encode("utf-8", "surrogatepass"), spans))
    return tuple(found)


def _bytes_to(text: str, end: int) -> int:
    return len(text[:end].encode("utf-8", "surrogatepass"))


def find_numbers(files: tuple[TextFile, ...]) -> tuple[TextNumber, ...]:
    """The numbers that may change, in the order of the text; none in another base than ten."""
    found: list[TextNumber] = []
    for file in files:
        found += _in_rows(list(_numbers(file)), first=len(found))
    return tuple(found)


def _numbers(file: TextFile) -> Iterator[TextNumber]:
    # Latin-1 keeps one character a byte: only ASCII has a meaning here, and so places need no search.
    text = file.data.decode("latin-1")
    language = language_of(file.path, among="python")
    for match in _scanner(language.comment if language is not None else "//").finditer(text):
        if match["number"] is None:
            continue
        start, value = match.start(), _value(match["number"])
        before = text[max(0, start - 40) : start]
        signed = _SIGN.search(before) is not None
        if signed:
            start -= len(before) - before.rindex("-")
        span = Span(start, match.end())
        if value is None or not any(each.start <= span.start and span.end <= each.end for each in file.regions):
            continue
        near = text[max(0, start - 40) : start].rstrip(" \t")
        yield TextNumber(
            file=file,
            span=span,
            value=-value if signed else value,
            suffix=match["suffix"],
            array=None,
            column=0,
            is_bound=near.endswith("["),
            follows_sign=near.endswith(("-", "+")),
        )


def _value(text: str) -> float | int | None:
    plain = text.replace("_", "")
    if plain.isdigit():
        is_octal = len(plain) > 1 and plain.startswith("0")
        return None if is_octal or len(plain) > 20 or int(plain) > _LARGEST_INTEGER else int(plain)
    real = float(plain)
    return real if real <= _LARGEST_REAL else None


def _in_rows(numbers: list[TextNumber], *, first: int) -> Iterator[TextNumber]:
    """The same, those told as elements of one list that nothing but commas keeps apart."""
    row: list[TextNumber] = []
    for number in numbers:
        if row and _APART.fullmatch(_between(row[-1], number)):
            row.append(number)
            continue
        yield from _as_array(row, first)
        first += 1
        row = [number]
    yield from _as_array(row, first)


def _between(left: TextNumber, right: TextNumber) -> str:
    return left.file.data[left.span.end : right.span.start].decode("latin-1")


def _as_array(row: list[TextNumber], number: int) -> Iterator[TextNumber]:
    for column, each in enumerate(row):
        array = number if len(row) >= _FEWEST_IN_ARRAY else None
        yield replace(each, array=array, column=column, is_bound=each.is_bound and array is None)


@lru_cache(maxsize=16)
def _scanner(comment: str) -> re.Pattern[str]:
    """Finds what is passed over, and numbers outside it."""
    line = rf"{re.escape(comment)}[^\n]*"
    return re.compile("|".join((line, *_SKIPPED, _NUMBER)), re.MULTILINE)
