"""What Genesis knows about a programming language: how to mark, compare, check, build and run a text.

Nothing here starts a process: commands are data. ``toolchain.py`` finds and asks the tools, and an evaluation backend
performs the commands in a sandbox.
"""

from typing import Protocol

from genesis.language.build import BuildSettings, Diagnostic, Recipe, Tool
from genesis.program import Source

__all__ = ["Language"]


class Language(Protocol):
    """One programming language.

    Texts come from models and from other people: every method takes any text, however malformed, deep or long.
    """

    @property
    def name(self) -> str:
        """The key in the table of languages and in events, lower case."""
        ...

    @property
    def suffixes(self) -> tuple[str, ...]:
        """File suffixes with their dot, the usual one first."""
        ...

    @property
    def comment(self) -> str:
        """What starts a comment that runs to the end of the line, as EVOLVE-BLOCK markers are written.

        A program can have files of several languages: ``language_of(path, among=language)`` tells which one is.
        """
        ...

    @property
    def entry(self) -> str:
        """The entry file's name where a problem does not say."""
        ...

    @property
    def compilers(self) -> tuple[str, ...]:
        """What ``BuildSettings.compiler`` may be, the usual one first."""
        ...

    @property
    def hints(self) -> str:
        """What makes programs of this language fast, for prompts: some lines of plain text."""
        ...

    def normalise(self, text: str) -> str:
        """A form that is equal for texts which differ only in layout, comments or documentation.

        The form is for hashing, not for reading. A text that does not parse gives itself without outer white space.
        """
        ...

    def plain(self, text: str) -> str:
        """The code in one layout, without comments or documentation, for reading; equal where ``normalise`` is."""
        ...

    def syntax_error(self, text: str) -> str | None:
        """Why the text is not a program of this language, with the line where that is known.

        A quick look in this process. ``None`` means that nothing wrong was seen: for a language whose grammar only
        its toolchain knows, that is brackets and quotation marks that match; ``recipe(...).check`` says the rest.
        """
        ...

    def tools(self, settings: BuildSettings) -> tuple[Tool, ...]:
        """What must be installed to build and run programs with these settings.

        Raises:
            BuildError: The language has no such compiler, or no setting of that name.
        """
        ...

    def recipe(self, source: Source, settings: BuildSettings) -> Recipe:
        """How this program is built and run.

        Raises:
            BuildError: The settings are wrong, or the files make no program: a Cargo build without ``Cargo.toml``.
        """
        ...

    def diagnostics(self, output: str) -> tuple[Diagnostic, ...]:
        """The messages in what the recipe's commands wrote to stderr or stdout, in its order; empty when none is known.

        Paths are those of the program's files: commands name these ``./path``, and what stands before ``./`` is cut.
        """
        ...
