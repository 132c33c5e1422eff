"""What Genesis knows about a programming language: enough to mark, compare and check a text, never to run it."""

from typing import Protocol

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
        """What starts a comment that runs to the end of the line."""
        ...

    @property
    def entry(self) -> str:
        """The entry file's name where a problem does not say."""
        ...

    def normalise(self, text: str) -> str:
        """A form that is equal for texts which differ only in layout, comments or documentation.

        The form is for hashing, not for reading. A text that does not parse gives itself without outer white space.
        """
        ...

    def syntax_error(self, text: str) -> str | None:
        """Why the text is not a program of this language, with the line where that is known; ``None`` when it is."""
        ...
