"""Makes one program from two: functions, assigned values and blocks of numbers of the second go into the first."""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, TypeAlias

from pyflakes.checker import Checker
from pyflakes.messages import UndefinedName

from genesis.language.python import parse
from genesis.mutation.literals import Literal, Numbers, numbers_of, rounded, write_number
from genesis.mutation.operators.port import Breeding, Proposal, Rejection
from genesis.mutation.python_text import Edit, EditedFile, PythonFile, Span, edited, read_python
from genesis.program import Source
from genesis.rng import draw

__all__ = ["Recombination"]

# A part of another program often does not fit; only the whole child shows it.
_PARTS_TRIED: Final = 4
# How far beyond the two parents a blend may lie, as a share of their distance (BLX-alpha, Eshelman and Schaffer 1993).
_BEYOND: Final = 0.25


@dataclass(frozen=True, slots=True)
class _Cross:
    """What is taken from the second parent: edits of the first, a label and a sentence without its end."""

    edits: Sequence[tuple[EditedFile, Edit]]
    kind: str
    what: str


@dataclass(frozen=True, slots=True)
class Recombination:
    """Puts a part of the second parent into the first, where both have the same name or the same shape.

    It takes no parameters. Numbers are crossed as a whole when the programs differ in nothing else, else array by
    array; rows of an array, such as the points of a figure, mostly stay together.
    """

    name: str = "recombination"
    parents: int = 2

    def propose(self, breeding: Breeding) -> Proposal | Rejection:
        """The first parent with a part of the second; everything else byte for byte as it was."""
        first, second = breeding.parents[:2]
        rng = draw(breeding.draw)
        for way in rng.sample(_WAYS, len(_WAYS)):
            cross = way(first, second, rng)
            if cross is not None:
                return Proposal(
                    source=edited(first, cross.edits),
                    name=f"recombination: {cross.kind}",
                    rationale=f"{cross.what}.",
                )
        return Rejection("not_applicable", "the parents have no part of the same name or shape that differs")


def _numbers(first: Source, second: Source, rng: Random) -> _Cross | None:
    ours, theirs = numbers_of(first), numbers_of(second)
    if isinstance(ours, str) or isinstance(theirs, str):
        return None
    pairs: Sequence[tuple[Literal, Literal]] = []
    if _skeleton(first, ours) == _skeleton(second, theirs):
        pairs = list(zip(ours.literals, theirs.literals, strict=True))
    else:
        blocks = list(_equal_blocks(ours.literals, theirs.literals))
        pairs = rng.choice(blocks) if blocks else pairs
    differing = [(mine, other) for mine, other in pairs if mine.value != other.value]
    if not differing:
        return None
    crossed = _crossed(differing, rng)
    what = f"Took {len(crossed)} of {len(differing)} differing numbers from, or towards, the other parent"
    return _Cross(crossed, f"{len(crossed)} of {len(pairs)} literals", what)


def _functions(first: Source, second: Source, rng: Random) -> _Cross | None:
    ours, theirs = dict(_definitions(first)), dict(_definitions(second))
    return _exchanged(first, ours, theirs, rng)


def _values(first: Source, second: Source, rng: Random) -> _Cross | None:
    ours, theirs = dict(_assignments(first)), dict(_assignments(second))
    return _exchanged(first, ours, theirs, rng)


_Way: TypeAlias = Callable[[Source, Source, Random], _Cross | None]
_WAYS: Final[Sequence[_Way]] = (_numbers, _numbers, _functions, _values)


@dataclass(frozen=True, slots=True)
class _Part:
    """A named piece of a file that can stand in another program."""

    file: PythonFile
    span: Span
    indentation: int
    is_value: bool

    @property
    def text(self) -> str:
        text = self.file.data[self.span.start : self.span.end].decode()
        # The parentheses that let a value run over several lines are not part of it.
        return f"({text})" if self.is_value and "\n" in text and text[0] not in "([{" else text


def _exchanged(first: Source, ours: dict[str, _Part], theirs: dict[str, _Part], rng: Random) -> _Cross | None:
    """A part of the first program, by one of the second that finds every name it reads there too."""
    names = [
        name
        for name, part in ours.items()
        if name in theirs
        and theirs[name].indentation == part.indentation
        and theirs[name].text != part.text
        and part.file.may_change(part.span)
    ]
    for name in rng.sample(names, min(_PARTS_TRIED, len(names))):
        part = ours[name]
        edits = [(part.file, Edit(part.span, theirs[name].text))]
        if _undefined(edited(first, edits).files[part.file.path]) <= _undefined(first.files[part.file.path]):
            what = f"{'value' if part.is_value else 'function'} {name.rpartition(' ')[2]}"
            return _Cross(edits, what, f"Took the {what} from the other parent")
    return None


