"""Changes to whole statements: delete one, repeat one, let two neighbours change places.

Only statements that have their lines to themselves are touched, so that a change is a change of whole lines.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from genesis.mutation.python_text import Edit, PythonFile, Span

__all__ = ["StatementEdit", "change_statement"]

# What others refer to, and what ends a block: moving these only breaks or silences code.
_FIXED: Final = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Import,
    ast.ImportFrom,
    ast.Global,
    ast.Nonlocal,
    ast.Return,
    ast.Raise,
    ast.Break,
    ast.Continue,
    ast.Pass,
)


@dataclass(frozen=True, slots=True)
class StatementEdit:
    """A change of whole lines.

    Args:
        edit: What to put where.
        what: What it does, as a sentence without its end.
    """

    edit: Edit
    what: str


@dataclass(frozen=True, slots=True)
class _Block:
    """Statements that follow one another, with the lines of those that can be changed."""

    statements: Sequence[ast.stmt]
    lines: Sequence[Span | None]


def change_statement(file: PythonFile, rng: Random) -> StatementEdit | None:
    """One change of a statement that may change, drawn from all there are; ``None`` when there is none."""
    blocks = [block for block in _blocks(file) if any(block.lines)]
    single = [(block, i) for block in blocks for i, lines in enumerate(block.lines) if lines is not None]
    if not single:
        return None
    pairs = [(block, i) for block, i in single if i + 1 < len(block.lines) and block.lines[i + 1] is not None]
    drawn = rng.random()
    if drawn < 0.4 and pairs:
        return _swapped(file, *rng.choice(pairs))
    if drawn < 0.6:
        return _repeated(file, *rng.choice(single))
    return _deleted(file, *rng.choice(single))


def _swapped(file: PythonFile, block: _Block, i: int) -> StatementEdit | None:
    first, second = block.lines[i], block.lines[i + 1]
    if first is None or second is None:
        return None
    between = _text(file, Span(first.end, second.start))
    upper, lower = _text(file, first), _text(file, second)
    text = f"{_ended(lower)}{between}{upper}"
    what = (
        f"Let the statements of lines {block.statements[i].lineno} and {block.statements[i + 1].lineno} change places"
    )
    return StatementEdit(Edit(Span(first.start, second.end), text), what)


def _repeated(file: PythonFile, block: _Block, i: int) -> StatementEdit | None:
    lines = block.lines[i]
    if lines is None:
        return None
    text = _ended(_text(file, lines))
    return StatementEdit(Edit(lines, text + text), f"Repeated the statement of line {block.statements[i].lineno}")


def _deleted(file: PythonFile, block: _Block, i: int) -> StatementEdit | None:
    lines = block.lines[i]
    if lines is None:
        return None
    text = ""
    if len(block.statements) == 1:
        indentation = block.statements[i].col_offset
        text = _text(file, Span(lines.start, lines.start + indentation)) + "pass\n"
    return StatementEdit(Edit(lines, text), f"Deleted the statement of line {block.statements[i].lineno}")


def _blocks(file: PythonFile) -> Iterator[_Block]:
    stack: list[ast.AST] = [file.tree]
    while stack:
        node = stack.pop()
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            children: list[ast.AST] = getattr(node, name, [])
            stack += reversed(children)
            statements = [child for child in children if isinstance(child, ast.stmt)]
            if statements:
                yield _Block(statements, [_lines(file, statement) for statement in statements])


def _lines(file: PythonFile, statement: ast.stmt) -> Span | None:
    """The whole lines of a statement, or ``None`` when it must stay or shares a line."""
    if isinstance(statement, _FIXED) or _is_text(statement):
        return None
    span = file.span(statement)
    start = file.line_starts[statement.lineno - 1]
    last = (statement.end_lineno or statement.lineno) - 1
    end = file.line_starts[last + 1] if last + 1 < len(file.line_starts) else len(file.data)
    before, after = file.data[start : span.start].strip(), file.data[span.end : end].strip()
    lines = Span(start, end)
    is_alone = not before and (not after or after.startswith(b"#"))
    # To the parser, "elif" is a statement of its own inside the "else" of another.
    is_tail = isinstance(statement, ast.If) and file.data.startswith(b"elif", span.start)
    return lines if is_alone and not is_tail and file.may_change(lines) else None


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _text(file: PythonFile, span: Span) -> str:
    return file.data[span.start : span.end].decode()


def _ended(lines: str) -> str:
    return lines if lines.endswith(("\n", "\r")) else lines + "\n"
