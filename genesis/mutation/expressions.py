"""The expressions of a Python file that may change, and what each of them can refer to."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from genesis.mutation.python_text import PythonFile, Span
from genesis.mutation.sites import Scope

__all__ = ["Expression", "find_expressions", "find_scope"]

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
# What a syntactic change can do something to; a table of numbers is no such thing.
_CHANGEABLE: Final = (ast.BinOp, ast.BoolOp, ast.Compare, ast.Call, ast.UnaryOp, ast.IfExp, ast.Subscript, ast.Name)
# Larger ones are data, or would take long to parse again.
_MOST_NODES: Final = 400
_MATHEMATICS: Final = ("math", "numpy")


@dataclass(frozen=True, slots=True)
class Expression:
    """The whole of an expression in a statement.

    Args:
        span: Its place, without outer parentheses.
        line: The line where it begins, from 1.
        changeable: How many of its parts a syntactic change could touch, 1 or more.
        function: The function that it is in, ``None`` at the top of a file or class.
    """

    file: PythonFile
    span: Span
    line: int
    changeable: int
    function: _Function | None


def find_expressions(file: PythonFile) -> list[Expression]:
    """The expressions that may change, in the order of the text."""
    found: list[Expression] = []
    stack: list[tuple[ast.stmt, _Function | None]] = [(statement, None) for statement in reversed(file.tree.body)]
    while stack:
        statement, function = stack.pop()
        for slot in _slots(statement):
            span = file.span(slot)
            changeable = _changeable(slot) if file.may_change(span) else 0
            if changeable:
                found.append(Expression(file, span, slot.lineno, changeable, function))
        inside = statement if isinstance(statement, _Function) else function
        stack += [(child, inside) for child in reversed(list(_bodies(statement)))]
    return found


def find_scope(expression: Expression) -> Scope:
    """Parameters and names assigned above the expression that the file computes with, and the file's functions."""
    tree = expression.file.tree
    functions = [node for node in tree.body if isinstance(node, _Function)]
    arities = {
        function.name: len(function.args.posonlyargs) + len(function.args.args)
        for function in functions
        if not function.args.vararg and not function.args.defaults
    }
    names = dict.fromkeys(_assigned(tree.body, expression.line))
    if expression.function is not None:
        arguments = expression.function.args
        names.update(dict.fromkeys(a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)))
        names.update(dict.fromkeys(_assigned(expression.function.body, expression.line)))
    numbers = _used_as_numbers(tree)
    return Scope(tuple(name for name in names if name in numbers), arities, _mathematics(tree))


def _slots(statement: ast.stmt) -> Sequence[ast.expr]:
    slots: list[ast.expr | None] = []
    match statement:
        case ast.Assign(targets=targets, value=value):
            slots = [*(target.slice for target in targets if isinstance(target, ast.Subscript)), value]
        case ast.AugAssign(value=value) | ast.AnnAssign(value=value) | ast.Return(value=value):
            slots = [value]
        case ast.Expr(value=value) if not isinstance(value, ast.Constant):
            slots = [value]
        case ast.If(test=test) | ast.While(test=test) | ast.Assert(test=test):
            slots = [test]
        case ast.For(iter=iterable) | ast.AsyncFor(iter=iterable):
            slots = [iterable]
        case ast.With(items=items) | ast.AsyncWith(items=items):
            slots = [item.context_expr for item in items]
        case _:
            pass
    return [slot for slot in slots if slot is not None]


def _bodies(statement: ast.stmt) -> Iterator[ast.stmt]:
    """The statements directly inside a statement."""
    match statement:
        case ast.If() | ast.For() | ast.AsyncFor() | ast.While():
            yield from statement.body
            yield from statement.orelse
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.With() | ast.AsyncWith():
            yield from statement.body
        case ast.Try():
            yield from statement.body
            for handler in statement.handlers:
                yield from handler.body
            yield from statement.orelse
            yield from statement.finalbody
        case ast.Match():
            for case in statement.cases:
                yield from case.body
        case _:
            pass


def _changeable(expression: ast.expr) -> int:
    count = 0
    for seen, node in enumerate(ast.walk(expression)):
        if seen > _MOST_NODES:
            return 0
        count += isinstance(node, _CHANGEABLE)
    return count


def _assigned(body: Sequence[ast.stmt], before: int) -> Iterator[str]:
    """Names that statements above a line bind to values, in the order of the text; not those of inner functions."""
    for statement in body:
        if statement.lineno >= before:
            return
        match statement:
            case ast.Assign(targets=targets):
                for target in targets:
                    yield from _names(target)
            case ast.For(target=target) | ast.AugAssign(target=target) | ast.AnnAssign(target=target):
                yield from _names(target)
            case _:
                pass
        if not isinstance(statement, _Function | ast.ClassDef):
            yield from _assigned(list(_bodies(statement)), before)


def _used_as_numbers(tree: ast.Module) -> set[str]:
    """Names that stand beside an arithmetic or comparing operator somewhere in the file."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(left=left, right=right):
                operands = [left, right]
            case ast.Compare(left=left, comparators=rest):
                operands = [left, *rest]
            case ast.AugAssign(target=target, value=value):
                operands = [target, value]
            case _:
                continue
        found.update(operand.id for operand in operands if isinstance(operand, ast.Name))
    return found


def _names(target: ast.expr) -> Iterator[str]:
    match target:
        case ast.Name(id=name):
            yield name
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for element in elements:
                yield from _names(element)
        case _:
            pass


def _mathematics(tree: ast.Module) -> str | None:
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                if alias.name in _MATHEMATICS:
                    return alias.asname or alias.name
    return None
