"""A program's text: a map of path to text with one entry file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from genesis.errors import UsageError

__all__ = ["Source", "SourceError"]

MAX_FILES = 200
MAX_TOTAL_CHARACTERS = 2_000_000


class SourceError(UsageError):
    """A map of files that cannot be a program: a bad path, no entry file, too many or too large files."""


@dataclass(frozen=True, slots=True)
class Source:
    """A program as files.

    Args:
        files: Relative POSIX path to text. Paths have no ``..``, no leading slash and no empty part.
        entry: The path of the file that is run; one of ``files``.

    Raises:
        SourceError: A path or the entry breaks a rule, or the text is over 2,000,000 characters or 200 files.
    """

    files: Mapping[str, str]
    entry: str

    def __post_init__(self) -> None:
        if self.entry not in self.files:
            raise SourceError(f"entry file {self.entry!r} is not among the files {sorted(self.files)}")
        if len(self.files) > MAX_FILES:
            raise SourceError(f"{len(self.files)} files: a program has {MAX_FILES} at most")
        total = sum(map(len, self.files.values()))
        if total > MAX_TOTAL_CHARACTERS:
            raise SourceError(f"{total} characters: a program has {MAX_TOTAL_CHARACTERS} at most")
        _check_paths(self.files)

    @classmethod
    def single(cls, text: str, entry: str) -> "Source":
        """A program of one file."""
        return cls({entry: text}, entry)

    @property
    def text(self) -> str:
        """The entry file's text."""
        return self.files[self.entry]

    def with_file(self, path: str, text: str) -> "Source":
        """The same program with one file's text replaced or added."""
        return Source({**self.files, path: text}, self.entry)


def _check_paths(paths: Iterable[str]) -> None:
    for path in paths:
        parts = path.split("/")
        if not path or "\0" in path or "\\" in path or any(part in {"", ".", ".."} for part in parts):
            raise SourceError(f"path {path!r}: use a relative path with '/' between names and no '.' or '..'")
        if PurePosixPath(path).is_absolute():
            raise SourceError(f"path {path!r} is absolute: use one relative to the program")
