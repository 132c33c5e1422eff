"""Python: parsing that survives hostile text, and a normal form that is the same on every Python version."""

import ast
import re
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeGuard

from genesis.language.build import BuildSettings, Command, Diagnostic, Recipe, Tool
from genesis.language.diagnostics import own_path, plain_text
from genesis.language.sources import choose, entry_of
from genesis.program import Source

__all__ = ["PYTHON", "Python", "parse"]

# A cached tree is about 100 times its text, so only texts up to this length are kept (64 trees: 130 MB at worst).
_CACHED_CHARACTERS: Final = 20_000
_LEFT_OUT: Final = frozenset({"ctx", "kind", "type_comment", "type_ignores"})


def parse(text: str) -> ast.Module:
    """The syntax tree of a Python file; treat it as read-only, equal texts may share it.

    Raises:
        SyntaxError: The text is not Python, or is beyond what the interpreter's own parser can take: too deep, with
            null bytes or lone surrogates, or with a number too long to convert.
    """
    return _parse_cached(text) if len(text) <= _CACHED_CHARACTERS else _parse(text)


def _parse(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(_beyond(error)) from error


_parse_cached = lru_cache(maxsize=64)(_parse)


@dataclass(frozen=True, slots=True)
class Python:
    """Python as the running interpreter reads it."""

    name: str = "python"
    suffixes: tuple[str, ...] = (".py",)
    comment: str = "#"
    entry: str = "program.py"
    compilers: tuple[str, ...] = ("python3",)
    hints: str = (
        "Let NumPy work on whole arrays: a Python loop over elements takes 50 to 100 times longer.\n"
        "Preallocate arrays and use views instead of appending and copying; sort, search and sum with NumPy.\n"
        "Bind what an inner loop looks up (methods, globals) to local names, and cache what is computed twice."
    )

    def normalise(self, text: str) -> str:
        """The tree written out: comments, blank lines, indentation, quotes, number formats and docstrings are gone.

        Empty fields are left out, so that a field which a later Python adds does not change the form of old texts.
        """
        try:
            written: list[str] = []
            _write(parse(text), written)
        # ValueError: a hexadecimal literal too long for repr().
        except (SyntaxError, RecursionError, MemoryError, ValueError):
            return text.strip()
        return "\n".join(written)

    def plain(self, text: str) -> str:
        """The tree written as the interpreter writes code, without docstrings."""
        try:
            tree = _parse(text)  # one of our own, since it is changed
            for node in ast.walk(tree):
                if _has_docstring(node):
                    node.body = node.body[1:] or ([] if node is tree else [ast.Pass()])
            return ast.unparse(tree)
        except (SyntaxError, RecursionError, MemoryError, ValueError):
            return text.strip()

    def syntax_error(self, text: str) -> str | None:
        """Also what only the compiler sees, such as ``return`` outside a function."""
        try:
            tree = parse(text)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(tree, "<program>", "exec", dont_inherit=True)
        except SyntaxError as error:
            return f"line {error.lineno}: {error.msg}" if error.lineno else error.msg
        except (ValueError, RecursionError, MemoryError) as error:
            return _beyond(error)
        return None

    def tools(self, settings: BuildSettings) -> tuple[Tool, ...]:
        """This interpreter, whatever the settings."""
        choose(settings, self.name, compilers=self.compilers)
        return (_INTERPRETER,)

    def recipe(self, source: Source, settings: BuildSettings) -> Recipe:
        """Nothing is built; the entry file is run as a script. Native code beside it is a part of the problem's."""
        entry = entry_of(source, self.suffixes, "Python")
        return Recipe((), (), Command(("python3", entry)), None, self.tools(settings))

    def diagnostics(self, output: str) -> tuple[Diagnostic, ...]:
        """The exception of each traceback, placed at its innermost frame in a file of the program."""
        found: list[Diagnostic] = []
        place: tuple[str, int] | None = None
        for line in plain_text(output).split("\n"):
            if frame := _FRAME.match(line):
                path = own_path(frame["path"])
                if place is None or not path.startswith(("/", "<")):
                    place = path, int(frame["line"])
            elif place is not None and (raised := _RAISED.match(line)):
                found.append(Diagnostic(*place, None, "error", raised[0]))
                place = None
        return tuple(found)


_INTERPRETER: Final = Tool("python3", Command(("python3", "--version")), "https://www.python.org/downloads/")
_FRAME: Final = re.compile(r'  File "(?P<path>[^"]+)", line (?P<line>\d+)')
_RAISED: Final = re.compile(r"[A-Za-z_][\w.]*(?:: .*)?$")

PYTHON: Final = Python()


def _beyond(error: Exception) -> str:
    return f"beyond what the Python parser takes ({type(error).__name__}: {str(error) or 'its stack is full'})"


def _write(node: ast.AST, out: list[str]) -> None:
    out.append(type(node).__name__)
    for field in _fields(type(node)):
        value: object = getattr(node, field, None)
        if value is None:
            continue
        if isinstance(value, ast.AST):
            out.append(field)
            _write(value, out)
        elif _is_list(value):
            _write_list(field, value[1:] if field == "body" and _has_docstring(node) else value, out)
        else:
            out += (field, repr(value))
    out.append(")")


def _write_list(field: str, values: list[object], out: list[str]) -> None:
    if not values:
        return
    out.append(field)
    for value in values:
        if isinstance(value, ast.AST):
            _write(value, out)
        else:
            out.append(repr(value))
    out.append("]")


@lru_cache(maxsize=256)
def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    return tuple(field for field in kind._fields if field not in _LEFT_OUT)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _has_docstring(node: ast.AST) -> TypeGuard[ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    match node:
        case ast.Module(body=body) | ast.FunctionDef(body=body) | ast.AsyncFunctionDef(body=body):
            pass
        case ast.ClassDef(body=body):
            pass
        case _:
            return False
    return bool(body) and _is_text(body[0])


def _is_text(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
        case _:
            return False
