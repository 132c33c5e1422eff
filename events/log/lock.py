"""One holder at a time: an advisory lock on a file, which the kernel frees when the process dies."""

import fcntl
import os
import time
from pathlib import Path

import orjson

from events.errors import LogLocked

__all__ = ["hold"]

_TRIES, _PAUSE_S = 5, 0.02  # somebody who only looks whether a lock is held holds it for an instant


def hold(path: Path, *, busy: str) -> int:
    """Takes the lock, writes down who holds it, and returns the descriptor; closing that lets go.

    Args:
        path: The lock file, made where there is none and left behind empty of meaning.
        busy: What the error says; ``{owner}`` in it is who holds the lock.

    Raises:
        LogLocked: Another process holds it.
    """
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    for _ in range(_TRIES):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            time.sleep(_PAUSE_S)
    else:
        owner = os.pread(lock, 500, 0)
        os.close(lock)
        raise LogLocked(busy.format(owner=_owner(owner)))
    os.ftruncate(lock, 0)
    os.pwrite(lock, orjson.dumps({"pid": os.getpid(), "host": os.uname().nodename}), 0)
    return lock


def _owner(text: bytes) -> str:
    try:
        owner = orjson.loads(text)
        return f"process {owner['pid']} on {owner['host']}"
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return "another process"
