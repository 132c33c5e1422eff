"""What compilers say: read from their output, and told again in a few lines."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

from genesis.language.build import Diagnostic

__all__ = ["diagnostic_of", "matching", "own_path", "plain_text", "render", "severity_of"]

Severity = Literal["error", "warning", "note"]

# Colours, and the links that some terminals understand.
_ESCAPES: Final = re.compile(r"\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
_RANK: Final[Mapping[Severity, int]] = {"error": 0, "warning": 1, "note": 2}
_MAX_OUTPUT: Final = 1_000_000
_MAX_MESSAGE: Final = 600
_MAX_LINE: Final = 200


def plain_text(output: str) -> str:
    """The output without colours and carriage returns, its first million characters."""
    return _ESCAPES.sub("", output[:_MAX_OUTPUT]).replace("\r", "")


def severity_of(word: str) -> Severity:
    """The severity that a compiler's word for it means; an unknown word is an error."""
    lower = word.lower()
    if "warning" in lower:
        return "warning"
    return "note" if lower in {"note", "info", "information", "help", "remark", "hint"} else "error"


def matching(lines: Iterable[str], *patterns: re.Pattern[str]) -> Iterator[Diagnostic]:
    """One diagnostic for each line that a pattern matches at its start.

    Args:
        lines: What the compiler wrote.
        patterns: With groups ``path`` and ``message``, and, where the compiler gives them, ``line``, ``column`` and
            ``severity``. The first that matches a line wins.
    """
    for line in lines:
        match = next(filter(None, (pattern.match(line) for pattern in patterns)), None)
        if match is not None:
            yield diagnostic_of(match.groupdict())


def diagnostic_of(parts: Mapping[str, str | None]) -> Diagnostic:
    """A diagnostic of named parts: path, line, column, severity and message, each of which may lack."""
    line, column = parts.get("line"), parts.get("column")
    return Diagnostic(
        path=own_path(parts.get("path") or ""),
        line=int(line) if line else None,
        column=int(column) if column else None,
        severity=severity_of(parts.get("severity") or "error"),
        message=(parts.get("message") or "").strip()[:_MAX_MESSAGE],
    )


def own_path(path: str) -> str:
    """The path as the program has it: commands name files with ``./``, which stays visible behind a directory."""
    return f"/{path}".rpartition("/./")[2] if "/./" in f"/{path}" else path


def render(diagnostics: Sequence[Diagnostic], files: Mapping[str, str], *, most: int = 5) -> str:
    """The diagnostics that matter most, for a person or a prompt: place and message, each with its line of source.

    Errors come before warnings and notes, and those are left out when there are errors; within a kind the compiler's
    order stays, because later errors often follow from the first.

    Args:
        diagnostics: Of one build.
        files: The program's files, to quote from; a place that is not in them is told without a quotation.
        most: How many are told in full; the rest is counted.

    Returns:
        Lines without a newline at the end; empty when there are no diagnostics.
    """
    worst = min((_RANK[each.severity] for each in diagnostics), default=0)
    kept = [each for each in diagnostics if _RANK[each.severity] == worst]
    lines = [line for each in kept[:most] for line in _told(each, files)]
    if len(kept) > most:
        lines.append(f"… and {len(kept) - most} more of the kind")
    return "\n".join(lines)


def _told(diagnostic: Diagnostic, files: Mapping[str, str]) -> Iterable[str]:
    path = _at_home(diagnostic.path, files)
    place = ":".join(str(part) for part in (path, diagnostic.line, diagnostic.column) if part)
    yield f"{place}: {diagnostic.severity}: {diagnostic.message}" if place else diagnostic.message
    text = files.get(path)
    if text is None or diagnostic.line is None:
        return
    quoted = text.split("\n")[diagnostic.line - 1 : diagnostic.line]
    for line in quoted:
        yield f"    {line.rstrip()[:_MAX_LINE]}"


def _at_home(path: str, files: Mapping[str, str]) -> str:
    """The program's own name of the file: some interpreters print the whole path whatever they were given."""
    known = (each for each in files if path == each or path.endswith(f"/{each}"))
    return max(known, key=len, default=path)
