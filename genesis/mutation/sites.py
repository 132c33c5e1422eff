"""The places of one expression where something else can stand, as LibCST nodes, and how to write a node at each.

Nothing here knows types: whether something is a number is guessed from what it stands beside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import libcst as cst

__all__ = ["BY_SIZE", "CALLS", "UNARY", "Scope", "Site", "called", "find_sites", "like", "tight"]

_ARITHMETIC: Final = (cst.Add, cst.Subtract, cst.Multiply, cst.Divide, cst.FloorDivide, cst.Modulo, cst.Power)
BY_SIZE: Final = (cst.LessThan, cst.LessThanEqual, cst.GreaterThan, cst.GreaterThanEqual)
# Functions that can stand for one another.
CALLS: Final = (
    ("min", "max"),
    ("sum", "max", "min"),
    ("any", "all"),
    ("floor", "ceil", "trunc"),
    ("sin", "cos", "tanh"),
    ("sqrt", "exp", "log1p", "tanh"),
    ("argmin", "argmax"),
    ("minimum", "maximum"),
    ("mean", "median", "sum"),
)
UNARY: Final = ("sin", "cos", "exp", "sqrt", "tanh", "log1p")
_NUMERIC_CALLS: Final = frozenset({*(name for group in CALLS for name in group), *UNARY, "abs", "len", "float", "log"})
# Whatever stands next to one of these would bind a part of what is put in its place.
_BINDING: Final = (
    cst.BinaryOperation,
    cst.UnaryOperation,
    cst.Comparison,
    cst.ComparisonTarget,
    cst.BooleanOperation,
    cst.Attribute,
    cst.Subscript,
    cst.Call,
    cst.IfExp,
    cst.Await,
)
_LOOSE: Final = (
    cst.BinaryOperation,
    cst.UnaryOperation,
    cst.Comparison,
    cst.BooleanOperation,
    cst.IfExp,
    cst.Lambda,
    cst.NamedExpr,
)
_INNER: Final = (
    cst.BaseExpression,
    cst.BaseElement,
    cst.BaseSlice,
    cst.Arg,
    cst.ComparisonTarget,
    cst.CompFor,
    cst.CompIf,
    cst.DictElement,
    cst.SubscriptElement,
)

_Expression = TypeVar("_Expression", bound=cst.BaseExpression)


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression can refer to.

    Args:
        variables: Names that hold values where the expression stands, in a fixed order.
        arities: Functions of the file and how many positional arguments each takes.
        mathematics: What ``sin`` and its like are called through: ``math`` or ``np``; ``None`` if neither is there.
    """

    variables: tuple[str, ...]
    arities: Mapping[str, int]
    mathematics: str | None


@dataclass(frozen=True, slots=True)
class Site:
    """An expression and what it is directly part of; ``parent`` is ``None`` for the whole."""

    node: cst.BaseExpression
    parent: cst.CSTNode | None

    def is_number(self) -> bool:
        """Whether it most likely has a number for a value."""
        match self.node:
            case cst.BinaryOperation(operator=operator, left=left):
                return isinstance(operator, _ARITHMETIC) and not isinstance(left, cst.BaseString | cst.BaseList)
            case cst.Call(func=function):
                return called(function) in _NUMERIC_CALLS
            case cst.Float() | cst.UnaryOperation(operator=cst.Minus()):
                return True
            case cst.Integer() | cst.Name() | cst.Subscript() | cst.Attribute():
                # On their own these may as well be an index, a list or a text.
                return self.is_operand()
            case _:
                return False

    def is_operand(self) -> bool:
        """Whether it stands beside an arithmetic operator or in a comparison by size."""
        match self.parent:
            case cst.BinaryOperation(operator=operator) | cst.ComparisonTarget(operator=operator):
                return isinstance(operator, (*_ARITHMETIC, *BY_SIZE))
            case cst.Comparison(comparisons=targets):
                return all(isinstance(target.operator, BY_SIZE) for target in targets)
            case _:
                return False

    def put(self, node: cst.BaseExpression) -> cst.BaseExpression:
        """The node as it has to be written at this site."""
        return tight(node) if isinstance(self.parent, _BINDING) else node


def find_sites(root: cst.BaseExpression) -> list[Site]:
    """Every expression that can be replaced, in the order of the text; none inside text, formatted or not."""
    found: list[Site] = []
    stack: list[tuple[cst.CSTNode, cst.CSTNode | None]] = [(root, None)]
    while stack:
        node, parent = stack.pop()
        if isinstance(node, cst.BaseExpression):
            found.append(Site(node, parent))
        stack += [(child, node) for child in reversed(_inner(node))]
    return found


def _inner(node: cst.CSTNode) -> Sequence[cst.CSTNode]:
    """The parts that are read when the expression is evaluated: no names that are bound, no names of members."""
    match node:
        case cst.Attribute() | cst.Arg() | cst.NamedExpr() | cst.StarredElement():
            return (node.value,)
        case cst.Lambda():
            return (node.body,)
        case cst.CompFor():
            return (node.iter, *node.ifs, *((node.inner_for_in,) if node.inner_for_in else ()))
        case cst.BaseString() | cst.Name() | cst.BaseNumber():
            return ()
        case _:
            return [child for child in node.children if isinstance(child, _INNER)]


def called(function: cst.BaseExpression) -> str:
    """The last name of what is called: ``sin`` of ``math.sin(x)``; empty when it has none."""
    match function:
        case cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)):
            return name
        case _:
            return ""


def tight(node: _Expression) -> _Expression:
    """The node in parentheses, where it is not one already that holds together without."""
    if node.lpar or not isinstance(node, _LOOSE):
        return node
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def like(node: cst.BaseExpression, old: cst.BaseExpression) -> cst.BaseExpression:
    """The node in the parentheses of the one that it replaces, unless it brings its own."""
    return node if node.lpar else node.with_changes(lpar=old.lpar, rpar=old.rpar)
