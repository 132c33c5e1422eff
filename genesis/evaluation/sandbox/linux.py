"""The system calls that Python does not wrap, for x86-64 and 64-bit ARM."""

import ctypes
import errno
import os
import platform
import struct
from pathlib import Path

__all__ = [
    "CLONE_NEWIPC",
    "CLONE_NEWNET",
    "CLONE_NEWNS",
    "CLONE_NEWPID",
    "CLONE_NEWUSER",
    "CLONE_NEWUTS",
    "adopt_orphans",
    "allow_inspection",
    "bind",
    "collapse",
    "drop_capabilities",
    "forbid_new_privileges",
    "huge_ranges",
    "landlock_abi",
    "landlock_allow",
    "landlock_restrict",
    "landlock_ruleset",
    "make_private",
    "mount_proc",
    "mount_tmpfs",
    "outlive_parent",
    "pivot_root",
    "set_readonly",
    "setns",
    "thread_count",
    "unmount",
    "unshare",
    "use_filter",
    "virtual_bytes",
]

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 1, 2, 4, 8
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_MNT_DETACH = 2
_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_SECCOMP_MODE_FILTER = 2
_CAPABILITY_VERSION_3 = 0x20080522
_LANDLOCK_CREATE_RULESET_VERSION = 1
_LANDLOCK_RULE_PATH_BENEATH = 1
_MADV_COLLAPSE = 25
_HUGE_PAGE_BYTES = 2 * 1024 * 1024

# Numbers from 424 on are the same on every architecture.
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_MOUNT_SETATTR = 442
_LANDLOCK_CREATE_RULESET = 444
_LANDLOCK_ADD_RULE = 445
_LANDLOCK_RESTRICT_SELF = 446

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """Leave the namespaces in ``flags`` for new ones; ``CLONE_NEWPID`` concerns children only."""
    _checked(_libc.unshare(flags), f"unshare({flags:#x})")


def setns(descriptor: int, kind: int) -> None:
    """Enter the namespace of one ``CLONE_NEW*`` kind that a descriptor refers to."""
    _checked(_libc.setns(descriptor, kind), "setns")


def make_private() -> None:
    """Keep every later mount from spreading to other mount namespaces."""
    _mount(None, "/", None, _MS_REC | _MS_PRIVATE)


def mount_tmpfs(target: str, *, options: str, readonly: bool = False) -> None:
    """Mount a fresh memory file system, without devices and set-user-id programs."""
    _mount("tmpfs", target, "tmpfs", _MS_NOSUID | _MS_NODEV | (_MS_RDONLY if readonly else 0), options)


def bind(source: str, target: str) -> None:
    """Show ``source``, with the mounts beneath it, at ``target`` too."""
    _mount(source, target, None, _MS_BIND | _MS_REC)


def unmount(target: str) -> None:
    """Detach a mount and all beneath it."""
    _checked(_libc.umount2(os.fsencode(target), _MNT_DETACH), f"umount {target}")


def _mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    result = _libc.mount(
        None if source is None else os.fsencode(source),
        os.fsencode(target),
        None if kind is None else kind.encode(),
        ctypes.c_ulong(flags),
        None if options is None else options.encode(),
    )
    _checked(result, f"mount {target}")


def set_readonly(target: str, *, devices: bool = False, beneath: bool = True) -> None:
    """Make a mount, and the mounts beneath it, read-only, without set-user-id programs, without devices unless asked.

    Raises:
        OSError: ``ENOSYS`` before Linux 5.12.
    """
    attributes = struct.pack("<QQQQ", _MS_RDONLY | _MS_NOSUID | (0 if devices else _MS_NODEV), 0, 0, 0)
    flags = _AT_RECURSIVE if beneath else 0
    result = _libc.syscall(
        _MOUNT_SETATTR, _AT_FDCWD, os.fsencode(target), flags, attributes, ctypes.c_size_t(len(attributes))
    )
    _checked(result, f"mount_setattr {target}")


