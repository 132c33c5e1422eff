"""How alike two programs are, from 0 to 1, whatever their language: a share of common shingles.

A shingle is a run of a few tokens, kept as a number. Layout, comments and the values of numbers do not count. For
Python there are shingles of the syntax tree besides, in which names that the program itself gives do not count either,
so that a program with renamed variables is the same. Both take time linear in the text.

Jaccard similarity of shingles: Broder, "On the resemblance and containment of documents" (1997). Where many programs
are known, MinHash signatures of a fixed size stand for the sets; see `Neighbours`.
"""

import ast
import math
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from genesis.language.python import PYTHON, parse
from genesis.language.table import language_named
from genesis.program import Source

__all__ = [
    "Fingerprint",
    "Neighbours",
    "Signature",
    "containment",
    "cosine",
    "fingerprint",
    "most_alike",
    "signature",
    "similarity",
]

CODE_WINDOW: Final = 5
TREE_WINDOW: Final = 4
HASHES: Final = 256
"""Length of a signature: the estimate's standard error is at most 1 / (2 * sqrt(256)) = 0.03."""

_MODULUS: Final = (1 << 61) - 1
_BASE: Final = 1_000_003
_BLOCK_COMMENT = re.compile(r"/\*(?:[^*]|\*(?!/))*+\*/")
_SLASHES: Final = "//"

Signature: TypeAlias = NDArray[np.uint64]
"""Shape ``(2 * HASHES,)``: the least hashes of the code's shingles, then those of the tree's."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A program's shingles, of its code and of its syntax trees; no trees where its language is not parsed here."""

    code: frozenset[int]
    tree: frozenset[int]


def fingerprint(source: Source, language: str) -> Fingerprint:
    """The shingles of all files of a program; the same on any machine."""
    spoken = language_named(language)
    code: set[int] = set()
    tree: set[int] = set()
    for path in sorted(source.files):
        text = source.files[path]
        code.update(_windows(_tokens(text, spoken.comment), CODE_WINDOW))
        if path.endswith(PYTHON.suffixes):
            tree.update(_windows(_labels(text), TREE_WINDOW))
    return Fingerprint(frozenset(code), frozenset(tree))


def similarity(one: Fingerprint, other: Fingerprint) -> float:
    """From 0 (nothing in common) to 1 (the same but for layout, comments, numbers, and in Python own names)."""
    return max(_jaccard(one.code, other.code), _jaccard(one.tree, other.tree))


def most_alike(source: Source, others: Sequence[Source], language: str) -> tuple[int, float] | None:
    """Which of the others is most like a program, the first of equals, and how alike they are; None of none."""
    mine = fingerprint(source, language)
    shares = [similarity(mine, fingerprint(other, language)) for other in others]
    best = max(range(len(shares)), key=shares.__getitem__, default=None)
    return None if best is None else (best, shares[best])


def containment(part: Fingerprint, whole: Fingerprint) -> float:
    """The share of one program that is in another too: 1 when all of it is, as after an addition."""
    return max(_share(part.code, whole.code), _share(part.tree, whole.tree))


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """The likeness of two embeddings of the same model, from 0 (at right angles or opposed) to 1.

    Raises:
        ValueError: Their lengths differ, one is all zero, or one holds a number that is not finite.
    """
    if len(one) != len(other):
        raise ValueError(f"embeddings of {len(one)} and {len(other)} numbers: compare those of one model")
    norm, other_norm = math.hypot(*one), math.hypot(*other)
    if not (0 < norm < math.inf and 0 < other_norm < math.inf):
        raise ValueError("an embedding is all zero or not finite: it has no direction to compare")
    value = math.fsum((a / norm) * (b / other_norm) for a, b in zip(one, other, strict=True))
    return min(1.0, max(0.0, value))


def signature(of: Fingerprint) -> Signature:
    """A fingerprint in a fixed size; equal fingerprints have equal signatures."""
    return np.concatenate([_least(of.code), _least(of.tree)])


