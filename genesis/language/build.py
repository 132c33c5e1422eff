"""How programs of a language are built and run: commands as data, performed by an evaluation backend in a sandbox."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from genesis.errors import UsageError

__all__ = ["BuildError", "BuildSettings", "Command", "Diagnostic", "Recipe", "Tool"]

_PLACE: Final = re.compile(r"\{(?:dir|cache|tool)\}")


class BuildError(UsageError):
    """Settings or files that no build could be made of; the message gives value, rule and remedy."""


@dataclass(frozen=True, slots=True)
class Command:
    """One process, started in the directory that holds the program's files.

    Arguments and values of the environment may hold three names, which ``placed`` fills in:

    - ``{dir}``: the absolute path of the directory.
    - ``{cache}``: a directory for what a compiler keeps between builds. Losing it costs time only.
    - ``{tool}``: the directory of the program that is started, as ``locate`` gives it.

    Attributes:
        argv: The program, which ``genesis.language.toolchain.locate`` finds, and its arguments.
        env: What its environment has besides; see ``Located.env`` for what a toolchain itself needs.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict[str, str])

    def placed(self, *, directory: str, cache: str, program: str) -> "Command":
        """The same command with every name filled in, starting ``program`` (an absolute path).

        Args:
            directory: Absolute path of the program's files, as the process sees it.
            cache: Absolute path of a directory that may be kept between builds, or of an empty one.
            program: What ``argv[0]`` was found to be, as the process sees it.
        """
        names = {"{dir}": directory, "{cache}": cache, "{tool}": program.rpartition("/")[0]}

        def fill(text: str) -> str:
            return _PLACE.sub(lambda found: names[found[0]], text)

        arguments = tuple(map(fill, self.argv[1:]))
        return Command((program, *arguments), {name: fill(value) for name, value in self.env.items()})


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that building or running needs.

    Attributes:
        name: As it is looked up on the path; ``g++``.
        version: The command that prints its version.
        install: What to run to get it, for people: ``apt install g++``.
        only_to_run: Whether programs can be built without it: a GPU.
    """

    name: str
    version: Command
    install: str
    only_to_run: bool = False


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