def pivot_root(new: str, old: str) -> None:
    """Make ``new`` the root, and show the old root at ``old``."""
    number = _PIVOT_ROOT.get(platform.machine())
    if number is None:
        raise OSError(errno.ENOSYS, f"pivot_root on {platform.machine()}")
    _checked(_libc.syscall(number, os.fsencode(new), os.fsencode(old)), "pivot_root")


def forbid_new_privileges() -> None:
    """Let no later exec give this process or its children any privilege."""
    _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl(PR_SET_NO_NEW_PRIVS)")


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends."""
    _checked(_libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl(PR_SET_CHILD_SUBREAPER)")


def outlive_parent() -> None:
    """Take back what :func:`genesis.channel.die_with_parent` asked for."""
    _checked(_libc.prctl(_PR_SET_PDEATHSIG, 0, 0, 0, 0), "prctl(PR_SET_PDEATHSIG)")


def allow_inspection() -> None:
    """Let processes of the same user, this one's descendants too, be looked into through ``/proc``."""
    _checked(_libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0), "prctl(PR_SET_DUMPABLE)")


def mount_proc(target: str) -> None:
    """Show this process's own process namespace, processes only, read-only."""
    _mount("proc", target, "proc", _MS_RDONLY | _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, "subset=pid")


_NO_CAPABILITIES = (struct.pack("<Ii", _CAPABILITY_VERSION_3, 0), bytes(24))


def drop_capabilities() -> None:
    """Give up every effective, permitted and inheritable capability."""
    _checked(_libc.capset(*_NO_CAPABILITIES), "capset")


def use_filter(program: bytes) -> None:
    """Filter this process's system calls by a classic BPF program, for good."""
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    _checked(_libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header, 0, 0), "prctl(PR_SET_SECCOMP)")


def landlock_abi() -> int:
    """The kernel's Landlock version, 0 when it has none or it is switched off."""
    result = _libc.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), _LANDLOCK_CREATE_RULESET_VERSION)
    return max(0, result)


def landlock_ruleset(*, files: int, network: int, scopes: int) -> int:
    """The descriptor of a rule set that denies the given rights but for what rules allow."""
    attributes = struct.pack("<QQQ", files, network, scopes)
    size = 24 if scopes else 16 if network else 8  # an older kernel takes a shorter structure
    result = _libc.syscall(_LANDLOCK_CREATE_RULESET, attributes, ctypes.c_size_t(size), 0)
    return _checked(result, "landlock_create_ruleset")


def landlock_allow(ruleset: int, path: str, rights: int) -> None:
    """Allow rights on a path and all beneath it."""
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("<Qi", rights, descriptor)
        result = _libc.syscall(_LANDLOCK_ADD_RULE, ruleset, _LANDLOCK_RULE_PATH_BENEATH, rule, 0)
        _checked(result, f"landlock_add_rule {path}")
    finally:
        os.close(descriptor)


def landlock_restrict(ruleset: int) -> None:
    """Put this process and its later children under a rule set, for good."""
    _checked(_libc.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0), "landlock_restrict_self")


def huge_ranges() -> tuple[int, ...]:
    """Where huge pages could lie in this process's own, unshared memory."""
    starts: list[int] = []
    for line in Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines():
        fields = line.split()
        if fields[1] == "rw-p" and (len(fields) < 6 or fields[5] == "[heap]"):
            low, high = (int(part, 16) for part in fields[0].split("-"))
            first = -(-low // _HUGE_PAGE_BYTES) * _HUGE_PAGE_BYTES
            starts += range(first, high - _HUGE_PAGE_BYTES + 1, _HUGE_PAGE_BYTES)
    return tuple(starts)


def collapse(starts: tuple[int, ...]) -> None:
    """Put memory into huge pages where the kernel can: a fork then copies one entry in place of 512.

    Advice only: what cannot be collapsed (nothing there yet, or Linux before 6.1) stays as it is.
    """
    for start in starts:
        _libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(_HUGE_PAGE_BYTES), _MADV_COLLAPSE)


def virtual_bytes() -> int:
    """This process's address space in use, as ``RLIMIT_AS`` counts it."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def thread_count() -> int:
    """How many threads this process has."""
    return len(os.listdir("/proc/self/task"))  # noqa: PTH208  names only
