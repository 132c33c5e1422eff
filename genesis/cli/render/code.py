"""Programs' text and diffs, coloured as an editor does."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from rich.console import Group, RenderableType
from rich.syntax import Syntax
from rich.text import Text

from genesis.program import Source

__all__ = ["coloured_diff", "highlighted", "plain"]

_DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def highlighted(source: Source) -> RenderableType:
    """A program's files, the entry file first, each but a lone one below its path."""
    return Group(*_parts(source, coloured=True))


def plain(source: Source) -> RenderableType:
    """The same without colours."""
    return Group(*_parts(source, coloured=False))


def coloured_diff(diff: str) -> Text:
    """A unified diff: what came is green, what went is red."""
    text = Text()
    for line in diff.splitlines():
        text.append(line + "\n", style=_DIFF_STYLES.get(line[:1], ""))
    text.rstrip()
    return text


def _parts(source: Source, *, coloured: bool) -> Iterator[RenderableType]:
    others = sorted(path for path in source.files if path != source.entry)
    for path in (source.entry, *others):
        if others:
            yield Text(f"── {path}", style="dim")
        text = source.files[path].rstrip("\n")
        if coloured:
            lexer = Syntax.guess_lexer(PurePosixPath(path).name, text)
            yield Syntax(text, lexer, theme="ansi_dark", background_color="default", word_wrap=True)
        else:
            yield Text(text)
