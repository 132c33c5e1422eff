"""The reference pages, each made from the code that it describes. Written by ``python -m docs.generate``."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from docs.generate import (
    attacks,
    command_line,
    configuration,
    events,
    language_models,
    languages,
    operators,
    problem_format,
    prompts,
    python_api,
    tables,
)

__all__ = ["PAGES", "REFERENCE"]

REFERENCE = Path(__file__).parent.parent / "reference"

PAGES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "events.md": events.page,
        "configuration.md": configuration.page,
        "command-line.md": command_line.page,
        "problem-format.md": problem_format.page,
        "operators.md": operators.page,
        "languages.md": languages.page,
        "prompts.md": prompts.page,
        "language-models.md": language_models.page,
        "python.md": python_api.page,
        "attacks.md": attacks.page,
        "tables.md": tables.page,
    }
)
