"""What a build is asked to do: from a problem's declaration and a program's files to commands. Starts nothing."""

import importlib.util
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from genesis.evaluation.wire import WireCommand
from genesis.language import language_named
from genesis.language.build import BuildError, BuildSettings, Command, Recipe, Tool
from genesis.language.toolchain import MissingTool, locate
from genesis.problem.building import BuildDeclaration, BuildPart
from genesis.program import Source, SourceError

__all__ = ["PLACES", "Order", "Orders", "build_order", "check_order", "place", "run_command", "tools_of"]


@dataclass(frozen=True, slots=True)
class Order:
    """One command, and the language whose compiler it starts; empty for a command of the problem's own."""

    command: Command
    language: str


@dataclass(frozen=True, slots=True)
class Orders:
    """Commands in turn, and what they make: the path of each file or directory, and the path that it is given."""

    commands: tuple[Order, ...]
    artifacts: tuple[tuple[str, str], ...] = ()

    def on_wire(self) -> list[WireCommand]:
        """The commands, each with its program found."""
        return [place(order.command) for order in self.commands]


def build_order(source: Source, language: str, declared: BuildDeclaration) -> Orders:
    """How a program is built: its parts first, then itself. A language without a build has its check in its place.

    Raises:
        BuildError: The files make no program.
    """
    commands: list[Order] = []
    artifacts: list[tuple[str, str]] = []
    for part in declared.parts:
        made = _part(source, part)
        commands += made.commands
        artifacts += made.artifacts
    recipe = _recipe(source, language, declared)
    own = recipe.build or (() if language == "python" else recipe.check)
    commands += [Order(command, language) for command in own]
    if recipe.build and recipe.artifact is not None:
        artifacts.append((recipe.artifact, recipe.artifact))
    return Orders(tuple(commands), tuple(artifacts))


def check_order(source: Source, language: str, declared: BuildDeclaration) -> Orders:
    """How a program's syntax is checked.

    Raises:
        BuildError: The files make no program.
    """
    recipe = _recipe(source, language, declared)
    return Orders(tuple(Order(command, language) for command in recipe.check))


def run_command(source: Source, language: str, declared: BuildDeclaration) -> tuple[Command, bool]:
    """What runs a program on a case, and whether it needs the program's files.

    Raises:
        BuildError: The files make no program.
    """
    recipe = _recipe(source, language, declared)
    return recipe.run, not (recipe.build and recipe.artifact is not None)


def tools_of(language: str, declared: BuildDeclaration) -> tuple[Tool, ...]:
    """All that building and running programs needs, each once.

    Raises:
        BuildError: A language has no such compiler, or no setting of that name.
    """
    found = {tool.name: tool for tool in language_named(language).tools(_settings(declared))}
    for part in declared.parts:
        for tool in _tools_of_part(part):
            found.setdefault(tool.name, tool)
    return tuple(found.values())


def _tools_of_part(part: BuildPart) -> Iterator[Tool]:
    if part.language is not None:
        yield from language_named(part.language).tools(_part_settings(part))
    for command in part.commands:
        if "/" not in command[0]:
            yield Tool(command[0], Command((command[0], "--version")), f"install {command[0]} and put it on the path")


def place(command: Command) -> WireCommand:
    """A command with its program found; directories stay as names, for the child to fill in.

    Raises:
        MissingTool: The program is nowhere.
    """
    program = command.argv[0]
    env: Mapping[str, str] = {}
    if "/" not in program:
        located = locate(program)
        if located is None:
            raise MissingTool(f"{program} is not on the path any more: install it again, or start Genesis where it is")
        program, env = located.path, located.env
    placed = command.placed(directory="{dir}", cache="{cache}", program=program)
    return {"argv": list(placed.argv), "env": {**env, **placed.env}}


def _recipe(source: Source, language: str, declared: BuildDeclaration) -> Recipe:
    return language_named(language).recipe(source, _settings(declared))


def _settings(declared: BuildDeclaration) -> BuildSettings:
    return BuildSettings(_filled_all(declared.flags), declared.compiler, declared.defines)


def _part_settings(part: BuildPart) -> BuildSettings:
    return BuildSettings(_filled_all(part.flags), part.compiler, part.defines)


def _part(source: Source, part: BuildPart) -> Orders:
    artifacts = _filled_all(part.artifacts)
    if part.language is None:
        commands = tuple(Order(Command(_filled_all(each)), "") for each in part.commands)
        return Orders(commands, tuple((path, path) for path in artifacts))
    assert part.entry is not None
    try:
        entered = Source(source.files, part.entry)
    except SourceError as error:
        raise BuildError(f"{error}: the problem builds {part.entry}") from error
    recipe = language_named(part.language).recipe(entered, _part_settings(part))
    if recipe.artifact is None:
        raise BuildError(f"{part.language} builds nothing that could be a part: give the part commands")
    commands = [Order(command, part.language) for command in recipe.build]
    moved = Command(("mv", recipe.artifact, artifacts[0]))  # the next part may make a file of the same name
    return Orders((*commands, Order(moved, "")), ((artifacts[0], artifacts[0]),))


def _filled_all(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(_filled, texts))


def _filled(text: str) -> str:
    """A flag or path with what only this machine's Python knows: ``{python_include}``, ``{extension_suffix}``, …."""
    for name, give in PLACES.items():
        if name in text:
            text = text.replace(name, give())
    return text


def _package_include(package: str, inner: str) -> Callable[[], str]:
    def find() -> str:
        spec = importlib.util.find_spec(package)
        roots = [] if spec is None else list(spec.submodule_search_locations or ())
        if not roots:
            raise MissingTool(f"a build needs the headers of {package}: pip install {package}")
        return f"{roots[0]}/{inner}"

    return find


PLACES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "{python_include}": lambda: sysconfig.get_path("include"),
        "{extension_suffix}": lambda: str(sysconfig.get_config_var("EXT_SUFFIX")),
        "{numpy_include}": _package_include("numpy", "_core/include"),
        "{pybind11_include}": _package_include("pybind11", "include"),
    }
)
"""Names that flags, commands and artifacts of ``build`` may hold, and what gives each."""
