"""The numbers written in a program: where each stands, what it belongs to, how large its neighbours are."""

import ast
import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple, TypeGuard, cast

from genesis.mutation.python_text import Edit, PythonFile, Span, read_python
from genesis.mutation.text_numbers import TextFile, TextNumber, find_numbers, read_texts
from genesis.program import Source

__all__ = ["LARGEST_REAL", "Literal", "Numbers", "find_literals", "numbers_of", "rounded", "scales", "write_number"]

# Longer texts are bit patterns or exact tables, not quantities to be perturbed; it also keeps str(int) cheap.
_LONGEST: Final = 40
# A good parent is bred from again and again, and reading it costs more than changing it.
_CACHED_CHARACTERS: Final = 20_000
_LARGEST_INTEGER: Final = 2**53
# Larger ones stand for infinity, and steps from them overflow.
LARGEST_REAL: Final = 1e100
_FEWEST_ROWS: Final = 3
_FIRST_ARRAY_OF_TEXT: Final = 10**9  # apart from those that are counted in Python files
# Fields that hold no number, or one that says a type.
_SKIPPED: Final = frozenset(
    ("annotation", "returns", "type_params", "type_comment", "type_ignores", "ctx", "op", "ops", "attr", "arg", "names")
)


@dataclass(frozen=True, slots=True)
class Literal:
    """One number in a file, its minus sign included.

    Args:
        file: The file that it stands in.
        span: Its place.
        value: What it says; no real beyond 1e100 and no integer beyond 2**53 either way.
        array: Number of the outermost list, tuple or set display that it is an element of, ``None`` outside any.
        row: Number of the display, or of the call, that it is a direct element of, ``None`` outside any.
        column: Its position in the row.
        is_bound: Whether it is part of an index, a slice or the arguments of ``range``.
        needs_parentheses: Whether a minus sign would bind less tightly than what follows, as in ``2.0 ** x``, or meet
            another sign.
        suffix: What says its type, in languages that write it: ``f32``.
    """

    file: PythonFile | TextFile
    span: Span
    value: float | int
    array: int | None
    row: int | None
    column: int
    is_bound: bool
    needs_parentheses: bool
    suffix: str = ""

    @property
    def is_float(self) -> bool:
        """Whether it is written as a real number."""
        return isinstance(self.value, float)


class _Place(NamedTuple):  # a frozen dataclass takes three times as long to make, and every node has one
    """What surrounds a node."""

    array: int | None = None
    row: int | None = None
    column: int = 0
    is_bound: bool = False
    needs_parentheses: bool = False


_BARE: Final = _Place()


