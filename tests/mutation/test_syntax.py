"""The syntax operator: each kind of edit by example, and that whatever it gives compiles."""

from collections import Counter
from random import Random

import libcst as cst
import pytest

from genesis.language.python import PYTHON
from genesis.mutation.expressions import find_expressions, find_scope
from genesis.mutation.operators.port import Breeding, Proposal
from genesis.mutation.operators.syntax import Syntax
from genesis.mutation.python_text import PythonFile, edited, read_python
from genesis.mutation.rewrites import REWRITES
from genesis.mutation.sites import Scope, find_sites
from genesis.mutation.statements import change_statement
from tests.mutation.programs import POINTS, program

SCOPE = Scope(("a", "b"), {"f": 2, "g": 2, "h": 1}, "math")


def offers(kind: str, text: str, scope: Scope = SCOPE) -> set[str]:
    """All that a kind of rewrite makes of an expression, seen in many draws."""
    change = next(rewrite.change for rewrite in REWRITES if rewrite.name == kind)
    root = cst.parse_expression(text)
    found: set[str] = set()
    for seed in range(60):
        for site in find_sites(root):
            node = change(site, scope, Random(seed))
            if node is not None:
                new = node if site.node is root else root.deep_replace(site.node, node)
                found.add(cst.Module([]).code_for_node(new))
    return found


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("operator", "a  + b", {"a  - b", "a  * b", "a  / b"}),
        ("operator", "a ** b", {"a * b"}),
        ("operator", "a << b", {"a >> b"}),
        ("operator", "a @ b", set[str]()),
        ("comparison", "a < b", {"a <= b", "a > b", "a >= b"}),
        ("comparison", "a == b", {"a != b"}),
        ("comparison", "a not in b", {"a in b"}),
        ("comparison", "a is b", {"a is not b"}),
        ("and or", "a and b", {"a or b"}),
        ("and or", "a or b", {"a and b"}),
        ("not", "a < b", {"not (a < b)"}),
        ("not", "not a", {"a"}),
        ("not", "f(a < b)", set[str]()),
        ("whole number", "range(3)", {"range(2)", "range(4)"}),
        ("whole number", "a[0]", {"a[1]", "a[-1]"}),
        ("whole number", "a - 0", {"a - 1", "a - (-1)"}),
        ("whole number", "10", {"9", "11", "20", "5"}),
        ("whole number", "1234567890", set[str]()),
        ("function", "min(a)", {"max(a)", "sum(a)"}),
        ("function", "min(a, b)", {"max(a, b)"}),
        ("function", "math.sin(a)", {"math.cos(a)", "math.tanh(a)"}),
        ("function", "f(a, b)", {"g(a, b)"}),
        ("function", "f(a)", set[str]()),
        ("function", "sin(a)", set[str]()),
        ("arguments", "f(a, 2, k=3)", {"f(2, a, k=3)"}),
        ("arguments", "f(*a, b)", set[str]()),
        ("operands", "a - b", {"b - a"}),
        ("operands", "a + b", set[str]()),
        ("operands", "(a + b) / c", {"c / (a + b)"}),
        ("part", "a + b", {"a", "b"}),
        ("part", "(a + b) * c", {"(a + b)", "c", "(a) * c", "(b) * c"}),
        ("part", "a if b else c", {"a", "c"}),
        ("part", "abs(a)", {"a"}),
        ("part", "f(a)", set[str]()),
        ("sign", "a * 2.5", {"abs(a) * 2.5", "(-a) * 2.5", "a * abs(2.5)", "a * (-2.5)", "abs(a * 2.5)", "-(a * 2.5)"}),
        ("sign", "a[0]", set[str]()),
        ("variable", "a * 2", {"b * 2", "a * a", "a * b"}),
        ("variable", "x.a", set[str]()),
        ("variable", "f(a=1)", set[str]()),
        ("variable", "'a'", set[str]()),
    ],
)
def test_each_rewrite_offers_just_this(kind: str, text: str, expected: set[str]) -> None:
    assert offers(kind, text) == expected


def test_terms_constants_and_functions_are_added_to_numbers() -> None:
    assert {"(x * 2) + a", "(x * 2) + 0.1 * b", "(x - a) * 2"} <= offers("term", "x * 2")
    assert {"(x * 2) + 0.01", "(x * 0.5) * 2"} <= offers("constant", "x * 2")
    assert {"math.sin(x * 2)", "math.sqrt(abs(x)) * 2"} <= offers("mathematics", "x * 2")
    assert offers("mathematics", "x * 2", Scope((), {}, None)) == set()
    assert offers("term", "x * 2", Scope((), {}, None)) == set()


