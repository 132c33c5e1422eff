"""The system calls that a candidate may not make, as a classic BPF program.

A deny list, with ``EPERM``, of what reaches beyond the process: networks, other processes, mounts, kernel features with
a history of holes, and the ways to send a signal that are not called so (``F_SETOWN``, ``FIOSETOWN``). Calls newer than
the list do not exist for the candidate (``ENOSYS``), and so does ``clone3``, whose arguments a filter cannot see; C
libraries fall back to ``clone``. A foreign calling convention kills.
"""

import errno
import platform
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = ["UnsupportedArchitecture", "build_filter"]


class UnsupportedArchitecture(Exception):
    """There is no table of system call numbers for this machine."""


@dataclass(frozen=True, slots=True)
class _Architecture:
    audit: int
    numbers: Mapping[str, int]


def _table(text: str) -> tuple[dict[str, int], dict[str, int]]:
    rows = [line.split() for line in text.splitlines() if line]
    x86 = {name: int(number) for name, number, _ in rows if number != "-"}
    arm = {name: int(number) for name, _, number in rows if number != "-"}
    return x86, arm


# Name, number on x86-64, number on 64-bit ARM.
_OUTSIDE = """
ptrace 101 117
process_vm_readv 310 270
process_vm_writev 311 271
kcmp 312 272
process_madvise 440 440
process_mrelease 448 448
pidfd_open 434 434
pidfd_getfd 438 438
pidfd_send_signal 424 424
mount 165 40
umount2 166 39
pivot_root 155 41
chroot 161 51
unshare 272 97
setns 308 268
open_tree 428 428
move_mount 429 429
fsopen 430 430
fsconfig 431 431
fsmount 432 432
fspick 433 433
mount_setattr 442 442
listen 50 201
accept 43 202
accept4 288 242
bpf 321 280
perf_event_open 298 241
keyctl 250 219
add_key 248 217
request_key 249 218
userfaultfd 323 282
io_uring_setup 425 425
io_uring_enter 426 426
io_uring_register 427 427
io_setup 206 0
kexec_load 246 104
kexec_file_load 320 294
init_module 175 105
finit_module 313 273
delete_module 176 106
reboot 169 142
swapon 167 224
swapoff 168 225
acct 163 89
quotactl 179 60
quotactl_fd 443 443
syslog 103 116
settimeofday 164 170
clock_settime 227 112
adjtimex 159 171
clock_adjtime 305 266
sethostname 170 161
setdomainname 171 162
vhangup 153 58
lookup_dcookie 212 18
iopl 172 -
ioperm 173 -
modify_ldt 154 -
uselib 134 -
name_to_handle_at 303 264
open_by_handle_at 304 265
fanotify_init 300 262
inotify_init 253 -
inotify_init1 294 26
move_pages 279 239
migrate_pages 256 238
shmget 29 194
shmat 30 196
shmctl 31 195
msgget 68 186
msgsnd 69 189
msgrcv 70 188
semget 64 190
semop 65 193
semctl 66 191
semtimedop 220 192
mq_open 240 180
mq_unlink 241 181
memfd_create 319 279
memfd_secret 447 447
seccomp 317 277
tkill 200 130
rt_sigqueueinfo 129 138
rt_tgsigqueueinfo 297 240
setpriority 141 140
ioprio_set 251 30
setsid 112 157
setpgid 109 154
sync 162 81
"""

# With a network, a program may be a client, but no server.
_NETWORK = """
connect 42 203
bind 49 200
"""

# With one process only.
_PROCESSES = """
fork 57 -
vfork 58 -
execve 59 221
execveat 322 281
"""

# Where nothing but Landlock guards the file system, which does not mind changes of mode, owner, time and attributes.
_ATTRIBUTES = """
chmod 90 -
fchmodat 268 53
fchmod 91 52
chown 92 -
fchown 93 55
lchown 94 -
fchownat 260 54
utime 132 -
utimes 235 -
utimensat 280 88
futimesat 261 -
setxattr 188 5
lsetxattr 189 6
fsetxattr 190 7
removexattr 197 14
lremovexattr 198 15
fremovexattr 199 16
mknod 133 -
mknodat 259 33
"""

# Calls whose arguments decide.
_CONDITIONAL = """
kill 62 129
tgkill 234 131
prlimit64 302 261
sched_setaffinity 203 122
sched_setscheduler 144 119
sched_setparam 142 118
sched_setattr 314 274
clone 56 220
clone3 435 435
prctl 157 167
socket 41 198
socketpair 53 199
ioctl 16 29
fcntl 72 25
"""

_LAST_KNOWN = 450
_LEAF = 6
_NAMES = [_OUTSIDE, _PROCESSES, _NETWORK, _ATTRIBUTES, _CONDITIONAL]
_X86, _ARM = _table("".join(_NAMES))
_ARCHITECTURES = {"x86_64": _Architecture(0xC000003E, _X86), "aarch64": _Architecture(0xC00000B7, _ARM)}

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_DENY = 0x00050000 | errno.EPERM
_ABSENT = 0x00050000 | errno.ENOSYS
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
_CLONE_THREAD = 0x00010000
_CLONE_NEW = 0x7E028080  # every CLONE_NEW* flag, CLONE_NEWTIME too; and CLONE_PARENT, a child of another's
# Type into a terminal, two ways; set a file's flags; set its project; have signals sent, two ways.
_IOCTLS = (0x5412, 0x541C, 0x40086602, 0x401C5820, 0x8901, 0x8902)
# Have signals sent, whatever the signal: F_SETOWN, F_SETSIG, F_SETOWN_EX; watch others: F_SETLEASE, F_NOTIFY.
_FCNTLS = (8, 10, 15, 1024, 1026)
_AF_UNIX, _AF_INET, _AF_INET6 = 1, 2, 10
_SOCK_STREAM, _SOCK_SEQPACKET = 1, 5  # both reach their own other end only; Rust starts processes over the second
_CONNECTED_PAIRS = tuple(
    kind | extra for kind in (_SOCK_STREAM, _SOCK_SEQPACKET) for extra in (0, 0x800, 0x80000, 0x80800)
)  # nonblocking, close on exec