@dataclass(slots=True)
class _Finder:
    file: PythonFile
    number: Callable[[], int]
    found: list[Literal] = field(default_factory=list[Literal])

    def walk(self) -> None:
        # A stack of our own: candidate trees may be deeper than Python's.
        stack: list[tuple[ast.AST, _Place]] = [(self.file.tree, _BARE)]
        while stack:
            stack += reversed(self.step(*stack.pop()))
        # Dictionaries and parameters have their fields in another order than their text.
        self.found.sort(key=lambda literal: literal.span.start)

    def step(self, node: ast.AST, place: _Place) -> list[tuple[ast.AST, _Place]]:
        """Record the node when it is a number; else its children, each with its place, in order."""
        children: list[tuple[ast.AST, _Place]] = []
        inner = _Place(is_bound=True) if place.is_bound else _BARE
        match node:
            case ast.Name():
                pass
            case ast.Constant():
                self.record(node, node.value, place)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)) if _is_number(value):
                self.record(node, -value, place)
            case ast.JoinedStr():
                # Python 3.11 gives the parts of a formatted string places that are not theirs.
                pass
            case ast.List() | ast.Tuple() | ast.Set():
                row = self.number()
                array = row if place.array is None else place.array
                children = [(e, _Place(array, row, i, place.is_bound)) for i, e in enumerate(node.elts)]
            case ast.Call():
                children = self.call(node, place)
            case ast.Subscript():
                children = [(node.value, _tight(inner)), (node.slice, _Place(is_bound=True))]
            case ast.Attribute():
                children = [(node.value, _tight(inner))]
            case ast.BinOp(op=ast.Pow()):
                children = [(node.left, _tight(inner)), (node.right, inner)]
            case _:
                children = [(child, inner) for child in _children(node)]
        return children

    def call(self, node: ast.Call, place: _Place) -> list[tuple[ast.AST, _Place]]:
        row = self.number()
        is_bound = place.is_bound or (isinstance(node.func, ast.Name) and node.func.id == "range")
        children: list[tuple[ast.AST, _Place]] = [(node.func, _tight(_BARE))]
        children += [(value, _Place(None, row, i, is_bound)) for i, value in enumerate(node.args)]
        children += [(keyword.value, _Place(is_bound=is_bound)) for keyword in node.keywords]
        return children

    def record(self, node: ast.expr, value: object, place: _Place) -> None:
        if not _is_number(value):
            return
        span = self.file.span(node)
        if span.end - span.start <= _LONGEST and self.file.may_change(span):
            self.found.append(
                Literal(
                    file=self.file,
                    span=span,
                    value=value,
                    array=place.array,
                    row=place.row,
                    column=place.column,
                    is_bound=place.is_bound,
                    needs_parentheses=place.needs_parentheses,
                )
            )


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of a program that may change, in the order of paths and text, and a size for each."""

    literals: tuple[Literal, ...]
    sizes: tuple[float, ...]


def numbers_of(source: Source) -> Numbers | str:
    """The numbers of a program that may change, in all its files and one at least; or why there are none."""
    small = sum(map(len, source.files.values())) <= _CACHED_CHARACTERS
    return (_cached_numbers if small else _numbers)(tuple(source.files.items()), source.entry)


def _numbers(files: tuple[tuple[str, str], ...], entry: str) -> Numbers | str:
    source = Source(dict(files), entry)
    found, texts = read_python(source), read_texts(source)
    if isinstance(found, str) and not texts:
        return found
    literals = (*(() if isinstance(found, str) else find_literals(found)), *map(_literal, find_numbers(texts)))
    return Numbers(literals, scales(literals)) if literals else "no number may change in this program"


def _literal(number: TextNumber) -> Literal:
    array = None if number.array is None else _FIRST_ARRAY_OF_TEXT + number.array
    return Literal(
        file=number.file,
        span=number.span,
        value=number.value,
        array=array,
        row=array,
        column=number.column,
        is_bound=number.is_bound,
        needs_parentheses=number.follows_sign,
        suffix=number.suffix,
    )


_cached_numbers = lru_cache(maxsize=32)(_numbers)


def find_literals(files: Iterable[PythonFile]) -> tuple[Literal, ...]:
    """The numbers that may change, in the order of the text; never booleans, text, annotations or complex numbers."""
    numbers = iter(range(10**9))
    found: list[Literal] = []
    for file in files:
        finder = _Finder(file, numbers.__next__)
        finder.walk()
        found += finder.found
    return tuple(found)


def scales(literals: Sequence[Literal]) -> tuple[float, ...]:
    """A typical size for each number, positive: what a relative step of 1 means there.

    For an element of an array it is its own magnitude or, where larger, the median magnitude of its fellows: those of
    the same column when the array has equal rows, else of the whole array. For a number on its own it is its own
    magnitude. Zeros without fellows take the median magnitude in the program, or 1 when all are zero.
    """
    columned = _columned(literals)
    groups: dict[tuple[int, int], list[float]] = {}
    keys: list[tuple[int, int] | None] = []
    for literal in literals:
        array = literal.array
        key = None if array is None else (array, literal.column if array in columned else -1)
        keys.append(key)
        if key is not None:
            groups.setdefault(key, []).append(abs(literal.value))
    typical = {key: statistics.median(values) for key, values in groups.items()}
    nonzero = [abs(literal.value) for literal in literals if literal.value]
    fallback = float(statistics.median(nonzero)) if nonzero else 1.0
    sizes = (
        max(abs(literal.value), 0.0 if key is None else typical[key])
        for literal, key in zip(literals, keys, strict=True)
    )
    return tuple(float(size) or fallback for size in sizes)


def _columned(literals: Iterable[Literal]) -> set[int]:
    """The arrays whose numbers form three or more rows of one length, two or more."""
    rows: dict[int, dict[int, int]] = {}
    for literal in literals:
        if literal.array is not None and literal.row is not None:
            lengths = rows.setdefault(literal.array, {})
            lengths[literal.row] = lengths.get(literal.row, 0) + 1
    return {
        array
        for array, lengths in rows.items()
        if len(lengths) >= _FEWEST_ROWS and len(set(lengths.values())) == 1 and min(lengths.values()) > 1
    }


def rounded(value: float, step: float) -> float:
    """The value to three digits below a step's leading one; further digits would be noise that a reader has to skip."""
    if not step:
        return value
    return round(value, 3 - math.floor(math.log10(abs(step)))) + 0.0


def write_number(literal: Literal, value: float | int) -> Edit:
    """The edit that makes a literal say ``value``, of the same type and finite."""
    text = repr(value) + literal.suffix
    before = literal.file.data[: literal.span.start][-1:]
    after = literal.file.data[literal.span.end :][:1]
    if literal.needs_parentheses and text.startswith("-"):
        text = f"({text})"
    # "return-1" and "1or x" are Python; "return2" and "0or x" are not.
    left = " " if text[0].isdigit() and _in_name(before) else ""
    return Edit(literal.span, f"{left}{text}{' ' if _in_name(after) else ''}")


def _in_name(byte: bytes) -> bool:
    return byte.isalnum() or byte == b"_" or byte > b"\x7f"


def _is_number(value: object) -> TypeGuard[float | int]:
    match value:
        case bool():
            return False
        case float():
            return abs(value) <= LARGEST_REAL
        case int():
            return abs(value) <= _LARGEST_INTEGER
        case _:
            return False


def _tight(place: _Place) -> _Place:
    return _Place(is_bound=place.is_bound, needs_parentheses=True)


def _children(node: ast.AST) -> list[ast.AST]:
    children: list[ast.AST] = []
    for name in _fields(type(node)):
        value: object = getattr(node, name, None)
        if isinstance(value, list):
            # The grammar's lists hold nodes, names or None.
            children += [child for child in cast("list[object]", value) if isinstance(child, ast.AST)]
        elif isinstance(value, ast.AST):
            children.append(value)
    return children


@lru_cache(maxsize=256)
def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    return tuple(name for name in kind._fields if name not in _SKIPPED)
