"""Docstrings and tables as Markdown."""

import inspect
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Documented", "code", "document", "documented", "plain", "sentence", "table"]

_WIDTH = 120
_SECTIONS = ("Args", "Attributes", "Raises", "Returns")
_HEADING = re.compile(rf"^({'|'.join(_SECTIONS)}):$", re.MULTILINE)
_ENTRY = re.compile(r"^    (\*{0,2}\w+): (.*(?:\n     .*)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Documented:
    """A Google docstring in parts.

    Attributes:
        text: What stands before its sections.
        entries: Name to description, of its sections ``Args`` and ``Attributes``.
        errors: Name to description, of its section ``Raises``.
    """

    text: str
    entries: dict[str, str]
    errors: dict[str, str]


def documented(thing: object) -> Documented:
    """The docstring of a class, function or module, as Markdown."""
    text = inspect.getdoc(thing) or ""
    before, *rest = _HEADING.split(text)
    sections = dict(zip(rest[::2], rest[1::2], strict=True))
    entries = {**_entries(sections.get("Args", "")), **_entries(sections.get("Attributes", ""))}
    return Documented(_marked(before.strip()), entries, _entries(sections.get("Raises", "")))


def _entries(section: str) -> dict[str, str]:
    return {name: _marked(" ".join(text.split())) for name, text in _ENTRY.findall(section)}


def _marked(text: str) -> str:
    without_roles = re.sub(r":\w+:`~?([\w.]+)`", lambda role: f"`{role[1]}`", text)
    return without_roles.replace("``", "`")


def sentence(thing: object) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join(documented(thing).text.split("\n\n")[0].split())


def plain(text: str) -> str:
    """A text that is safe in a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: object) -> str:
    """A text in a monospaced font, safe in a cell of a table."""
    return f"`{plain(str(text))}`"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are Markdown already."""
    lines = [f"| {' | '.join(head)} |", f"|{'|'.join('---' for _ in head)}|"]
    lines += (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join(lines)


def document(title: str, source: str, *parts: str) -> str:
    """A whole page.

    Args:
        title: Its heading.
        source: What it is made from.
        parts: Its body, joined by empty lines.
    """
    notice = f"<!-- Made from {source} by `python -m docs.generate`. Change that, not this. -->"
    return "\n\n".join((f"# {title}", notice, *map(_filled, parts))) + "\n"


def _filled(part: str) -> str:
    return part if part.startswith("```") else "\n\n".join(map(_fill, part.split("\n\n")))


def _fill(paragraph: str) -> str:
    if paragraph.startswith(("#", "|")):
        return paragraph
    return textwrap.fill(" ".join(paragraph.split()), _WIDTH, break_long_words=False, break_on_hyphens=False)
