"""Reads ``initial_programs/``."""

import re
from dataclasses import dataclass
from pathlib import Path

from genesis.language import Language, language_named
from genesis.problem.errors import ProblemError
from genesis.problem.files import read_text
from genesis.problem.spec import Seed
from genesis.program import Source, SourceError

__all__ = ["SeedFile", "read_seeds"]

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class SeedFile:
    """A seed and the file it came from."""

    path: Path
    seed: Seed


def read_seeds(directory: Path, language: str) -> tuple[SeedFile, ...]:
    """The initial programs, sorted by name: every file with a suffix of the language; other files are left alone.

    A problem may have none: then models write the first programs of a run.

    Raises:
        ProblemError: One cannot be read, has a bad name, a syntax error or unpaired markers.
    """
    spoken = language_named(language)
    if not directory.is_dir():
        return ()
    paths = sorted(path for path in directory.iterdir() if _is_seed(path, spoken))
    return tuple(_seed(path, spoken) for path in paths)


def _is_seed(path: Path, language: Language) -> bool:
    return path.suffix in language.suffixes and not path.name.startswith(".") and path.name != "__init__.py"


def _seed(path: Path, language: Language) -> SeedFile:
    if not NAME.fullmatch(path.stem):
        raise ProblemError.at(path, None, f"seed {path.stem!r}: use letters, digits, '.', '_' and '-' in its name")
    text = read_text(path)
    if (wrong := language.syntax_error(text)) is not None:
        line = re.match(r"line (\d+): ", wrong)
        message = wrong[line.end() :] if line else wrong
        raise ProblemError.at(path, int(line[1]) if line else None, f"not {language.name}: {message}; correct it")
    _check_markers(path, text, language.comment)
    try:
        return SeedFile(path, Seed(path.stem, Source.single(text, language.entry)))
    except SourceError as error:
        raise ProblemError.at(path, None, str(error)) from error


def _check_markers(path: Path, text: str, comment: str) -> None:
    """EVOLVE-BLOCK markers come in pairs and do not nest."""
    marker = re.compile(rf"^[ \t]*{re.escape(comment)}[ \t]*EVOLVE-BLOCK-(START|END)\b", re.MULTILINE)
    opened: int | None = None
    for found in marker.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        if found[1] == "START" and opened is not None:
            raise ProblemError.at(path, line, f"the EVOLVE-BLOCK of line {opened} is still open: end it first")
        if found[1] == "END" and opened is None:
            raise ProblemError.at(path, line, "EVOLVE-BLOCK-END without a start: add EVOLVE-BLOCK-START above")
        opened = line if found[1] == "START" else None
    if opened is not None:
        raise ProblemError.at(path, opened, "this EVOLVE-BLOCK has no end: add EVOLVE-BLOCK-END below")
