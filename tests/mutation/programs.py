"""Programs to mutate: hand-written ones, and Hypothesis strategies that write others."""

from hypothesis import strategies as st

from genesis.program import Source

POINTS = """# immutable: 1.5
import math

LIMIT = 9.25
# EVOLVE-BLOCK-START
POINTS = [
    (0.1, 0.2),  # first
    (0.5, -0.25),
    (0.75, 0.4),
]


def area(p, q):
    total = 0.0
    for i in range(3):
        total += p[0] * q[1] - p[1] * q[0]
    if total < 0.0 and p:
        total = -total
    return math.sqrt(total)


def spread(p, q):
    return max(p) - min(q)


# EVOLVE-BLOCK-END


def entrypoint():
    return [area(p, q) * 2.5 for p, q in zip(POINTS, POINTS[1:])]
"""


def program(text: str) -> Source:
    """A program of one file."""
    return Source.single(text, "program.py")


_names = st.sampled_from(["a", "b", "été", "x1", "POINTS"])
_reals = st.floats(allow_nan=False, allow_infinity=False).map(repr)
_written = _reals | st.sampled_from(["0.5", "1.", ".25", "1_000.5", "1e-3", "-0.0", "- 2.5", "0.1e+05"])
_wholes = st.integers(-(10**20), 10**20).map(str) | st.sampled_from(["0x1F", "0b101", "1_000", "True", "False", "2j"])
_texts = st.sampled_from(["'0.5'", '"""1.5\n2"""', "f'{0.5}'", "b'1'", "'é' + '\u2028'"])
_numbers = st.one_of(_written, _written, _wholes)


def _display(elements: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    items = st.lists(elements, max_size=3)
    return items.map(lambda parts: f"[{', '.join(parts)}]") | items.map(
        lambda parts: f"({''.join(p + ', ' for p in parts)})"
    )


def _operation(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "**", "if 1 else", "<", "and", "[0] +"]), inner).map(" ".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"f(\n  {text},  # 0.5\n  y=0.25)"),
        inner.map(lambda text: f"a[{text}]"),
        inner.map(lambda text: f"-a[{text}]"),
        inner.map(lambda text: f"not {text}"),
        _display(inner),
    )


expressions = st.recursive(_numbers | _names | _texts, _operation, max_leaves=6)
_statements = st.one_of(
    st.tuples(_names, expressions).map(lambda parts: f"{parts[0]} = {parts[1]}\n"),
    st.tuples(_names, expressions).map(lambda parts: f"def {parts[0]}(x=0.5):\n    return({parts[1]})\n"),
    expressions.map(lambda text: f"if {text}:\n\tx = 1; y = 0.125\n"),
    st.just("# 0.5 = 1.5\n"),
    st.just("\n"),
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A Python file, often with markers, its lines ending in one of three ways; it may not parse."""
    lines = draw(st.lists(_statements, min_size=1, max_size=5))
    if draw(st.booleans()):
        start = draw(st.integers(0, len(lines)))
        end = draw(st.integers(start, len(lines)))
        lines.insert(end, "# EVOLVE-BLOCK-END\n")
        lines.insert(start, "# EVOLVE-BLOCK-START\n")
    text = "".join(lines)
    return text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n"])))
