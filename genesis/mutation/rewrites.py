"""Small changes to one expression, each a function from a concrete syntax node to another.

Nodes are LibCST's, so that white space, comments and number formats of all that is not changed survive. Nothing here
knows types: a change that makes no sense fails its evaluation, which is what evaluations are for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, TypeAlias, TypeVar

import libcst as cst

from genesis.mutation.sites import BY_SIZE, CALLS, UNARY, Scope, Site, called, like, tight

__all__ = ["REWRITES", "Rewrite"]

_ORDERED: Final = (cst.Subtract, cst.Divide, cst.FloorDivide, cst.Modulo, cst.Power)
_OPERATORS: Final[Sequence[Sequence[type[cst.BaseBinaryOp]]]] = (
    (cst.Add, cst.Subtract, cst.Multiply, cst.Divide),
    (cst.FloorDivide, cst.Modulo, cst.Multiply),
    (cst.Power, cst.Multiply),
    (cst.BitAnd, cst.BitOr, cst.BitXor),
    (cst.LeftShift, cst.RightShift),
)
_COMPARISONS: Final[Sequence[Sequence[type[cst.BaseCompOp]]]] = (
    BY_SIZE,
    (cst.Equal, cst.NotEqual),
    (cst.In, cst.NotIn),
    (cst.Is, cst.IsNot),
)
_TESTS: Final = (cst.BooleanOperation, cst.IfExp, type(None))
Change: TypeAlias = Callable[[Site, Scope, Random], cst.BaseExpression | None]


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One kind of change.

    Args:
        name: Two or three words.
        weight: How often it is tried, relative to the others.
        change: What to put at a site; ``None`` when the change does not apply there.
    """

    name: str
    weight: float
    change: Change


def _operator(site: Site, _: Scope, rng: Random) -> cst.BaseExpression | None:
    if not isinstance(site.node, cst.BinaryOperation):
        return None
    other = _exchanged(site.node.operator, _OPERATORS, rng)
    if other is None:
        return None
    return site.node.with_changes(operator=other)


def _comparison(site: Site, _: Scope, rng: Random) -> cst.BaseExpression | None:
    if not isinstance(site.node, cst.Comparison):
        return None
    targets = list(site.node.comparisons)
    place = rng.randrange(len(targets))
    other = _exchanged(targets[place].operator, _COMPARISONS, rng)
    if other is None:
        return None
    targets[place] = targets[place].with_changes(operator=other)
    return site.node.with_changes(comparisons=targets)


def _connective(site: Site, _: Scope, rng: Random) -> cst.BaseExpression | None:
    if not isinstance(site.node, cst.BooleanOperation):
        return None
    return site.node.with_changes(operator=_exchanged(site.node.operator, ((cst.And, cst.Or),), rng))


def _negation(site: Site, _: Scope, __: Random) -> cst.BaseExpression | None:
    match site.node:
        case cst.UnaryOperation(operator=cst.Not(), expression=inner):
            return like(inner, site.node)
        case cst.Comparison() | cst.BooleanOperation() if isinstance(site.parent, _TESTS):
            return cst.UnaryOperation(cst.Not(), tight(site.node))
        case _:
            return None


