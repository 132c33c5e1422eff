"""What the figures were measured on, and how they are printed."""

import os
import platform
from pathlib import Path

__all__ = ["describe", "row"]


def describe() -> str:
    """Processor, cores, memory, kernel and Python, in one line."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    return (
        f"{cpu}, {cores} cores, {memory_gib:.0f} GiB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )


def row(what: str, value: str, bar: str, *, met: bool) -> None:
    """Prints one figure beside its bar."""
    print(f"{'ok  ' if met else 'MISS'}  {what:<58} {value:>22}   bar: {bar}")
