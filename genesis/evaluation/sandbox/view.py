"""What Python needs to see, and what of it must stay hidden."""

import os
import sys
from pathlib import Path

from genesis.evaluation.job import ProblemSetup
from genesis.evaluation.sandbox.port import View

__all__ = ["DEVICES", "candidate_view", "python_view"]

DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin")
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives")
_NETWORK_FILES = ("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/ssl", "/etc/services")


def candidate_view(setup: ProblemSetup) -> View:
    """What a problem's candidates see: never the problem itself, wherever it lies."""
    limits = setup.limits
    return python_view(hide=setup.directory, network=limits.network, trees=limits.processes > 1, extra=setup.toolchains)


def python_view(
    problem: str | None = None,
    *,
    hide: str | None = None,
    network: bool = False,
    trees: bool = False,
    extra: tuple[str, ...] = (),
) -> View:
    """The operating system's libraries and this Python, without the problems that may be installed beside it.

    Genesis itself is not in view when it runs from a checkout: warm processes have imported all that they need.

    Args:
        problem: A directory to show, for the validator.
        hide: A directory to hide if it lies inside one of those, for candidates.
        network: Show what resolves names, and the machine's network.
        trees: Candidates may have several processes.
        extra: Directories of toolchains.
    """
    wanted = [*_SYSTEM, *_SYSTEM_FILES, sys.base_prefix, sys.prefix, *extra]
    wanted += _NETWORK_FILES if network else ()
    system = tuple(dict.fromkeys(path for path in wanted if os.path.lexists(path)))
    secret = [os.path.realpath(Path(entry) / "problems") for entry in sys.path if entry]
    if hide is not None:
        secret.append(os.path.realpath(hide))
    real = tuple(map(os.path.realpath, system))
    hidden = tuple(path for path in dict.fromkeys(secret) if Path(path).is_dir() and _is_under(path, real))
    return View(system, hidden, problem, network, trees)


def _is_under(path: str, roots: tuple[str, ...]) -> bool:
    return any(path.startswith(root.rstrip("/") + "/") for root in roots)
