"""Which file of a program a line of prose, a heading or a fence names."""

import re
from collections.abc import Collection
from typing import Final

__all__ = ["named_path"]

_MOST_CHARACTERS: Final = 300  # a longer line is no heading
_TOKEN = re.compile(r"[\w.+@/\\-]*[\w+]\.\w+|[\w-]+")
# A line that is nothing but a path, or is marked as one, names a file that the program may not have yet.
_HEADING = re.compile(
    r"[\s#*/;%\-+>`]*+(?:(?:new |create |edit |update |modify )?(?:file|path|filename)\b[\s:=*`\"']*)?"
    r"[`\"'(\[<]*(?P<path>[\w.+@-]+(?:/[\w.+@-]+)*\.\w+)[`\"')\]>]*+[\s:*#`]*+(?:\(new(?: file)?\))?[\s:*`]*+",
    re.IGNORECASE,
)


def named_path(line: str, known: Collection[str]) -> str | None:
    """The only file that the line names: one of ``known`` by path or by a base name that one file has.

    A line that is nothing but a path, such as ``### File: src/new.py``, names that path even when it is not known.
    """
    text = line.strip()
    if not text or len(text) > _MOST_CHARACTERS:
        return None
    found = {path for token in _TOKEN.findall(text) if (path := _known(token, known)) is not None}
    if len(found) == 1:
        return found.pop()
    heading = _HEADING.fullmatch(text)
    return None if found or heading is None else _relative(heading["path"])


def _known(token: str, known: Collection[str]) -> str | None:
    path = _relative(token)
    for name in (token, path):
        if name in known:
            return name
    near = [each for each in known if each.endswith(f"/{path}") or path.endswith(f"/{each}")]
    return near[0] if len(near) == 1 else None


def _relative(path: str) -> str:
    plain = path.replace("\\", "/")
    while plain.startswith("./"):
        plain = plain[2:]
    return plain.lstrip("/") if not plain.startswith(("a/", "b/")) else plain[2:]
