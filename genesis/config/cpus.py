"""How many CPUs this process may use."""

import math
import os
from pathlib import Path

__all__ = ["cpu_quota", "usable_cpus"]

CGROUP_LIMIT = Path("/sys/fs/cgroup/cpu.max")


def usable_cpus() -> int:
    """CPUs that this process may run on at once, at least 1.

    The lesser of the scheduler's affinity mask and the container's CPU quota (cgroup v2), since a container on a
    large host sees all its CPUs and is throttled to a few.
    """
    allowed = len(os.sched_getaffinity(0))
    try:
        quota = cpu_quota(CGROUP_LIMIT.read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError):
        return allowed
    return allowed if quota is None else min(allowed, quota)


def cpu_quota(text: str) -> int | None:
    """CPUs allowed by a cgroup's ``cpu.max`` (``<quota> <period>`` in microseconds), rounded up; None: no limit."""
    quota, _, period = text.strip().partition(" ")
    if not (quota.isdecimal() and period.isdecimal() and int(period) > 0):
        return None
    return max(1, math.ceil(int(quota) / int(period)))
