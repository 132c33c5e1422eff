"""How complex a Python program's text is: cheap features for maps of programs."""

import ast
from collections.abc import Mapping

__all__ = ["measure"]


def measure(text: str, language: str = "python") -> Mapping[str, float]:
    """Features of a program's entry file, all counts; of another language than Python, lines and characters only.

    ``complexity.lines`` counts lines that are not blank; ``ast_nodes`` leaves out contexts and operators, which say
    nothing that their parents do not; ``max_depth`` is of nested nodes.

    Raises:
        SyntaxError: The text is not Python.
        RecursionError, MemoryError: It is nested too deep, or too large, to parse.
    """
    size = {
        "complexity.lines": float(sum(1 for line in text.splitlines() if line.strip())),
        "complexity.characters": float(len(text)),
    }
    return size if language != "python" else {**size, **_of_tree(ast.parse(text))}


def _of_tree(tree: ast.Module) -> Mapping[str, float]:
    nodes = literals = functions = depth = 0
    level: list[ast.AST] = [tree]
    while level:
        depth += 1
        nodes += len(level)
        below: list[ast.AST] = []
        for node in level:
            if isinstance(node, ast.Constant):
                literals += _is_number(node.value)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                functions += 1
            below.extend(child for child in ast.iter_child_nodes(node) if not isinstance(child, _MARKS))
        level = below
    return {
        "complexity.ast_nodes": float(nodes),
        "complexity.numeric_literals": float(literals),
        "complexity.functions": float(functions),
        "complexity.max_depth": float(depth),
    }


_MARKS = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | complex) and not isinstance(value, bool)