class Neighbours:
    """Known programs by signature, to find the one most like a new one; a search takes time linear in their number."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._rows: Signature = np.empty((64, 2 * HASHES), np.uint64)

    def __len__(self) -> int:
        """How many programs are known."""
        return len(self._ids)

    def add(self, program: str, of: Signature) -> None:
        """Makes a program known."""
        if len(self._ids) == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[len(self._ids)] = of
        self._ids.append(program)

    def nearest(self, of: Signature) -> tuple[str, float] | None:
        """The known program most like this one, the first of equals, and about how alike they are; None of none."""
        if not self._ids:
            return None
        equal = self._rows[: len(self._ids)] == of
        equal &= of != _EMPTY  # an empty set's part of a signature, and two empty sets have nothing in common
        shares = np.maximum(equal[:, :HASHES].mean(axis=1), equal[:, HASHES:].mean(axis=1))
        best = int(shares.argmax())
        return self._ids[best], float(shares[best])


_EMPTY: Final = np.uint64(2**64 - 1)
_INDEX: Final = np.arange(1, HASHES + 1, dtype=np.uint64)
_FACTORS: Final = (_INDEX * np.uint64(0x9E3779B97F4A7C15)) | np.uint64(1)  # odd, so that no bit is lost
_CHUNK: Final = 4096


def _least(shingles: frozenset[int]) -> Signature:
    """For each of the hash functions the least hash of any shingle."""
    values = np.fromiter(shingles, np.uint64, len(shingles))
    least = np.full(HASHES, _EMPTY)
    for start in range(0, len(values), _CHUNK):
        part = values[start : start + _CHUNK, None] * _FACTORS[None, :]
        part ^= part >> np.uint64(29)
        part *= np.uint64(0xBF58476D1CE4E5B9)
        part ^= part >> np.uint64(32)
        least = np.minimum(least, part.min(axis=0))
    return least


def _jaccard(one: frozenset[int], other: frozenset[int]) -> float:
    common = len(one & other)
    return common / (len(one) + len(other) - common) if common else 0.0


def _share(part: frozenset[int], whole: frozenset[int]) -> float:
    return len(part & whole) / len(part) if part else 0.0


def _windows(tokens: Iterator[str], size: int) -> Iterator[int]:
    """A number for each run of that many tokens; one for all of them where there are fewer."""
    numbers = [zlib.crc32(token.encode("utf-8", "replace")) for token in tokens]
    for start in range(max(1, len(numbers) - size + 1) if numbers else 0):
        value = 0
        for number in numbers[start : start + size]:
            value = (value * _BASE + number) % _MODULUS
        yield value


def _tokens(text: str, comment: str) -> Iterator[str]:
    """Names, signs and texts of a program in any language, comments left out; every number is the same token."""
    if comment == _SLASHES:
        text = _BLOCK_COMMENT.sub(" ", text)
    for token in _lexer(comment).finditer(text):
        if token["comment"] is None:
            yield "0" if token["number"] else token[0]


@lru_cache(maxsize=16)
def _lexer(comment: str) -> re.Pattern[str]:
    texts = r"\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+'"
    return re.compile(rf"(?P<number>\d[\w.]*+)|[^\W\d]\w*+|{texts}|(?P<comment>{re.escape(comment)}[^\n]*+)|\S")


def _labels(text: str) -> Iterator[str]:
    """The nodes of a Python file's syntax tree from the top, without documentation; none where it does not parse."""
    try:
        tree = parse(text)
    except SyntaxError:
        return
    own = _own_names(tree)
    waiting: list[ast.AST] = [*reversed(tree.body)]
    while waiting:
        node = waiting.pop()
        if (label := _label(node, own)) is not None:
            yield label
            waiting += reversed(list(ast.iter_child_nodes(node)))


def _own_names(tree: ast.Module) -> frozenset[str]:
    """Names that the program gives itself; those of imports and built-ins are not its own."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case _:
                pass
    return frozenset(names)


def _label(node: ast.AST, own: frozenset[str]) -> str | None:
    """What a node counts as; None for what is left out with all below it."""
    match node:
        case ast.expr_context() | ast.Expr(value=ast.Constant(value=str())):
            return None
        case ast.Name(id=name):
            return "name" if name in own else f"name {name}"
        case ast.Attribute(attr=name) | ast.keyword(arg=name) | ast.alias(name=name):
            return f"{type(node).__name__} {name}"
        case ast.Constant(value=value):
            return "number" if isinstance(value, int | float) and not isinstance(value, bool) else f"constant {value!r}"
        case _:
            return type(node).__name__
