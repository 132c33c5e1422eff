"""Counting a program's instructions from outside it, by the kernel's performance events, where the machine has them."""

import ctypes
import errno
import os
import platform
import struct
from functools import cache

__all__ = ["INSTRUCTIONS", "TASK_CLOCK", "Event", "available", "count", "read"]

Event = tuple[int, int]
"""Type and number of an event, as in ``linux/perf_event.h``."""

INSTRUCTIONS: Event = (0, 1)
TASK_CLOCK: Event = (1, 1)
"""Nanoseconds on a processor: counted in software, so on every machine that allows counting at all."""

_CALL = {"x86_64": 298, "aarch64": 241}
_SIZE = 112
# Off until the program is executed, its children too, in user mode only; the last needs no right to count.
_DISABLED, _INHERIT, _EXCLUDE_KERNEL, _EXCLUDE_HYPERVISOR, _ENABLE_ON_EXEC = 1, 1 << 1, 1 << 5, 1 << 6, 1 << 12
_CLOSE_ON_EXEC = 8

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def count(pid: int, event: Event = INSTRUCTIONS) -> int:
    """A descriptor that counts an event of a child, from the program that it will execute on.

    Raises:
        OSError: The machine has no such counter, or does not allow it.
    """
    number = _CALL.get(platform.machine())
    if number is None:
        raise OSError(errno.ENOSYS, f"no performance events on {platform.machine()}")
    flags = _DISABLED | _INHERIT | _EXCLUDE_KERNEL | _EXCLUDE_HYPERVISOR | _ENABLE_ON_EXEC
    attributes = struct.pack("<IIQQQQQ", event[0], _SIZE, event[1], 0, 0, 0, flags).ljust(_SIZE, b"\0")
    result = _libc.syscall(number, attributes, pid, -1, -1, _CLOSE_ON_EXEC)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"perf_event_open: {os.strerror(code)}")
    return result


def read(descriptor: int) -> int:
    """What was counted."""
    return int.from_bytes(os.read(descriptor, 8), "little")


@cache
def available(event: Event = INSTRUCTIONS) -> bool:
    """Whether this process may count an event of its children here."""
    try:
        os.close(count(0, event))
    except OSError:
        return False
    return True