def file_of(text: str) -> PythonFile:
    files = read_python(program(text))
    assert not isinstance(files, str)
    return files[0]


def test_a_scope_is_what_was_assigned_above_and_is_computed_with() -> None:
    text = """import numpy as np
K = 2
LATER_READ = 'text'
def f(p, q, *, r):
    s = p + q
    for t in range(3):
        u = s * r < t + K
    later = 1 + later
    return u
def g(x, y=1): return x
"""
    expressions = {expression.line: expression for expression in find_expressions(file_of(text))}
    scope = find_scope(expressions[7])
    assert scope.variables == ("K", "p", "q", "r", "s", "t")
    assert scope.arities == {"f": 2}
    assert scope.mathematics == "np"


def changes(text: str) -> set[str]:
    """Every text that statement changes make of a file, seen in many draws."""
    file = file_of(text)
    found: set[str] = set()
    for seed in range(200):
        change = change_statement(file, Random(seed))
        if change is not None:
            found.add(edited(program(text), [(file, change.edit)]).text)
    return found


def test_statements_are_deleted_repeated_and_swapped() -> None:
    assert changes("a = 1\n\nb = 2  # two\n") == {
        "\nb = 2  # two\n",
        "a = 1\n\n",
        "a = 1\na = 1\n\nb = 2  # two\n",
        "a = 1\n\nb = 2  # two\nb = 2  # two\n",
        "b = 2  # two\n\na = 1\n",
    }


def test_a_block_is_never_left_empty() -> None:
    assert changes("if x:\n    y = 1\n") == {
        "pass\n",
        "if x:\n    pass\n",
        "if x:\n    y = 1\n    y = 1\n",
        "if x:\n    y = 1\nif x:\n    y = 1\n",
    }


@pytest.mark.parametrize(
    "text",
    [
        "def entrypoint(): return 1\n",
        "import math\n",
        "class A: x = 1\n",
        "'documentation'\n",
        "a = 1; b = 2\n",
        "# EVOLVE-BLOCK-START\n# EVOLVE-BLOCK-END\na = 1\n",
        "def f():\n    return 1\n",
    ],
)
def test_definitions_imports_returns_and_shared_lines_stay(text: str) -> None:
    assert changes(text) == set()


def test_the_tail_of_a_condition_is_no_statement_of_its_own() -> None:
    text = "if a:\n    pass\nelif b:\n    pass\n"
    assert changes(text) == {"pass\n", text + text}


def test_a_last_line_without_an_end_gets_one_when_it_moves() -> None:
    assert "b = 2\na = 1\n" in changes("a = 1\nb = 2")


def test_proposals_compile_and_differ_and_every_kind_comes_up() -> None:
    source = program(POINTS)
    kinds: Counter[str] = Counter()
    for i in range(400):
        answer = Syntax().propose(Breeding((source,), "python", {}, str(i)))
        assert isinstance(answer, Proposal)
        assert PYTHON.syntax_error(answer.source.text) is None
        assert answer.source.text != source.text
        kinds.update(answer.name.removeprefix("syntax: ").split(", "))
    # The program has no call of two arguments.
    assert kinds.keys() == {rewrite.name for rewrite in REWRITES} - {"arguments"} | {"statement"}


def test_the_number_of_edits_is_obeyed() -> None:
    for edits in (1, 2, 3):
        answer = Syntax().propose(Breeding((program(POINTS),), "python", {"edits": edits}, "a"))
        assert isinstance(answer, Proposal)
        assert answer.name.count(",") == edits - 1
        assert answer.rationale.count("; ") == edits - 1


def test_the_rationale_says_what_was_changed_where() -> None:
    answer = Syntax().propose(Breeding((program("x = 1\ny = x + 2\n"),), "python", {"edits": 1}, "3"))
    assert isinstance(answer, Proposal)
    assert "line 2" in answer.rationale or "line 1" in answer.rationale


def test_an_expression_over_several_lines_stays_one() -> None:
    text = "y = 1\nx = (\n    y +  # one\n    2\n)\n"
    for i in range(60):
        answer = Syntax().propose(Breeding((program(text),), "python", {"edits": 1}, str(i)))
        assert isinstance(answer, Proposal)
        assert PYTHON.syntax_error(answer.source.text) is None
