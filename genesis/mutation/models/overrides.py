"""Reads a problem's or a user's own prompt templates; the one module here that touches files."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from genesis.mutation.models.sample import check_rendering
from genesis.mutation.models.templates import PromptTemplateError, check_names

__all__ = ["load_templates"]

_SUFFIX: Final = ".jinja"
_MOST_CHARACTERS: Final = 200_000


def load_templates(directories: Iterable[Path]) -> dict[str, str]:
    """The templates in these directories, by name without suffix; a later directory's go before an earlier one's.

    A directory that does not exist holds none.

    Raises:
        PromptTemplateError: A template cannot be read, has a name that nothing uses, does not parse, or uses a variable
            that there is not. Found here, before a run begins.
    """
    templates: dict[str, str] = {}
    for directory in directories:
        for path in sorted(directory.glob(f"*{_SUFFIX}")) if directory.is_dir() else ():
            templates[path.name.removesuffix(_SUFFIX)] = _read(path)
    check_names(templates)
    check_rendering(templates)
    return templates


def _read(path: Path) -> str:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise PromptTemplateError(f"{path}: {why}: correct it or move it away") from error
    if len(text) > _MOST_CHARACTERS:
        raise PromptTemplateError(f"{path}: {len(text)} characters: a template has {_MOST_CHARACTERS} at most")
    return text
