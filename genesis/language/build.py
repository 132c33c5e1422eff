"""How programs of a language are built and run: commands as data, performed by an evaluation backend in a sandbox."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["BuildSettings", "Command", "Diagnostic", "Recipe", "Tool"]


@dataclass(frozen=True, slots=True)
class Command:
    """One process: arguments, the first of which is looked up on the path, and what its environment has besides."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that building or running needs.

    Attributes:
        name: As it is looked up on the path; ``g++``.
        version: The command that prints its version.
        install: What to run to get it, for people: ``apt install g++``.
    """

    name: str
    version: Command
    install: str


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """What a problem says of its builds, over the language's own flags.

    Attributes:
        flags: Put behind the language's optimisation flags.
        compiler: One of the language's compilers, such as ``clang++``; empty for the usual one.
        defines: Language-specific settings, such as Cargo features.
    """

    flags: tuple[str, ...] = ()
    compiler: str = ""
    defines: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one program is built and run, in a directory that holds its files.

    Attributes:
        check: The quickest commands that find syntax and type errors; may be empty.
        build: Run in order; empty for interpreted languages.
        run: Runs one case: input on standard input, answer on standard output.
        artifact: Path of what the build makes and the run needs, relative to the directory; None when it is the files.
        tools: What must be installed.
    """

    check: tuple[Command, ...]
    build: tuple[Command, ...]
    run: Command
    artifact: str | None
    tools: tuple[Tool, ...]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One message of a compiler or interpreter. Line and column count from 1; None when it does not say."""

    path: str
    line: int | None
    column: int | None
    severity: Literal["error", "warning", "note"]
    message: str
