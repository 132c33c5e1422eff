"""Files of a problem directory: their text, and one digest over all that can change a score."""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from genesis.problem.errors import ProblemError

__all__ = ["digest_of", "read_text"]

LOG_NAME = "evolution_events.jsonl"
CACHES = frozenset({"__pycache__"})
CHUNK_BYTES = 1 << 20


def read_text(path: Path) -> str:
    r"""A file's text, with a byte order mark taken off and line ends made ``\n``.

    Raises:
        ProblemError: It is missing, not a regular file, unreadable, or not UTF-8.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ProblemError.at(path, None, "not a regular file: put a text file there")
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ProblemError.at(
            path, line, f"byte {data[error.start]:#04x} is not UTF-8: save the file as UTF-8"
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def digest_of(directory: Path) -> str:
    """SHA-256, hexadecimal, over the relative path and the bytes of every file that can change a score.

    Left out: ``README`` files, hidden files and folders, Python's caches, and folders of runs. Links are followed.

    Raises:
        ProblemError: A link leads back to a folder around it or nowhere, or a file is unreadable or not regular.
    """
    total = hashlib.sha256()
    for relative, path in sorted(_files(directory)):
        name = relative.encode("utf-8", "surrogateescape")
        content = _content_digest(path)
        total.update(len(name).to_bytes(8, "big") + name + content)
    return total.hexdigest()


def _files(directory: Path) -> Iterator[tuple[str, Path]]:
    seen_on_the_way: dict[str, frozenset[str]] = {str(directory): frozenset()}
    for folder, folders, names in os.walk(directory, onerror=_refuse_folder, followlinks=True):
        around = seen_on_the_way.pop(folder) | {os.path.realpath(folder)}
        folders[:] = [] if LOG_NAME in names else [name for name in folders if _counts(name)]
        for name in folders:
            inner = Path(folder, name)
            if os.path.realpath(inner) in around:
                raise ProblemError.at(inner, None, "this link leads back to a folder that it is in: remove it")
            seen_on_the_way[str(inner)] = around
        if LOG_NAME not in names:
            paths = (Path(folder, name) for name in names if _counts(name))
            yield from ((path.relative_to(directory).as_posix(), path) for path in paths)


def _counts(name: str) -> bool:
    hidden = name.startswith(".") or name in CACHES or name.endswith((".pyc", "~"))
    return not hidden and name.partition(".")[0] != "README"


def _content_digest(path: Path) -> bytes:
    content = hashlib.sha256()
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ProblemError.at(path, None, "not a regular file: remove it")
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                content.update(chunk)
    except OSError as error:
        raise _unreadable(path, error) from error
    return content.digest()


def _refuse_folder(error: OSError) -> None:
    raise _unreadable(Path(error.filename), error) from error


def _unreadable(path: Path, error: OSError) -> ProblemError:
    if isinstance(error, FileNotFoundError) and not path.is_symlink():
        return ProblemError.at(path, None, "there is no such file: add it")
    return ProblemError.at(path, None, f"cannot be read ({error.strerror}): a readable file is needed")
