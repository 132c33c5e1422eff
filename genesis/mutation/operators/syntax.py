"""Small structural changes to a program: other operators, bounds, calls, terms and statements."""

import math
from dataclasses import dataclass
from random import Random
from typing import Final

import libcst as cst

from genesis.language.python import PYTHON
from genesis.mutation.expressions import find_expressions, find_scope
from genesis.mutation.operators.port import Breeding, Proposal, Rejection
from genesis.mutation.python_text import Edit, PythonFile, edited, read_python
from genesis.mutation.rewrites import REWRITES
from genesis.mutation.sites import find_sites
from genesis.mutation.statements import change_statement
from genesis.program import Source
from genesis.rng import draw

__all__ = ["Syntax"]

_STATEMENTS: Final = 0.15
_EDITS: Final = (1, 1, 1, 1, 2, 2, 3)
# Parsing an expression costs more than looking for a change that applies to it.
_REWRITES_TRIED: Final = 4
# Draws that apply nowhere or do not compile are drawn again, so often at most.
_TRIES: Final = 12
_QUOTED: Final = 60


@dataclass(frozen=True, slots=True)
class _Step:
    """A program after one edit, and what the edit did: its kind, and a sentence without its end."""

    source: Source
    kind: str
    what: str


@dataclass(frozen=True, slots=True)
class Syntax:
    """Makes one to three edits to the expressions and statements of the first parent.

    Parameters of the breeding: ``edits``, how many to make, drawn when absent.
    """

    name: str = "syntax"
    parents: int = 1

    def propose(self, breeding: Breeding) -> Proposal | Rejection:
        """A program that compiles and differs from the parent; what no edit touched is byte for byte as it was."""
        source = breeding.parents[0]
        files = read_python(source)
        if isinstance(files, str):
            return Rejection("not_applicable", files)
        rng = draw(breeding.draw)
        wanted = breeding.whole("edits", 0) or rng.choice(_EDITS)
        steps: list[_Step] = []
        for _ in range(_TRIES):
            step = _edited_once(source, rng)
            if step is not None:
                steps.append(step)
                source = step.source
                if len(steps) == wanted:
                    break
        if not steps:
            return Rejection("not_applicable", "no syntactic change was found for this program")
        return Proposal(
            source=source,
            name=f"syntax: {', '.join(step.kind for step in steps)}",
            rationale="; ".join(step.what for step in steps) + ".",
        )


def _edited_once(source: Source, rng: Random) -> _Step | None:
    """The program after one edit that compiles, or ``None`` when what was drawn does not apply."""
    files = read_python(source)
    if isinstance(files, str):
        return None
    file = rng.choice(files)
    drawn = _statement(file, rng) if rng.random() < _STATEMENTS else _expression(file, rng)
    if drawn is None:
        return None
    edit, kind, what = drawn
    changed = edited(source, [(file, edit)])
    text = changed.files[file.path]
    if text == source.files[file.path] or PYTHON.syntax_error(text) is not None:
        return None
    return _Step(changed, kind, what)


def _statement(file: PythonFile, rng: Random) -> tuple[Edit, str, str] | None:
    change = change_statement(file, rng)
    return None if change is None else (change.edit, "statement", change.what)


def _expression(file: PythonFile, rng: Random) -> tuple[Edit, str, str] | None:
    expressions = find_expressions(file)
    if not expressions:
        return None
    chosen = rng.choices(expressions, [math.sqrt(expression.changeable) for expression in expressions])[0]
    root = _parsed(file.data[chosen.span.start : chosen.span.end].decode())
    if root is None:
        return None
    scope = find_scope(chosen)
    sites = find_sites(root)
    for rewrite in rng.choices(REWRITES, [rewrite.weight for rewrite in REWRITES], k=_REWRITES_TRIED):
        rng.shuffle(sites)
        for site in sites:
            node = rewrite.change(site, scope, rng)
            if node is not None:
                changed = node if site.node is root else root.deep_replace(site.node, node)
                what = f"Changed `{_short(site.node)}` in line {chosen.line} to `{_short(node)}`"
                return Edit(chosen.span, _written(changed)), rewrite.name, what
    return None


def _parsed(text: str) -> cst.BaseExpression | None:
    # In parentheses an expression may run over several lines, as it does inside those that it has in the file.
    try:
        root = cst.parse_expression(f"({text})")
    except (cst.ParserSyntaxError, RecursionError):
        return None
    return root.with_changes(lpar=root.lpar[1:], rpar=root.rpar[:-1])


def _written(node: cst.BaseExpression) -> str:
    return cst.Module([]).code_for_node(node)


def _short(node: cst.BaseExpression) -> str:
    line = " ".join(_written(node).split())
    return line if len(line) <= _QUOTED else f"{line[: _QUOTED - 1]}…"
