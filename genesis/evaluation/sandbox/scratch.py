"""Scratch directories for sandboxes that cannot give each candidate a file system of its own."""

import contextlib
import errno
import fcntl
import math
import os
import stat
from pathlib import Path

__all__ = ["ScratchDirectories", "clear", "used_bytes"]

_PARENT = "/tmp"  # noqa: S108  a directory of mode 700 is made in it; an attacker's of that name stops us, no more
_PREFIX = "genesis-scratch-"
_LOOK = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class ScratchDirectories:
    """A directory on disk that holds one subdirectory for each candidate running at a time.

    A lock on it says that its owner lives; directories that a killed owner left are removed when the next one starts.
    """

    def __init__(self) -> None:
        _sweep()
        self._root = f"{_PARENT}/{_PREFIX}{os.getpid()}"
        os.mkdir(self._root, 0o700)  # noqa: PTH102  with the calls below
        self.lock = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self._free: list[str] = []
        self._made = 0

    def take(self) -> str:
        """The path of an empty directory that nobody else has."""
        if self._free:
            return self._free.pop()
        self._made += 1
        path = f"{self._root}/{self._made}"
        Path(path).mkdir(mode=0o700)
        return path

    def give_back(self, path: str) -> None:
        """Empty a directory and keep it for the next candidate."""
        _clear_path(path)
        self._free.append(path)

    def close(self) -> None:
        """Remove everything."""
        _remove(self._root)
        os.close(self.lock)


def _sweep() -> None:
    for path in Path(_PARENT).glob(f"{_PREFIX}*"):
        if _is_of_another(path.name):
            continue  # it may have made the directory and not yet its lock
        try:
            lock = os.open(path, _LOOK)
        except OSError:
            continue  # another user's, or gone
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(str(path))
        except BlockingIOError:
            pass  # its owner lives
        finally:
            os.close(lock)


def _is_of_another(name: str) -> bool:
    owner = name.removeprefix(_PREFIX)
    return owner != str(os.getpid()) and Path("/proc", owner).exists()


def _remove(path: str) -> None:
    _clear_path(path)
    Path(path).rmdir()


def _clear_path(path: str) -> None:
    descriptor = os.open(path, _LOOK)
    try:
        clear(descriptor)
    finally:
        os.close(descriptor)


def used_bytes(path: str, *, most_entries: int) -> float:
    """What is on disk below a directory; infinite with more entries than allowed, or when it is too deep to look at.

    A candidate may be at work in it: what one look misses, the next finds.
    """
    seen: dict[int, int] = {}
    entries = 0
    opened = [os.open(path, _LOOK)]
    try:
        todo = [(opened[0], name) for name in os.listdir(opened[0])]  # noqa: PTH208  of a descriptor
        while todo:
            directory, name = todo.pop()
            entries += 1
            if entries > most_entries:
                return math.inf
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):  # gone, or another, meanwhile
                status = os.stat(name, dir_fd=directory, follow_symlinks=False)
                seen[status.st_ino] = status.st_blocks * 512
                if stat.S_ISDIR(status.st_mode):
                    opened.append(_open_inner(name, directory))
                    todo += [(opened[-1], inner) for inner in os.listdir(opened[-1])]  # noqa: PTH208  as above
    except OSError as error:
        if error.errno != errno.EMFILE:
            raise
        return math.inf
    finally:
        for descriptor in opened:
            os.close(descriptor)
    return sum(seen.values())


def _open_inner(name: str, directory: int) -> int:
    """Open a directory that may be shut, and that may be made a link to another meanwhile."""
    try:
        return os.open(name, _LOOK, dir_fd=directory)
    except PermissionError:
        place = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
    try:
        Path(f"/proc/self/fd/{place}").chmod(0o700)
        return os.open(f"/proc/self/fd/{place}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    finally:
        os.close(place)


def clear(directory: int) -> None:
    """Remove all that is in an open directory, however deep, unreadable or oddly named, without following a link.

    Its mode and extended attributes, where a candidate could leave word for the next, are put back too.
    """
    os.fchmod(directory, 0o700)
    with contextlib.suppress(OSError):  # a file system without extended attributes has none to remove
        for name in os.listxattr(directory):
            os.removexattr(directory, name)
    _empty(directory)


def _empty(top: int) -> None:
    """Flatten, then remove: each subdirectory's own are first moved up, so that depth costs neither stack nor files."""
    moved = 0
    while names := os.listdir(top):
        for name in names:
            if not stat.S_ISDIR(os.stat(name, dir_fd=top, follow_symlinks=False).st_mode):
                os.unlink(name, dir_fd=top)
                continue
            os.chmod(name, 0o700, dir_fd=top)
            inner = os.open(name, _LOOK, dir_fd=top)
            try:
                moved = _lift(inner, top, moved)
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=top)


def _lift(inner: int, top: int, moved: int) -> int:
    for name in os.listdir(inner):
        if stat.S_ISDIR(os.stat(name, dir_fd=inner, follow_symlinks=False).st_mode):
            moved += 1
            os.chmod(name, 0o700, dir_fd=inner)  # moving a directory writes its parent into it
            os.rename(name, f".moved-{os.getpid()}-{moved}", src_dir_fd=inner, dst_dir_fd=top)
        else:
            os.unlink(name, dir_fd=inner)
    return moved
