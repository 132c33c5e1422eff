"""What a Python file defines and imports, by its syntax tree: nothing is executed."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder
from pathlib import Path

from genesis.language.python import parse
from genesis.problem.errors import ProblemError

__all__ = ["PythonFile", "preloadable", "python_file"]

STAR = "*"
NEVER_PRELOADED = frozenset({"__future__", "__main__", "antigravity", "helper", "this"})


@dataclass(frozen=True, slots=True)
class PythonFile:
    """A file that parses."""

    path: Path
    tree: ast.Module

    def require_function(self, name: str, arguments: Sequence[str]) -> None:
        """Checks that calling ``name`` with these positional arguments can work.

        A name that is assigned or imported, also by a star import, is taken on trust.

        Raises:
            ProblemError: Nothing of that name is defined at the top level, or it takes other arguments.
        """
        wanted = f"def {name}({', '.join(arguments)})"
        found = [node for node in _top_level(self.tree.body) if {name, STAR} & _bound(node)]
        if not found:
            raise ProblemError.at(self.path, None, f"it defines no function {name}: add {wanted}")
        match found[-1]:
            case ast.FunctionDef() as function if not _takes(function.args, len(arguments)):
                written = f"{name}({ast.unparse(function.args)})"
                raise ProblemError.at(
                    self.path, function.lineno, f"{written} cannot be called with {_count(arguments)}: write {wanted}"
                )
            case ast.AsyncFunctionDef() | ast.ClassDef() as other:
                raise ProblemError.at(self.path, other.lineno, f"{name} is not a plain function: write {wanted}")
            case _:
                pass

    def imports(self) -> Iterator[str]:
        """Dotted names that the file's top level imports and that may be modules, relative imports left out."""
        for node in _top_level(self.tree.body):
            match node:
                case ast.Import():
                    yield from (alias.name for alias in node.names)
                case ast.ImportFrom(module=str(module), level=0):
                    yield module
                    yield from (f"{module}.{alias.name}" for alias in node.names)
                case _:
                    pass


def python_file(path: Path, text: str) -> PythonFile:
    """The file, parsed.

    Raises:
        ProblemError: It is not Python; the message names the line.
    """
    try:
        return PythonFile(path, parse(text))
    except SyntaxError as error:
        raise ProblemError.at(path, error.lineno, f"not Python: {error.msg}; correct the line") from error


def preloadable(files: Sequence[PythonFile], directory: Path) -> tuple[str, ...]:
    """Installed modules that the files import, sorted; the problem's own files are left out.

    Finding a module reads folders and executes nothing, not even a package's ``__init__``.
    """
    names = {name for file in files for name in file.imports()}
    own = NEVER_PRELOADED | {path.stem for path in directory.glob("*.py")}
    return tuple(sorted(name for name in names if name.partition(".")[0] not in own and _is_module(name)))


def _is_module(name: str) -> bool:
    top, *rest = name.split(".")
    spec = BuiltinImporter.find_spec(top) or FrozenImporter.find_spec(top) or PathFinder.find_spec(top)
    whole = top
    for part in rest:
        if spec is None or spec.submodule_search_locations is None:
            return False
        whole = f"{whole}.{part}"
        spec = PathFinder.find_spec(whole, list(spec.submodule_search_locations))
    return spec is not None


def _top_level(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run on import: the body, and what stands in its conditions, tries and withs."""
    for node in body:
        yield node
        match node:
            case ast.If():
                yield from _top_level([*node.body, *node.orelse])
            case ast.Try():
                handled = [inner for handler in node.handlers for inner in handler.body]
                yield from _top_level([*node.body, *handled, *node.orelse, *node.finalbody])
            case ast.With():
                yield from _top_level(node.body)
            case _:
                pass


def _bound(node: ast.stmt) -> set[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return {node.name}
        case ast.Assign():
            return {name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            return {name}
        case ast.Import() | ast.ImportFrom():
            return {alias.asname or alias.name for alias in node.names}
        case _:
            return set()


def _takes(arguments: ast.arguments, count: int) -> bool:
    positional = len(arguments.posonlyargs) + len(arguments.args)
    required = positional - len(arguments.defaults)
    keywords_required = any(default is None for default in arguments.kw_defaults)
    return required <= count and (count <= positional or arguments.vararg is not None) and not keywords_required


def _count(arguments: Sequence[str]) -> str:
    if not arguments:
        return "no arguments"
    return f"{len(arguments)} argument{'s' if len(arguments) > 1 else ''} ({', '.join(arguments)})"
