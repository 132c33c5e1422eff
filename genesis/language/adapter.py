"""What the adapters of most languages have in common: a lexicon, a table of tools and settings, and lines to read.

A language of this kind says what is its own: the attributes, its commands (``make``) and its diagnostics (``read``).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from genesis.language.build import BuildSettings, Command, Diagnostic, Recipe, Tool
from genesis.language.diagnostics import plain_text
from genesis.language.lexer import BETWEEN, normal_form, quick_error
from genesis.language.lexicon import Lexicon
from genesis.language.sources import argument, choose, entry_of, sources
from genesis.program import Source

__all__ = ["Adapter", "Order"]


@dataclass(frozen=True, slots=True)
class Order:
    """One program that commands are wanted for, with settings that the language knows.

    Attributes:
        source: The program.
        flags: Those of the problem.
        compiler: The chosen one.
        defines: Every setting with its value.
        tools: What the recipe needs.
        units: Suffixes that the entry file may have.
        title: The language's name, for messages.
    """

    source: Source
    flags: tuple[str, ...]
    compiler: str
    defines: Mapping[str, str]
    tools: tuple[Tool, ...]
    units: tuple[str, ...]
    title: str

    def entry(self) -> str:
        """The entry file as an argument.

        Raises:
            BuildError: It is a file of another kind.
        """
        return entry_of(self.source, self.units, self.title)

    def files(self, *more: str) -> tuple[str, ...]:
        """Arguments for every file that could be the entry or has one of these suffixes, the entry first.

        Raises:
            BuildError: The entry is a file of another kind.
        """
        self.entry()
        return sources(self.source, (*self.units, *more))

    def by_name(self) -> list[str]:
        """Arguments for every file that could be the entry, by their names."""
        return [argument(path) for path in sorted(self.source.files) if path.endswith(self.units)]

    def executable(self, build: Command, check: Command | None = None) -> Recipe:
        """The recipe of a build that makes the file ``program``, which is started as it is."""
        checks = () if check is None else (check,)
        return Recipe(checks, (build,), Command(("./program",)), "program", self.tools)

    def interpreted(self, run: Command, *check: Command) -> Recipe:
        """The recipe of a program whose files are run as they are."""
        return Recipe(check, (), run, None, self.tools)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter(ABC):
    """A language whose grammar only its own tools know; see :class:`genesis.language.port.Language`.

    Attributes:
        title: The language's name in messages.
        lexicon: How its texts are read as tokens.
        needs: Its tools, whatever the settings.
        defines: The settings that it knows, with their defaults.
        units: Suffixes that the entry file may have; all of the language's when empty.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    comment: str
    entry: str
    compilers: tuple[str, ...]
    hints: str
    lexicon: Lexicon
    needs: tuple[Tool, ...] = ()
    defines: tuple[tuple[str, str], ...] = ()
    units: tuple[str, ...] = ()

    def normalise(self, text: str) -> str:
        """The tokens that count, as the lexicon says."""
        return normal_form(text, self.lexicon)

    def plain(self, text: str) -> str:
        """The same tokens, blanks between them."""
        return self.normalise(text).replace(BETWEEN, " ")

    def syntax_error(self, text: str) -> str | None:
        """Brackets and quotation marks, where the lexicon leaves no doubt."""
        return quick_error(text, self.lexicon)

    def tools(self, settings: BuildSettings) -> tuple[Tool, ...]:
        """See :class:`genesis.language.port.Language`."""
        return self.tools_by(self._choose(settings)[0])

    def tools_by(self, compiler: str) -> tuple[Tool, ...]:
        """What that compiler needs besides ``needs``, and these."""
        del compiler
        return self.needs

    def recipe(self, source: Source, settings: BuildSettings) -> Recipe:
        """See :class:`genesis.language.port.Language`."""
        compiler, defines = self._choose(settings)
        tools = self.tools_by(compiler)
        units = self.units or self.suffixes
        return self.make(Order(source, settings.flags, compiler, defines, tools, units, self.title))

    def diagnostics(self, output: str) -> tuple[Diagnostic, ...]:
        """What ``read`` finds, equal ones once."""
        return tuple(dict.fromkeys(self.read(plain_text(output).split("\n"))))

    @abstractmethod
    def make(self, order: Order) -> Recipe:
        """How the program is built and run.

        Raises:
            BuildError: The files make no program.
        """

    @abstractmethod
    def read(self, lines: list[str]) -> Iterable[Diagnostic]:
        """The messages in what the commands wrote, without colours."""

    def _choose(self, settings: BuildSettings) -> tuple[str, Mapping[str, str]]:
        return choose(settings, self.name, compilers=self.compilers, defines=dict(self.defines))