def _undefined(text: str) -> frozenset[str]:
    """Names that the file reads and nothing in it defines; none when it does not parse."""
    try:
        found = Checker(parse(text)).messages
    except SyntaxError:
        return frozenset()
    return frozenset(message.message_args[0] for message in found if isinstance(message, UndefinedName))


def _definitions(source: Source) -> Iterator[tuple[str, _Part]]:
    """The functions of a program, those of classes included, by where and what they are."""
    for file, scope, statement in _statements(source):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (
                f"{file.path} {scope}{statement.name}",
                _Part(file, file.span(statement), statement.col_offset, is_value=False),
            )


def _assignments(source: Source) -> Iterator[tuple[str, _Part]]:
    """The values of names that are assigned once or more, the last one of each."""
    for file, scope, statement in _statements(source):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield f"{file.path} {scope}{name}", _Part(file, file.span(value), 0, is_value=True)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield f"{file.path} {scope}{name}", _Part(file, file.span(value), 0, is_value=True)
            case _:
                pass


def _statements(source: Source) -> Iterator[tuple[PythonFile, str, ast.stmt]]:
    """The statements at the top of files, classes and functions, with the names of what they are in."""
    files = read_python(source)
    if isinstance(files, str):
        return
    for file in files:
        stack = [("", statement) for statement in reversed(file.tree.body)]
        while stack:
            scope, statement = stack.pop()
            yield file, scope, statement
            if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                stack += [(f"{scope}{statement.name}.", inner) for inner in reversed(statement.body)]


def _skeleton(source: Source, numbers: Numbers) -> list[bytes]:
    """The program's text without the numbers that may change."""
    parts: list[bytes] = []
    path, position = "", 0
    for literal in numbers.literals:
        if literal.file.path != path:
            path, position = literal.file.path, 0
            parts.append(path.encode())
        parts.append(literal.file.data[position : literal.span.start])
        position = literal.span.end
    changed = {literal.file.path: literal for literal in numbers.literals}
    parts += [last.file.data[last.span.end :] for last in changed.values()]
    parts += [text.encode() for other, text in sorted(source.files.items()) if other not in changed]
    return parts


def _equal_blocks(ours: Sequence[Literal], theirs: Sequence[Literal]) -> Iterator[Sequence[tuple[Literal, Literal]]]:
    """Pairs of arrays of the same shape and different content, one from each program."""
    by_shape: dict[tuple[int, ...], list[list[Literal]]] = {}
    for block in _blocks(theirs):
        by_shape.setdefault(_shape(block), []).append(block)
    for block in _blocks(ours):
        for other in by_shape.get(_shape(block), []):
            pairs = list(zip(block, other, strict=True))
            if any(mine.value != its.value for mine, its in pairs):
                yield pairs


def _blocks(literals: Sequence[Literal]) -> list[list[Literal]]:
    blocks: dict[int, list[Literal]] = {}
    for literal in literals:
        if literal.array is not None:
            blocks.setdefault(literal.array, []).append(literal)
    return [block for block in blocks.values() if len(block) > 1]


def _shape(block: Sequence[Literal]) -> tuple[int, ...]:
    rows: dict[int | None, int] = {}
    for literal in block:
        rows[literal.row] = rows.get(literal.row, 0) + 1
    return tuple(rows.values())


def _crossed(pairs: Sequence[tuple[Literal, Literal]], rng: Random) -> list[tuple[EditedFile, Edit]]:
    """Edits that move some of our numbers to, or towards, theirs; one at least."""
    rows: dict[int, list[tuple[Literal, Literal]]] = {}
    for i, (mine, other) in enumerate(pairs):
        rows.setdefault(-1 - i if mine.array is None or mine.row is None else mine.row, []).append((mine, other))
    units = list(rows.values()) if rng.random() < 0.75 and len(rows) > 1 else [[pair] for pair in pairs]
    taken = [pair for unit in _picked(units, rng) for pair in unit]
    # All of theirs would be the other parent again.
    is_copy = len(taken) < len(pairs) and rng.random() < 0.6
    share = 1.0 if is_copy else rng.uniform(-_BEYOND, 1.0 + _BEYOND)
    return [(mine.file, write_number(mine, _between(mine.value, other.value, share))) for mine, other in taken]


def _picked(units: list[list[tuple[Literal, Literal]]], rng: Random) -> list[list[tuple[Literal, Literal]]]:
    """One unit, a random share of them, or all from one point on."""
    drawn = rng.random()
    if drawn < 0.3:
        return [rng.choice(units)]
    if drawn < 0.6:
        return units[rng.randrange(len(units)) :]
    share = rng.random()
    return [unit for unit in units if rng.random() < share] or [rng.choice(units)]


def _between(mine: float | int, other: float | int, share: float) -> float | int:
    if isinstance(mine, int):
        # Half-way between two integers there may be none.
        return round(other)
    return float(other) if share == 1.0 else rounded(mine + share * (other - mine), other - mine)