def _op(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("<HBBI", code, yes, no, value)


def _load(argument: int) -> bytes:
    # The low half: all of these arguments are C ints, of which the kernel reads no more.
    return _op(_LOAD, _ARGUMENTS + 8 * argument)


def _only(argument: int, values: Iterable[int]) -> list[bytes]:
    """Allow the call when an argument is one of ``values``, else deny it."""
    wanted = list(values)
    tests = [_op(_EQUAL, value, yes=len(wanted) - place) for place, value in enumerate(wanted)]
    return [_load(argument), *tests, _op(_RETURN, _DENY), _op(_RETURN, _ALLOW)]


def _none_of(argument: int, values: Iterable[int]) -> list[bytes]:
    """Deny the call when an argument is one of ``values``, else allow it."""
    *tests, deny, allow = _only(argument, values)
    return [*tests, allow, deny]


def _socketpair() -> list[bytes]:
    pairs = _only(1, _CONNECTED_PAIRS)
    return [_load(0), _op(_EQUAL, _AF_UNIX, yes=1), _op(_RETURN, _DENY), *pairs]


def _clone(*, processes: bool, threads: bool) -> list[bytes]:
    if processes:
        return [_load(0), _op(_ANY_BIT, _CLONE_NEW, no=1), _op(_RETURN, _DENY), _op(_RETURN, _ALLOW)]
    if not threads:
        return [_op(_RETURN, _DENY)]
    return [
        _load(0),
        _op(_ANY_BIT, _CLONE_NEW, yes=1),
        _op(_ANY_BIT, _CLONE_THREAD, yes=1),
        _op(_RETURN, _DENY),
        _op(_RETURN, _ALLOW),
    ]


def _names(table: str) -> list[str]:
    return [line.split()[0] for line in table.strip().splitlines()]


def build_filter(
    *, own_pid: int | None, processes: bool, threads: bool, attributes: bool, network: bool = False
) -> bytes:
    """The BPF program for one candidate.

    Args:
        own_pid: The only process that it may signal, or None to leave signals to the pid namespace.
        processes: Whether it may fork and exec.
        threads: Whether it may start threads; processes imply threads.
        network: Whether it may open internet sockets, and connect them.
        attributes: Whether it may change files' modes, owners, times and extended attributes.

    Raises:
        UnsupportedArchitecture: Neither x86-64 nor 64-bit ARM.
    """
    architecture = _ARCHITECTURES.get(platform.machine())
    if architecture is None:
        raise UnsupportedArchitecture(f"no system call table for {platform.machine()}: use x86_64 or aarch64")
    closed = {_OUTSIDE: True, _PROCESSES: not processes, _NETWORK: not network, _ATTRIBUTES: not attributes}
    denied = [name for table, shut in closed.items() if shut for name in _names(table)]
    conditional = {
        "clone3": [_op(_RETURN, _ABSENT)],
        "clone": _clone(processes=processes, threads=threads),
        "prctl": _none_of(0, [_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE]),
        "socket": _only(0, [_AF_INET, _AF_INET6]) if network else [_op(_RETURN, _DENY)],
        "socketpair": _socketpair(),
        "ioctl": _none_of(1, _IOCTLS),
        "fcntl": _none_of(1, _FCNTLS),
        **dict.fromkeys(("prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setparam"), _only(0, [0])),
        "sched_setattr": _only(0, [0]),
    }
    if own_pid is not None:
        conditional |= {"kill": _only(0, [own_pid]), "tgkill": _only(0, [own_pid])}
    return _assemble(architecture, denied, conditional)


def _assemble(architecture: _Architecture, denied: list[str], conditional: Mapping[str, list[bytes]]) -> bytes:
    numbers = architecture.numbers
    program = [
        _op(_LOAD, _ARCH),
        _op(_EQUAL, architecture.audit, yes=1),
        _op(_RETURN, _KILL),
        _op(_LOAD, _NUMBER),
        _op(_AT_LEAST, _LAST_KNOWN + 1, no=1),
        _op(_RETURN, _ABSENT),
    ]
    for name, block in conditional.items():
        program += [_op(_EQUAL, numbers[name], no=len(block)), *block]
    program += _search(sorted(numbers[name] for name in denied if name in numbers))
    return b"".join(program)


def _search(closed: list[int]) -> list[bytes]:
    """Deny the numbers in a sorted list, by halves: when a filter is set, the kernel tries every number there is."""
    if len(closed) <= _LEAF:
        tests = [_op(_EQUAL, number, yes=len(closed) - place) for place, number in enumerate(closed)]
        return [*tests, _op(_RETURN, _ALLOW), _op(_RETURN, _DENY)]
    middle = len(closed) // 2
    below, rest = _search(closed[:middle]), _search(closed[middle:])
    return [_op(_AT_LEAST, closed[middle], yes=len(below)), *below, *rest]
