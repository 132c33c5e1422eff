"""What a model's reply holds: fenced code, prose, a name and a rationale. Pure, and linear in the reply's length.

Replies are other people's text: every function takes any string, and none uses a pattern that could backtrack over
more than a line.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from genesis.language import Language

__all__ = [
    "Fence",
    "clean",
    "fences",
    "is_tagged_for",
    "label_of",
    "rationale_of",
    "without_labels",
    "without_thoughts",
]

MAX_NAME_CHARACTERS: Final = 80
MAX_RATIONALE_CHARACTERS: Final = 2_000

_FENCE = re.compile(r"^[ \t>]*+(?P<mark>`{3,}+|~{3,}+)(?P<info>[^`\n]*+)$")
_THOUGHTS: Final = ("think", "thinking", "reasoning", "thought", "analysis")
_OPENING = re.compile(rf"\s*<({'|'.join(_THOUGHTS)})>", re.IGNORECASE)
_CLOSING = re.compile(rf"^[^\n<]*</(?:{'|'.join(_THOUGHTS)})>[ \t]*$", re.IGNORECASE | re.MULTILINE)
_LABEL = re.compile(r"^[ \t*_#>-]*+(name|rationale)[ \t*_]*+:[ \t*_]*+(.*)$", re.IGNORECASE | re.MULTILINE)
_CODE = re.compile(r"```|~~~|^[ \t]*+<{4,}|^--- |^@@|^[-]{5,} ?SEARCH", re.MULTILINE)
_CODE_END = re.compile(r"```|~~~|>{4,}|\+{5,} ?REPLACE")
_ESCAPED: Final = "&lt;&lt;&lt;&lt;"
_JOINED = re.compile(r"(</(?:name|rationale)>)[ \t]*+(?=<|```)", re.IGNORECASE)  # a tag ends its line
_SENTENCE_END = re.compile(r"(?<=[.!?])\s")

# What people and models write behind a fence for a language, beside its name and its suffixes.
_ALIASES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "python": frozenset({"python3", "py3", "ipython", "cython"}),
        "cpp": frozenset({"c++", "cxx", "cc", "hpp"}),
        "go": frozenset({"golang"}),
        "javascript": frozenset({"node", "nodejs", "ecmascript"}),
        "cuda": frozenset({"cpp", "c++", "cuda-cpp"}),
        "webassembly": frozenset({"wasm"}),
    }
)
# Fences that never hold a program.
_ELSE: Final = frozenset({"text", "txt", "json", "yaml", "bash", "sh", "shell", "console", "output", "markdown", "md"})


@dataclass(frozen=True, slots=True)
class Fence:
    """One fenced block.

    Attributes:
        info: What stands behind the opening fence, such as ``python src/a.py``.
        body: The lines inside, each with its end.
        start: Index of the opening fence's line.
        end: Index of the line behind the closing fence, or behind the last line when it was never closed.
        is_closed: Whether there is a closing fence.
    """

    info: str
    body: str
    start: int
    end: int
    is_closed: bool

    @property
    def tag(self) -> str:
        """The language that the fence names, lower case; empty when it names none."""
        word = self.info.split(maxsplit=1)[0] if self.info.strip() else ""
        return word.strip("{}.").split(":", 1)[0].split("{", 1)[0].lower()

    @property
    def is_other(self) -> bool:
        """Whether the fence says that it holds no program."""
        return self.tag in _ELSE


def clean(reply: str) -> str:
    """The reply with line feeds alone as line ends, without what UTF-8 or a source file cannot hold.

    A reply whose markers came escaped for HTML is unescaped.
    """
    text = reply.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").removeprefix("\ufeff")
    if _ESCAPED in text and "<<<<" not in text:
        text = html.unescape(text)
    text = _JOINED.sub(r"\1\n", text)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def without_thoughts(reply: str) -> str:
    """The reply behind the thoughts that some models write at its head, between ``<think>`` and ``</think>``.

    Thoughts that are never closed are the whole reply. Elsewhere such tags are text: programs may hold them.
    """
    if (opening := _OPENING.match(reply)) is not None:
        _, closed, rest = reply[opening.end() :].partition(f"</{opening[1]}>")
        return rest.lstrip("\n") if closed else ""
    closing = _CLOSING.search(reply)  # some servers take the opening tag for a part of the prompt
    if closing is None or any(mark in reply[: closing.start()] for mark in ("```", "~~~", "<<<<")):
        return reply
    return reply[closing.end() :].lstrip("\n")


def fences(reply: str) -> tuple[Fence, ...]:
    """The outermost fenced blocks, in order.

    A fence inside a block that names a language opens an inner block, and the next bare one closes that. Where this
    leaves a block open at the end, each bare fence closes the block that is open, as Markdown has it.
    """
    lines = reply.split("\n")
    marks = [(number, found) for number, line in enumerate(lines) if (found := _fence(line)) is not None]
    nested = _read(lines, marks, nests=True)
    if nested and not nested[-1].is_closed:
        flat = _read(lines, marks, nests=False)
        return flat if flat[-1].is_closed else nested
    return nested


def _fence(line: str) -> re.Match[str] | None:
    return _FENCE.match(line) if "```" in line or "~~~" in line else None


def _read(lines: list[str], marks: list[tuple[int, re.Match[str]]], *, nests: bool) -> tuple[Fence, ...]:
    found: list[Fence] = []
    opened: tuple[int, re.Match[str]] | None = None
    depth = 0
    for number, mark in marks:
        if opened is None:
            opened, depth = (number, mark), 1
            continue
        if not _concerns(mark, opened[1]):
            continue
        if not mark["info"].strip():
            depth -= 1
        elif nests:
            depth += 1
        if depth == 0:
            found.append(_between(lines, opened, number, is_closed=True))
            opened = None
    if opened is not None:
        found.append(_between(lines, opened, len(lines), is_closed=False))
    return tuple(found)


def _concerns(mark: re.Match[str], opening: re.Match[str]) -> bool:
    """Whether a fence is long enough and of the same sign to close, or to nest in, the open one."""
    return mark["mark"][0] == opening["mark"][0] and len(mark["mark"]) >= len(opening["mark"])


def _between(lines: list[str], opening: tuple[int, re.Match[str]], end: int, *, is_closed: bool) -> Fence:
    start, mark = opening
    body = lines[start + 1 : end]
    indent = len(lines[start]) - len(lines[start].lstrip(" \t"))
    if indent:  # a fence inside a list is indented, and its code with it
        body = [line[indent:] if not line[:indent].strip() else line for line in body]
    while not is_closed and body and not body[-1].strip():
        body.pop()
    text = "".join(f"{line}\n" for line in body)
    return Fence(mark["info"].strip(), text, start, end + 1 if is_closed else end, is_closed)


def is_tagged_for(fence: Fence, language: Language) -> bool:
    """Whether the fence names this language, by name, alias or suffix."""
    suffixes = {suffix.lstrip(".") for suffix in language.suffixes}
    return fence.tag in {language.name, *suffixes, *_ALIASES.get(language.name, ())}


def label_of(reply: str) -> str:
    """The short name that the model gave its change, on one line; empty when it gave none."""
    return _shortened(_tagged(reply, "name"), MAX_NAME_CHARACTERS)


def rationale_of(reply: str) -> str:
    """Why the model made its change: what it marked so, else the prose before its first code; may be empty."""
    marked = _tagged(reply, "rationale")
    return _shortened(marked or _prose(reply), MAX_RATIONALE_CHARACTERS)


def without_labels(reply: str) -> str:
    """The reply without its first ``<name>`` and its first ``<rationale>``."""
    for tag in ("name", "rationale"):
        head, opening, rest = reply.partition(f"<{tag}>")
        _, closing, tail = rest.partition(f"</{tag}>")
        reply = head + tail if opening and closing else reply
    return reply


def _tagged(reply: str, tag: str) -> str:
    """What is marked by the tag, or by ``Tag:`` at the head of a line, in the prose before or behind all code."""
    for part in (_head(reply), _tail(reply)):
        if (opening := re.search(f"<{tag}>", part, re.IGNORECASE)) is not None:
            rest = part[opening.end() :]
            closing = re.search(rf"</{tag}>|\n[ \t]*\n|<[a-z]+>", rest, re.IGNORECASE)
            return (rest if closing is None else rest[: closing.start()]).strip()
        for found in _LABEL.finditer(part):
            if found[1].lower() == tag:
                return found[2].strip()
    return ""


def _prose(reply: str) -> str:
    head = re.sub(r"</?(?:name|rationale)>", " ", _head(reply), flags=re.IGNORECASE)
    paragraphs = (part.strip() for part in head.split("\n\n"))
    return next((part for part in paragraphs if part and not part.startswith("#") and not _LABEL.match(part)), "")


def _head(reply: str) -> str:
    code = _CODE.search(reply)
    return reply if code is None else reply[: code.start()]


def _tail(reply: str) -> str:
    end = max((found.end() for found in _CODE_END.finditer(reply)), default=len(reply))
    return reply[end:]


def _shortened(text: str, most: int) -> str:
    line = " ".join(text[: 4 * most].split()).strip("*_`\"' ")
    if len(line) <= most:
        return line
    kept = ""
    for sentence in _SENTENCE_END.split(line):
        if len(kept) + len(sentence) >= most:
            break
        kept = f"{kept} {sentence}".strip()
    return kept or line[: most - 1].rstrip() + "…"
