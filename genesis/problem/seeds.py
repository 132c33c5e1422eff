"""Reads ``initial_programs/``."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from genesis.language import Language, language_named
from genesis.language.table import language_of
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


def read_seeds(directory: Path, language: str, entry: str | None = None) -> tuple[SeedFile, ...]:
    """The initial programs, sorted by name: files with a suffix of the language, and directories of files.

    Args:
        directory: ``initial_programs/``.
        language: Of the entry files.
        entry: The entry file's path in a program; the language's usual one by default.

    A problem may have none: then models write the first programs of a run.

    Raises:
        ProblemError: One cannot be read, has a bad name, a syntax error, unpaired markers or no entry file.
    """
    spoken = language_named(language)
    if not directory.is_dir():
        return ()
    paths = sorted(path for path in directory.iterdir() if _is_seed(path, spoken))
    seeds = tuple(_seed(path, spoken, entry or spoken.entry) for path in paths)
    _check_names(seeds)
    return seeds


def _is_seed(path: Path, language: Language) -> bool:
    if path.name.startswith((".", "__")):
        return False
    return path.is_dir() or path.name.endswith(language.suffixes)


def _seed(path: Path, language: Language, entry: str) -> SeedFile:
    name = path.name if path.is_dir() else path.stem
    if not NAME.fullmatch(name):
        raise ProblemError.at(path, None, f"seed {name!r}: use letters, digits, '.', '_' and '-' in its name")
    files = dict(_files(path)) if path.is_dir() else {entry: path}
    if entry not in files:
        raise ProblemError.at(
            path,
            None,
            f"there is no entry file {entry}: add it, or name another with entry in problem.yaml "
            f"(it has {', '.join(sorted(files)) or 'no files'})",
        )
    texts = {inner: _text(found, inner, language) for inner, found in files.items()}
    try:
        return SeedFile(files[entry], Seed(name, Source(texts, entry)))
    except SourceError as error:
        raise ProblemError.at(path, None, str(error)) from error


def _files(directory: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(directory.rglob("*")):
        relative = path.relative_to(directory)
        if not any(part.startswith((".", "__pycache__")) for part in relative.parts) and not path.is_dir():
            yield relative.as_posix(), path


def _text(path: Path, inner: str, language: Language) -> str:
    """A file's text, checked in the language that its suffix says."""
    text = read_text(path)
    spoken = language_of(inner, among=language.name)
    if spoken is None:
        return text
    if (wrong := spoken.syntax_error(text)) is not None:
        line = re.match(r"line (\d+): ", wrong)
        message = wrong[line.end() :] if line else wrong
        raise ProblemError.at(path, int(line[1]) if line else None, f"not {spoken.name}: {message}; correct it")
    _check_markers(path, text, spoken.comment)
    return text


def _check_names(seeds: Sequence[SeedFile]) -> None:
    names = [file.seed.name for file in seeds]
    for file in seeds:
        if names.count(file.seed.name) > 1:
            raise ProblemError.at(file.path, None, f"two seeds are called {file.seed.name}: rename one")


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
