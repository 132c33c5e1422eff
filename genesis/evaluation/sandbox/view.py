"""What Python needs to see, and what of it must stay hidden."""

import os
import sys
from pathlib import Path

from genesis.evaluation.sandbox.port import View

__all__ = ["DEVICES", "python_view"]

DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin")
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives")


def python_view(problem: str | None = None) -> View:
    """The operating system's libraries and this Python, without the problems that may be installed beside it.

    Genesis itself is not in view when it runs from a checkout: warm processes have imported all that they need.
    """
    wanted = [*_SYSTEM, *_SYSTEM_FILES, sys.base_prefix, sys.prefix]
    system = tuple(dict.fromkeys(path for path in wanted if os.path.lexists(path)))
    candidates = [str(Path(entry) / "problems") for entry in sys.path if entry]
    hidden = tuple(path for path in dict.fromkeys(candidates) if Path(path).is_dir() and _is_under(path, system))
    return View(system, hidden, problem)


def _is_under(path: str, roots: tuple[str, ...]) -> bool:
    return any(path.startswith(root.rstrip("/") + "/") for root in roots)
