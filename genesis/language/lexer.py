"""Reads any language's text as tokens, by its lexicon: for a normal form, and for a quick look at its brackets.

Theory of operation: one regular expression finds the next token. Two kinds need more than that and are read by hand:
block comments, which may nest, and quotations, which hold expressions that hold quotations. A stack of open holes
remembers where an expression inside a quotation ends. Every step moves forward, and no step looks back over more than
a token, so that time is linear in the text, however deep or malformed it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal

from genesis.language.lexicon import Lexicon, Quotation

__all__ = ["BETWEEN", "normal_form", "quick_error"]

Kind = Literal["code", "string", "space", "newline", "comment", "fault", "doubt"]

# Of a normal form, between tokens; no token has it unless somebody wants a false duplicate of their own program.
BETWEEN: Final = "\x1f"
_OPERANDS: Final = frozenset({"word", "number", "string"})
# Words behind which JavaScript's slash opens a regular expression all the same.
_PREFIXES: Final = frozenset(
    [
        "return",
        "typeof",
        "case",
        "in",
        "of",
        "delete",
        "void",
        "throw",
        "new",
        "else",
        "do",
        "instanceof",
        "yield",
        "await",
    ]
)
_REGEX: Final = re.compile(r"/(?![*/])(?:[^\\/\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*+\])++/\w*+")
_CONDITIONAL: Final = re.compile(r"^[ \t]*#[ \t]*(?:if|el|endif)", re.MULTILINE)
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: Kind
    text: str
    start: int


@dataclass(slots=True)
class _Hole:
    """A quotation whose expression is being read: where it starts, and how many brackets are open in the expression."""

    quotation: Quotation
    start: int
    depth: int = 0


@dataclass(slots=True)
class _Reader:
    """Where reading stands.

    Attributes:
        text: What is read.
        lexicon: How.
        position: Of the next character.
        holes: Quotations whose expressions are being read, the innermost last.
        operand: Whether what came last is a value, so that a slash divides.
        closed: Whether it was a closing bracket, so that nobody can say without a parser.
    """

    text: str
    lexicon: Lexicon
    position: int = 0
    holes: list[_Hole] = field(default_factory=list[_Hole])
    operand: bool = False
    closed: bool = False

    def tokens(self) -> Iterator[_Token]:
        """All of the text; what does not end is a fault, and the last token."""
        scan = self.lexicon.scanner.match
        while (found := scan(self.text, self.position)) is not None and found.end() > self.position:
            group = found.lastgroup or "other"
            yield from self._next(group, found)
        if self.holes and self.position == len(self.text):
            yield _Token("fault", self.text[self.holes[0].start :], self.holes[0].start)

    def _next(self, group: str, found: re.Match[str]) -> Iterator[_Token]:
        match group:
            case "newline" | "space":
                yield self._take("newline" if group == "newline" else "space", found.end())
            case "line":
                yield self._take("comment", found.end())
            case "block":
                yield self._block_comment(found[0])
            case "quotation":
                opened = next(each for each in self.lexicon.quotations if each.opens == found[0])
                yield self._quoted(_Hole(opened, self.position), found.end())
            case _:
                yield from self._code(group, found)

    def _code(self, group: str, found: re.Match[str]) -> Iterator[_Token]:
        text = found[0]
        if self.lexicon.division and text.startswith("/") and not self.operand:
            literal = _REGEX.match(self.text, self.position)
            if literal is not None:
                yield self._value("string", literal.end())
                return
        if text == "/" and self.closed and self.lexicon.division:
            yield _Token("doubt", "", self.position)
        if group == "unclosed":
            yield self._take("fault", len(self.text))
            return
        hole = self._closing_hole(text)
        if hole is not None:
            yield self._quoted(hole, found.end())
            return
        self.operand = text in ")]}" or (group in _OPERANDS and text not in _PREFIXES)
        self.closed = text in ")}"
        yield self._take("string" if group == "string" else "code", found.end())

    def _closing_hole(self, text: str) -> _Hole | None:
        """What goes on as a quotation behind this bracket; None when the bracket is the expression's own."""
        if not self.holes:
            return None
        hole = self.holes[-1]
        if text == hole.quotation.hole[-1]:
            hole.depth += 1
        elif text == hole.quotation.hole_closes and hole.depth > 0:
            hole.depth -= 1
        elif text == hole.quotation.hole_closes:
            return self.holes.pop()
        return None

    def _quoted(self, hole: _Hole, position: int) -> _Token:
        """The quotation's text up to its end or to its next expression."""
        found = _quoted_text(hole.quotation).match(self.text, position)
        if found is None:
            return self._take("fault", len(self.text))
        if found["hole"] is None:
            return self._value("string", found.end())
        self.holes.append(hole)
        self.operand = self.closed = False
        return self._take("string", found.end())

    def _block_comment(self, opens: str) -> _Token:
        closes = next(end for start, end in self.lexicon.block_comments if start == opens)
        edge = _edges(opens, closes)
        depth, position = 1, self.position + len(opens)
        while depth > 0:
            found = edge.search(self.text, position)
            if found is None:
                return self._take("fault", len(self.text))
            if found[0] == closes:
                depth -= 1
            elif self.lexicon.nested:
                depth += 1
            position = found.end() if found[0] == closes or self.lexicon.nested else found.start() + 1
        return self._take("comment", position)

    def _value(self, kind: Kind, end: int) -> _Token:
        self.operand, self.closed = True, False
        return self._take(kind, end)

    def _take(self, kind: Kind, end: int) -> _Token:
        token = _Token(kind, self.text[self.position : end], self.position)
        self.position = end
        return token