def _bound(site: Site, _: Scope, rng: Random) -> cst.BaseExpression | None:
    # Integers of a few digits count and index; longer ones are hashes and masks.
    if not isinstance(site.node, cst.Integer) or len(site.node.value) > 9:
        return None
    value = site.node.evaluated_value
    offers = [value + 1, value - 1]
    # A count that is far off is reached by doubling, not by ones.
    offers += [value * 2, value // 2] if value >= 8 else []
    value = rng.choice(offers)
    if value >= 0:
        return like(cst.Integer(str(value)), site.node)
    return site.put(cst.UnaryOperation(cst.Minus(), cst.Integer(str(-value))))


def _function(site: Site, scope: Scope, rng: Random) -> cst.BaseExpression | None:
    if not isinstance(site.node, cst.Call):
        return None
    function, count = site.node.func, len(site.node.args)
    name = called(function)
    offers = {other for group in CALLS if name in group for other in group}
    if isinstance(function, cst.Name):
        # A bare name must exist: a builtin, or a function of this file that takes as much.
        offers = (offers & {"min", "max", "sum", "any", "all"}) - ({"sum"} if count > 1 else set[str]())
        offers |= {other for other, arity in scope.arities.items() if scope.arities.get(name) == arity == count}
    offers -= {name}
    if not offers:
        return None
    renamed = cst.Name(rng.choice(sorted(offers)))
    if isinstance(function, cst.Name):
        return site.node.with_changes(func=renamed)
    return site.node.with_changes(func=function.with_changes(attr=renamed))


def _arguments(site: Site, _: Scope, rng: Random) -> cst.BaseExpression | None:
    if not isinstance(site.node, cst.Call):
        return None
    arguments = list(site.node.args)
    places = [i for i, argument in enumerate(arguments) if argument.keyword is None and not argument.star]
    if len(places) < 2:
        return None
    first, second = sorted(rng.sample(places, 2))
    values = arguments[first].value, arguments[second].value
    arguments[first] = arguments[first].with_changes(value=values[1])
    arguments[second] = arguments[second].with_changes(value=values[0])
    return site.node.with_changes(args=arguments)


def _operands(site: Site, _: Scope, __: Random) -> cst.BaseExpression | None:
    match site.node:
        case cst.BinaryOperation(left=left, operator=operator, right=right) if isinstance(operator, _ORDERED):
            return site.node.with_changes(left=tight(right), right=tight(left))
        case _:
            return None


def _part(site: Site, _: Scope, rng: Random) -> cst.BaseExpression | None:
    parts: Sequence[cst.BaseExpression] = ()
    match site.node:
        case cst.BinaryOperation(left=left, right=right) | cst.BooleanOperation(left=left, right=right):
            parts = (left, right)
        case cst.IfExp(body=body, orelse=orelse):
            parts = (body, orelse)
        case cst.UnaryOperation(expression=expression):
            parts = (expression,)
        case cst.Call(func=function, args=[cst.Arg(value=value, keyword=None, star="")]):
            parts = (value,) if called(function) in {*UNARY, "abs", "floor", "ceil"} else ()
        case _:
            pass
    return like(site.put(rng.choice(parts)), site.node) if parts else None


def _sign(site: Site, _: Scope, rng: Random) -> cst.BaseExpression | None:
    if not site.is_number():
        return None
    if rng.random() < 0.5:
        return cst.Call(cst.Name("abs"), [cst.Arg(site.node.with_changes(lpar=[], rpar=[]))])
    return site.put(cst.UnaryOperation(cst.Minus(), tight(site.node)))


def _constant(site: Site, _: Scope, rng: Random) -> cst.BaseExpression | None:
    if not site.is_number() or isinstance(site.node, cst.BaseNumber):
        return None
    if rng.random() < 0.5:
        factor = _float(rng.choice((0.5, 0.8, 0.9, 1.1, 1.25, 2.0)))
        return site.put(cst.BinaryOperation(tight(site.node), cst.Multiply(), factor))
    operator = rng.choice((cst.Add, cst.Subtract))()
    return site.put(cst.BinaryOperation(tight(site.node), operator, _float(rng.choice((0.001, 0.01, 0.1, 1.0)))))


def _mathematics(site: Site, scope: Scope, rng: Random) -> cst.BaseExpression | None:
    if not site.is_number() or scope.mathematics is None:
        return None
    name = rng.choice(UNARY)
    inner = site.node.with_changes(lpar=[], rpar=[])
    if name in {"sqrt", "log1p"}:
        inner = cst.Call(cst.Name("abs"), [cst.Arg(inner)])
    return cst.Call(cst.Attribute(cst.Name(scope.mathematics), cst.Name(name)), [cst.Arg(inner)])


def _variable(site: Site, scope: Scope, rng: Random) -> cst.BaseExpression | None:
    old = site.node.value if isinstance(site.node, cst.Name) else None
    if old not in scope.variables and not (isinstance(site.node, cst.BaseNumber) and site.is_operand()):
        return None
    offers = [name for name in scope.variables if name != old]
    return like(cst.Name(rng.choice(offers)), site.node) if offers else None


def _term(site: Site, scope: Scope, rng: Random) -> cst.BaseExpression | None:
    if not site.is_number() or not scope.variables:
        return None
    other: cst.BaseExpression = cst.Name(rng.choice(scope.variables))
    operator = rng.choice((cst.Add, cst.Subtract, cst.Multiply, cst.Divide))()
    if isinstance(operator, cst.Add | cst.Subtract) and rng.random() < 0.5:
        other = cst.BinaryOperation(_float(rng.choice((0.01, 0.1, 0.5))), cst.Multiply(), other)
    return site.put(cst.BinaryOperation(tight(site.node), operator, other))


REWRITES: Final[Sequence[Rewrite]] = (
    Rewrite("operator", 2.0, _operator),
    Rewrite("comparison", 1.5, _comparison),
    Rewrite("and or", 0.5, _connective),
    Rewrite("not", 0.5, _negation),
    Rewrite("whole number", 2.0, _bound),
    Rewrite("function", 1.0, _function),
    Rewrite("arguments", 0.5, _arguments),
    Rewrite("operands", 0.5, _operands),
    Rewrite("part", 2.0, _part),
    Rewrite("sign", 0.5, _sign),
    Rewrite("constant", 1.0, _constant),
    Rewrite("mathematics", 1.0, _mathematics),
    Rewrite("variable", 2.0, _variable),
    Rewrite("term", 1.5, _term),
)

_Operator = TypeVar("_Operator", bound=cst.CSTNode)


def _exchanged(old: _Operator, groups: Sequence[Sequence[type[_Operator]]], rng: Random) -> _Operator | None:
    """Another operator of the same group, with the same white space around it."""
    kind = type(old)
    offers = [other for group in groups if kind in group for other in group if other is not kind]
    if not offers:
        return None
    # Every operator has these two, but LibCST declares them on each class anew.
    around = ("whitespace_before", "whitespace_after")
    space: dict[str, cst.BaseParenthesizableWhitespace] = {name: getattr(old, name) for name in around}
    return rng.choice(offers)().with_changes(**space)


def _float(value: float) -> cst.Float:
    return cst.Float(repr(value))
