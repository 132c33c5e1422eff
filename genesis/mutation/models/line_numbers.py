"""Undoes a habit of models: to copy the line numbers that an error message showed them."""

import re
from collections.abc import Sequence

__all__ = ["without_line_numbers"]

_NUMBERED = re.compile(r"[ \t]*+(\d++)[ \t]?[|:](?: (.*)|$)")


def without_line_numbers(
    search: Sequence[str], replace: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Both texts without the numbers; None unless each line of SEARCH that is not blank has one, counting up."""
    found = [_NUMBERED.fullmatch(line) for line in search if line.strip()]
    numbers = [int(line[1]) for line in found if line is not None]
    if len(numbers) < len(found) or not numbers or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return None
    return tuple(map(_plain, search)), tuple(map(_plain, replace))


def _plain(line: str) -> str:
    found = _NUMBERED.fullmatch(line)
    return line if found is None else found[2] or ""