@lru_cache(maxsize=32)
def _quoted_text(quotation: Quotation) -> re.Pattern[str]:
    closes, hole = re.escape(quotation.closes), re.escape(quotation.hole)
    # Not possessive: before Python 3.11.5 a possessive repeat forgets what a lookahead in it refused. It need not be.
    return re.compile(rf"(?:\\[\s\S]|(?!{closes}|{hole})[^\\])*(?:(?P<hole>{hole})|{closes})")


@lru_cache(maxsize=32)
def _edges(opens: str, closes: str) -> re.Pattern[str]:
    return re.compile(f"{re.escape(opens)}|{re.escape(closes)}")


def normal_form(text: str, lexicon: Lexicon) -> str:
    """Equal for texts that differ only in comments, blank lines and white space that means nothing there.

    Strings are kept as they are, and so are line ends and indentation where they structure a program. A text whose
    last comment or string does not end gives itself without outer white space.
    """
    form = _Form(lexicon)
    for token in _Reader(text, lexicon).tokens():
        if token.kind == "fault":
            return text.strip()
        form.add(token)
    return BETWEEN.join(form.finished())


@dataclass(slots=True)
class _Form:
    lexicon: Lexicon
    written: list[str] = field(default_factory=list[str])
    directive: bool = False
    fresh: bool = True  # nothing but white space since the line began

    def add(self, token: _Token) -> None:
        match token.kind:
            case "newline":
                self._newline(token.text)
            case "comment":
                self._comment(token.text)
            case "space":
                self._space()
            case "code" | "string":
                self._code(token)
            case _:
                pass

    def finished(self) -> list[str]:
        while self.written and not self.written[-1].strip():
            self.written.pop()
        return self.written

    def _comment(self, text: str) -> None:
        if "\n" in text and self.lexicon.layout == "lines":
            self._newline("\n")
        else:
            self._space()

    def _code(self, token: _Token) -> None:
        if self.fresh and token.text == "#" and self.lexicon.directives:
            self.directive = True
            self._break("\n")
        self.fresh = False
        self.written.append(token.text)

    def _newline(self, text: str) -> None:
        if self.lexicon.layout != "free" or self.directive:
            self._break("\n" + text[1:].rstrip("\r\f") if self.lexicon.layout == "indented" else "\n")
        self.directive, self.fresh = False, True

    def _break(self, text: str) -> None:
        while self.written and not self.written[-1].strip():
            self.written.pop()
        if self.written:
            self.written.append(text)

    def _space(self) -> None:
        if (self.lexicon.spaced or self.directive) and self.written and self.written[-1].strip():
            self.written.append(" ")


def quick_error(text: str, lexicon: Lexicon) -> str | None:
    """A string, comment or bracket that does not end or does not match, with its line; None when nothing is seen.

    Where conditional compilation, or a slash that may open a regular expression, leaves it open what the text is,
    nothing is said.
    """
    lone = _SURROGATE.search(text)
    if lone is not None:
        return f"line {_line(text, lone.start())}: half of a surrogate pair, which no file can hold"
    if lexicon.directives and _CONDITIONAL.search(text):
        return None
    opened: list[_Token] = []
    pairs = {pair[1]: pair[0] for pair in lexicon.brackets}
    openers = frozenset(pairs.values())
    error: str | None = None
    for token in _Reader(text, lexicon).tokens():
        if token.kind == "doubt":
            return None
        if error is None:
            error = _mismatch(token, opened, pairs, openers, text)
    if error is None and opened:
        error = f"line {_line(text, opened[-1].start)}: {opened[-1].text!r} is never closed"
    return error


def _mismatch(
    token: _Token, opened: list[_Token], pairs: dict[str, str], openers: frozenset[str], text: str
) -> str | None:
    if token.kind == "fault":
        return f"line {_line(text, token.start)}: {token.text.split(chr(10))[0][:40]!r} starts a text without an end"
    if token.kind != "code":
        return None
    if token.text in openers:
        opened.append(token)
    elif token.text in pairs:
        if not opened:
            return f"line {_line(text, token.start)}: {token.text!r} closes nothing"
        if opened[-1].text != pairs[token.text]:
            last = opened[-1]
            rule = f"does not close the {last.text!r} of line {_line(text, last.start)}"
            return f"line {_line(text, token.start)}: {token.text!r} {rule}"
        opened.pop()
    return None


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
