"""Resource limits of one candidate's process."""

import contextlib
import math
import os
import resource

from genesis.evaluation.job import Limits

__all__ = ["SPARE_THREADS", "WATCH_S", "apply_limits", "go_first", "lead_group"]

_PRIORITY = -10

SPARE_THREADS = 64
"""Threads that a tree may have beyond its processes, where threads are counted."""

WATCH_S = 0.05
"""How often to look at a running candidate where the kernel does not keep a limit."""


def lead_group() -> None:
    """Lead a process group of one's own.

    Not a session: the kernel makes a scheduling group for each, which costs more than the fork; the warm process has
    a session without a terminal already.
    """
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    if os.getpriority(os.PRIO_PROCESS, 0) < 0:
        os.setpriority(os.PRIO_PROCESS, 0, 0)


def go_first() -> None:
    """Have this process run before those that it watches, where that is allowed: ``lead_group`` takes it back."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, _PRIORITY)


def apply_limits(limits: Limits, *, warm_bytes: int, threads: int | None) -> None:
    """Set this process's resource limits, hard and soft alike.

    Args:
        limits: What the candidate may use.
        warm_bytes: Address space that it inherited.
        threads: Threads and processes of its user in its namespace; None to leave that as it is.
    """
    # Some runtimes reserve far more than they use: of those, what is private and can be written is limited.
    # CPU: the first process of a namespace ignores SIGXCPU, so the hard limit, which kills, is the soft one too.
    set_limit = resource.setrlimit
    if math.isfinite(limits.cpu_s):
        seconds = max(1, math.ceil(limits.cpu_s))
        set_limit(resource.RLIMIT_CPU, (seconds, seconds))
    memory = warm_bytes + limits.memory_bytes
    set_limit(resource.RLIMIT_DATA if limits.reserves else resource.RLIMIT_AS, (memory, memory))
    set_limit(resource.RLIMIT_FSIZE, (limits.output_bytes, limits.output_bytes))
    set_limit(resource.RLIMIT_NOFILE, (limits.open_files, limits.open_files))
    if threads is not None:
        set_limit(resource.RLIMIT_NPROC, (threads, threads))
    for closed in (resource.RLIMIT_CORE, resource.RLIMIT_MEMLOCK, resource.RLIMIT_MSGQUEUE):
        set_limit(closed, (0, 0))
