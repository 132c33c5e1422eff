"""How a language is written down, as far as comments, strings and white space go: the lexer's settings."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

__all__ = ["C_OPERATORS", "DOUBLE_QUOTED", "SINGLE_QUOTED", "Layout", "Lexicon", "Quotation"]

DOUBLE_QUOTED: Final = r'"(?:[^"\\\n]|\\[\s\S])*+"'
SINGLE_QUOTED: Final = r"'(?:[^'\\\n]|\\[\s\S])*+'"

# Longest first is seen to by the lexicon. What is not listed is read character by character.
C_OPERATORS: Final = "<<< >>> <=> ->* ... <<= >>= -> :: ++ -- << >> <= >= == != && || += -= *= /= %= &= |= ^= ## .*"

Layout = Literal["free", "lines", "indented"]


@dataclass(frozen=True, slots=True)
class Quotation:
    """Text with expressions in it, such as JavaScript's `` `a${b}` ``: the expressions hold quotations again."""

    opens: str
    closes: str
    hole: str
    hole_closes: str


@dataclass(frozen=True)
class Lexicon:
    """What the lexer must know of a language.

    Attributes:
        line_comments: What starts a comment to the end of the line, as patterns.
        block_comments: What opens and what closes a comment.
        nested: Whether block comments nest.
        kept_comments: Comments that mean something to the compiler, as patterns; they are code.
        strings: Patterns of whole string and character literals, tried in order.
        quotations: Strings that hold expressions.
        unclosed: What starts a string, as patterns: where it stands and no pattern of ``strings`` matches, the string
            has no end.
        operators: Operators of several characters, with spaces between.
        symbolic: Characters of which a run of any length is one operator (Haskell); instead of ``operators``.
        layout: What line ends mean: nothing; the end of a statement; that and indentation structure.
        spaced: Whether white space between two tokens can change what they mean.
        directives: Whether lines that begin with ``#`` are a preprocessor's.
        brackets: Pairs that have to match.
        division: Whether ``/`` can also open a literal, as JavaScript's regular expressions.
    """

    line_comments: tuple[str, ...] = ("//",)
    block_comments: tuple[tuple[str, str], ...] = (("/*", "*/"),)
    nested: bool = False
    kept_comments: tuple[str, ...] = ()
    strings: tuple[str, ...] = (DOUBLE_QUOTED, SINGLE_QUOTED)
    quotations: tuple[Quotation, ...] = ()
    unclosed: tuple[str, ...] = ('"', "'")
    operators: str = C_OPERATORS
    symbolic: str = ""
    layout: Layout = "free"
    spaced: bool = False
    directives: bool = False
    brackets: tuple[str, ...] = ("()", "[]", "{}")
    division: bool = False
    words: str = field(default=r"[^\W\d][\w$]*+|\$[\w$]*+")

    @cached_property
    def scanner(self) -> re.Pattern[str]:
        """One pattern for every kind of token but quotations and block comments, which need a stack."""
        groups = {
            "kept": "|".join(self.kept_comments) or _NEVER,
            "string": "|".join(self.strings) or _NEVER,
            "line": f"(?:{'|'.join(self.line_comments)})[^\\n]*+",
            "block": _any(opens for opens, _ in self.block_comments),
            "quotation": _any(each.opens for each in self.quotations),
            "unclosed": "|".join(self.unclosed) or _NEVER,
            "newline": r"\n[ \t\r\f]*+",
            "space": r"(?:[ \t\r\f\v]|\\\r?\n)++" if self.directives else r"[^\S\n]++",
            "word": self.words,
            "number": r"\d(?:[eEpP][+-]\d|'\w|[\w.])*+",
            "operator": f"[{re.escape(self.symbolic)}]++" if self.symbolic else _any(self.operators.split()),
            "other": r"[\s\S]",
        }
        return re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in groups.items()))


_NEVER: Final = r"(?!)"


def _any(texts: Iterable[str]) -> str:
    return "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True)) or _NEVER
