"""The table of attacks: what hostile candidates try, how each is stopped, and what is recorded of it.

The tests run every row in every sandbox kind that confines; a page of the documentation prints the table.
"""

# ruff: noqa: E501  a candidate is easier to read in one piece

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["ATTACKS", "EVALUATED", "Attack", "Chapter"]

Chapter: TypeAlias = Literal[
    "The network", "Files", "Other processes", "The kernel", "Resources", "Several processes", "The result", "Time"
]

EVALUATED = "evaluated"
"""In place of a reason: nothing failed, and the attack has changed nothing."""


@dataclass(frozen=True, slots=True)
class Attack:
    """One hostile candidate.

    Attributes:
        chapter: Where it stands in the page.
        name: What it does, after "a candidate that".
        stopped: By what.
        code: The program. ``{problem}`` stands for the problem's directory, ``{engine}`` for the engine's process.
        recorded: The reasons that are right; which one may differ by kind.
        fitness: With ``EVALUATED``, what it scores; None where the result is invalid.
        then: A second candidate, whose score ``fitness`` then is.
    """

    chapter: Chapter
    name: str
    stopped: str
    code: str
    recorded: tuple[str, ...] = ("sandbox_violation",)
    fitness: float | None = None
    then: str = ""


_GOOD = "def entrypoint():\n    return {'x': 1.0}\n"

_CALLS = """
import ctypes, os
_libc = ctypes.CDLL(None, use_errno=True)
def call(x86, arm, *arguments):
    number = x86 if os.uname().machine == 'x86_64' else arm
    result = _libc.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
"""


def _call(*arguments: object) -> str:
    """A candidate that makes one system call: its numbers on both architectures, then what it is given."""
    return f"{_CALLS}call({', '.join(map(str, arguments))})\n{_GOOD}"


_ENCODED = """
import json, os, struct
def forge(value, buffers=()):
    head = json.dumps({'buffers': [len(b) for b in buffers], 'value': value}).encode()
    data = struct.pack('<4sII', b'GNSR', 1, len(head)) + head
    for b in buffers:
        data += bytes(-len(data) % 64) + b
    for fd in range(3, 64):
        try:
            os.ftruncate(fd, 0)
            os.pwrite(fd, data, 0)
        except OSError:
            continue
    os._exit(0)
"""


def _chapter(chapter: Chapter, *rows: Attack) -> tuple[Attack, ...]:
    assert all(row.chapter == chapter for row in rows)
    return rows


def _network(name: str, code: str, stopped: str = "no network system calls") -> Attack:
    return Attack("The network", name, stopped, code + "\n" + _GOOD)


_NETWORK = _chapter(
    "The network",
    _network("connects by TCP", "import socket\nsocket.create_connection(('1.1.1.1', 80), 1)"),
    _network(
        "sends by UDP", "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('1.1.1.1', 53))"
    ),
    _network("connects over IPv6", "import socket\nsocket.socket(socket.AF_INET6)"),
    _network("talks to itself over loopback", "import socket\nsocket.create_server(('127.0.0.1', 0))"),
    _network("looks up a host's name", "import socket\nsocket.getaddrinfo('example.com', 80)"),
    _network(
        "connects to a Unix socket", "import socket\nsocket.socket(socket.AF_UNIX).connect('/var/run/docker.sock')"
    ),
    _network(
        "connects to an abstract Unix socket",
        "import socket\nsocket.socket(socket.AF_UNIX).connect('\\0/tmp/.X11-unix/X0')",
    ),
    _network(
        "sends to any address through a pair of datagram sockets",
        "import socket\nsocket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
    ),
    _network("opens a raw socket", "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_RAW, 1)"),
    _network("asks the kernel over netlink", "import socket\nsocket.socket(16, socket.SOCK_RAW, 0)"),
    _network("talks to the hypervisor over vsock", "import socket\nsocket.socket(40, socket.SOCK_STREAM)"),
    _network("captures packets", "import socket\nsocket.socket(17, socket.SOCK_RAW, 768)"),
)


def _reading(name: str, path: str, stopped: str = "not in view") -> Attack:
    return Attack("Files", name, stopped, f"open({path!r}).read()\n{_GOOD}")


_FILES = _chapter(
    "Files",
    _reading("reads the shadow file", "/etc/shadow"),
    _reading("reads the password file", "/etc/passwd"),
    Attack(
        "Files", "lists the home directory", "not in view, but for the way to Python if that is there",
        "import os, sys\ndef entrypoint():\n    way = sys.base_prefix.split('/') + sys.prefix.split('/')\n"
        "    return {'x': float(len(set(os.listdir('/root')) - set(way)))}\n",
        ("sandbox_violation", EVALUATED), 0.0,
    ),
    _reading("reads an SSH key", "/root/.ssh/id_rsa"),
    _reading("reads a key for language models", "/root/.config/openai/api_key"),
    _reading("reads the validator", "{problem}/validate.py"),
    _reading("reads an expected output", "{problem}/cases/1.out"),
    _reading("reads the context's builder", "{problem}/context.py"),
    Attack("Files", "lists the problem's directory", "not in view", "import os\nos.listdir('{problem}')\n" + _GOOD),
    _reading("reads another run's log", "/srv/runs/1/evolution_events.jsonl"),
    _reading("reads the engine's environment", "/proc/{engine}/environ", "no view of its process"),
    _reading("reads the warm process's memory", "/proc/1/mem", "no view of its process"),
    Attack(
        "Files", "looks for keys in its own environment", "six fixed variables",
        "import os\ndef entrypoint():\n    return {'x': float(any('SECRET' in key for key in os.environ))}",
        (EVALUATED,), 0.0,
    ),
    Attack(
        "Files", "reads through a link that it makes", "a link is followed inside the view only",
        "import os\nos.symlink('/etc/shadow', 'l')\nopen('l').read()\n" + _GOOD, ("sandbox_violation", "crash"),
    ),
    Attack(
        "Files", "climbs out of its directory", "the view has nothing above",
        "open('../../../../../../etc/shadow').read()\n" + _GOOD, ("sandbox_violation", "crash"),
    ),
    Attack(
        "Files", "makes a hard link to a file of the system", "another file system, or no right to link",
        "import os\nos.link(os.path.realpath('/bin/sh'), 'sh')\n" + _GOOD,
    ),
    Attack(
        "Files", "moves a file of the system", "read-only",
        "import os\nos.rename(os.__file__, 'os.py')\n" + _GOOD,
    ),
    Attack("Files", "writes into the problem", "not in view, or read-only", "open('{problem}/validate.py', 'w')\n" + _GOOD),
    Attack("Files", "writes into Python's library", "read-only", "import os\nopen(os.__file__, 'a')\n" + _GOOD),
    Attack(
        "Files", "plants compiled code beside a module", "read-only",
        "import os\nopen(os.path.dirname(os.__file__) + '/__pycache__/evil.pyc', 'wb')\n" + _GOOD,
    ),
    Attack("Files", "truncates a file of the system", "read-only", "import os\nos.truncate(os.__file__, 0)\n" + _GOOD),
    Attack("Files", "writes into the home directory", "not in view", "open('/root/.bashrc', 'a')\n" + _GOOD),
    Attack("Files", "adds a job to cron", "not in view", "open('/etc/cron.d/evil', 'w')\n" + _GOOD),
    Attack("Files", "changes a file's mode", "read-only, or no such system call", "import os\nos.chmod('/usr/bin', 0o777)\n" + _GOOD),
    Attack("Files", "changes a file's owner", "no capabilities", "import os\nos.chown('/usr/bin', 1, 1)\n" + _GOOD),
    Attack("Files", "changes a file's times", "read-only, or no such system call", "import os\nos.utime('/usr/bin')\n" + _GOOD),
    Attack("Files", "makes a block device", "no capabilities", "import os\nos.mknod('sda', 0o60600, os.makedev(8, 0))\n" + _GOOD),
    _reading("reads a disk past its file system", "/dev/sda"),
    _reading("reads physical memory", "/dev/mem"),
    Attack("Files", "leaves files in shared memory", "not in view", "open('/dev/shm/x', 'w')\n" + _GOOD),
    Attack("Files", "changes the kernel's settings", "not in view", "open('/sys/kernel/mm/transparent_hugepage/enabled', 'w')\n" + _GOOD),
    Attack(
        "Files", "opens a file by its handle", "system call denied",
        _call(304, 265, -100, "ctypes.create_string_buffer(64)", 0),
    ),
    Attack("Files", "watches the files of others", "system call denied", _call(294, 26, 0)),
    Attack("Files", "watches the whole machine's files", "system call denied", _call(300, 262, 0, 0)),
    Attack(
        "Files", "takes out a lease on a file, which stops its writers", "argument denied",
        "import fcntl, os\nfcntl.fcntl(os.open(os.__file__, os.O_RDONLY), 1024, 1)\n" + _GOOD,
    ),
    Attack(
        "Files", "searches inherited descriptors for a way out", "none but its own is open",
        "import os\ndef entrypoint():\n    n = 0\n    for fd in range(3, 300):\n"
        "        for path in ('etc/shadow', '../etc/shadow', 'validate.py', 'self/environ'):\n            try:\n"
        "                os.close(os.open(path, os.O_RDONLY, dir_fd=fd))\n                n += 1\n"
        "            except OSError:\n                pass\n    return {'x': float(n)}\n",
        (EVALUATED,), 0.0,
    ),
)  # fmt: skip


def _processes(name: str, code: str, stopped: str = "system call denied", *recorded: str) -> Attack:
    return Attack("Other processes", name, stopped, code + "\n" + _GOOD, recorded or ("sandbox_violation",))


_PROCESSES = _chapter(
    "Other processes",
    _processes("forks", "import os\nwhile True:\n    os.fork()"),
    _processes(
        "forks and swallows the errors",
        "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
        "denied each time, until its time is up", "timeout",
    ),
    _processes("starts a program", "import subprocess\nsubprocess.run(['/bin/true'])"),
    _processes("becomes another program", "import os\nos.execv('/bin/sh', ['sh'])"),
    _processes("runs a program that has no file", _CALLS + "call(322, 281, 0, b'', 0, 0, 0x1000)"),
    _processes("makes a sibling in place of a child", _CALLS + "call(56, 220, 0x8011, 0, 0, 0, 0)"),
    _processes("kills its parent", "import os\nos.kill(os.getppid() or 1 << 20, 9)"),
    _processes("kills the engine", "import os\nos.kill({engine}, 9)"),
    _processes("kills everybody", "import os\nos.kill(-1, 9)"),
    _processes("kills a thread of another", _CALLS + "call(200, 130, {engine}, 9)"),
    _processes("queues a signal", _CALLS + "call(129, 138, {engine}, 9, b'\\0' * 128)"),
    _processes(
        "has the kernel send signals for it, by F_SETOWN",
        "import fcntl, os\nr, w = os.pipe()\nfcntl.fcntl(r, 8, {engine})", "argument denied",
    ),
    _processes(
        "has the kernel send signals for it, by ioctl",
        "import fcntl, os, struct\nr, w = os.pipe()\nfcntl.ioctl(r, 0x8901, struct.pack('i', {engine}))", "argument denied",
    ),
    _processes("types into a terminal", "import fcntl\nfcntl.ioctl(1, 0x5412, b'x')", "argument denied"),
    _processes("traces its parent", _CALLS + "call(101, 117, 16, {engine}, 0, 0)"),
    _processes("reads another's memory", _CALLS + "call(310, 270, {engine}, 0, 0, 0, 0, 0)"),
    _processes("writes another's memory", _CALLS + "call(311, 271, {engine}, 0, 0, 0, 0, 0)"),
    _processes("opens another's memory as a file", "open('/proc/{engine}/mem', 'r+b')", "no view of its process"),
    _processes("takes a handle of another process", _CALLS + "call(434, 434, {engine}, 0)"),
    _processes("steals another's descriptor", _CALLS + "call(438, 438, 1, 0, 0)"),
    _processes("compares itself with others, for their addresses", _CALLS + "call(312, 272, 1, 1, 0, 0, 0)"),
    _processes("leaves its session", "import os\nos.setsid()"),
    _processes("leaves its group", "import os\nos.setpgid(0, 0)"),
    _processes("outlives the warm process", _CALLS + "call(157, 167, 1, 0, 0, 0, 0)", "argument denied"),
    _processes("hides from being looked into", _CALLS + "call(157, 167, 4, 0, 0, 0, 0)", "argument denied"),
    _processes("lowers another's limits", "import os, resource\nresource.prlimit({engine}, resource.RLIMIT_NOFILE, (1, 1))"),
    _processes("pins another to one processor", "import os\nos.sched_setaffinity({engine}, [0])"),
    _processes("takes a real-time priority", "import os\nos.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))", "no capabilities"),
    _processes("raises its own priority", "import os\nos.setpriority(os.PRIO_PROCESS, 0, -20)"),
)  # fmt: skip


def _kernel(name: str, *arguments: object) -> Attack:
    return Attack("The kernel", name, "system call denied", _call(*arguments))


_KERNEL = _chapter(
    "The kernel",
    _kernel("becomes root of a user namespace", 272, 97, "0x10000000"),
    Attack(
        "The kernel", "makes a user namespace by clone", "argument denied, and no second process",
        _call(56, 220, "0x10000011", 0, 0, 0, 0),
    ),
    Attack("The kernel", "clones by the call whose arguments no filter sees", "does not exist here", _call(435, 435, "b'\\0' * 88", 88)),
    _kernel("enters another's namespace", 308, 268, 0, 0),
    _kernel("mounts", 165, 40, "b'none'", "b'/'", "b'tmpfs'", 0, 0),
    _kernel("mounts by the new interface", 430, 430, "b'tmpfs'", 0),
    _kernel("clones a mount", 428, 428, -100, "b'/'", 1),
    _kernel("makes a mount writable", 442, 442, -100, "b'/'", 0, "b'\\0' * 32", 32),
    _kernel("unmounts", 166, 39, "b'/usr'", 2),
    _kernel("changes its root", 161, 51, "b'.'"),
    _kernel("loads a program into the kernel", 321, 280, 0, "b'\\0' * 128", 128),
    _kernel("counts events of others", 298, 241, "b'\\0' * 128", -1, 0, -1, 0),
    _kernel("handles page faults itself", 323, 282, 0),
    _kernel("queues system calls where no filter sees them", 425, 425, 8, "b'\\0' * 120"),
    _kernel("queues disk operations in the kernel", 206, 0, 8, "ctypes.byref(ctypes.c_long(0))"),
    _kernel("reads the kernel's keys", 250, 219, 0, -3, 0),
    _kernel("adds a key to the kernel's", 248, 217, "b'user'", "b'x'", "b'x'", 1, -3),
    _kernel("shares memory by System V", 29, 194, 0x1234, 4096, "0o1666"),
    _kernel("shares a semaphore by System V", 64, 190, 0x1234, 1, "0o1666"),
    _kernel("shares messages by System V", 68, 186, 0x1234, "0o1666"),
    _kernel("opens a POSIX message queue", 240, 180, "b'q'", "0o102", "0o600", 0),
    _kernel("keeps memory in a file without a name", 319, 279, "b'x'", 0),
    _kernel("keeps memory that even the kernel does not see", 447, 447, 0),
    _kernel("loads a module", 175, 105, 0, 0, "b''"),
    _kernel("loads another kernel", 246, 104, 0, 0, 0, 0),
    _kernel("restarts the machine", 169, 142, "0xfee1dead", 672274793, "0x1234567", 0),
    _kernel("reads the kernel's log", 103, 116, 3, "ctypes.create_string_buffer(64)", 64),
    _kernel("sets the clock", 227, 112, 0, "b'\\0' * 16"),
    _kernel("renames the machine", 170, 161, "b'x'", 1),
    _kernel("turns on accounting", 163, 89, "b'x'"),
    _kernel("turns off swap", 168, 225, "b'x'"),
    _kernel("changes disk quotas", 179, 60, 0, 0, 0, 0),
    _kernel("installs a filter of its own", 317, 277, 1, 0, 0),
    Attack("The kernel", "calls what is newer than the filter", "does not exist here", _call(600, 600, 0)),
    Attack(
        "The kernel", "calls by the 32-bit interface", "killed",
        "import ctypes, mmap, os\nif os.uname().machine != 'x86_64':\n    raise PermissionError(1, 'x86-64 only')\n"
        "m = mmap.mmap(-1, 4096, prot=7)\nm.write(bytes.fromhex('b814000000cd80c3'))\n"
        "ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))()\n" + _GOOD,
    ),
)  # fmt: skip


def _resources(name: str, code: str, stopped: str, *recorded: str) -> Attack:
    return Attack("Resources", name, stopped, code + "\n" + _GOOD, recorded)


_RESOURCES = _chapter(
    "Resources",
    _resources("loops for ever", "while True:\n    pass", "CPU time", "timeout"),
    _resources("sleeps for ever", "import time\ntime.sleep(1000)", "wall time", "timeout"),
    _resources("stops itself", "import os\nos.kill(os.getpid(), 19)\nimport time\ntime.sleep(1000)", "wall time", "timeout"),
    _resources(
        "ignores every signal", "import signal\nfor n in range(1, 65):\n    try:\n        signal.signal(n, signal.SIG_IGN)\n"
        "    except (OSError, ValueError):\n        pass\nwhile True:\n    pass", "a signal that cannot be ignored", "timeout",
    ),
    _resources("lets a pattern match for ever", "import re\nre.match('(a+)+$', 'a' * 60 + 'b')", "CPU time", "timeout"),
    _resources("allocates without end", "x = []\nwhile True:\n    x.append(bytearray(1 << 22))", "address space", "memory_limit"),
    _resources("maps shared memory without end", "import mmap\nx = []\nwhile True:\n    x.append(mmap.mmap(-1, 1 << 24))",
               "address space", "memory_limit", "crash"),
    _resources("computes a number that fills memory", "x = 1 << (1 << 40)", "address space", "memory_limit", "crash"),
    _resources("unpacks a bomb", "import zlib\nz = zlib.compress(bytes(1 << 26), 9)\nx = b''.join(zlib.decompress(z) for _ in range(64))",
               "address space", "memory_limit", "timeout"),
    _resources("recurses without end", "def f():\n    f()\nf()", "Python's own limit", "crash"),
    _resources("overflows the C stack", "import sys\nsys.setrecursionlimit(10**9)\nx = []\nfor _ in range(10**6):\n    x = [x]\nrepr(x)",
               "its own process ends", "crash", "timeout"),
    _resources("reads at address zero", "import ctypes\nctypes.string_at(0)", "its own process ends", "crash"),
    _resources("starts threads without end",
               "import threading\nthreading.stack_size(32768)\ne = threading.Event()\n"
               "while True:\n    threading.Thread(target=e.wait, daemon=True).start()",
               "number of threads", "crash"),
    _resources("prints without end", "while True:\n    print('x' * 1000)", "size of an output", "output_limit"),
    _resources("prints errors without end", "import sys\nwhile True:\n    print('x' * 1000, file=sys.stderr)", "size of an output", "output_limit"),
    _resources("writes one endless file", "f = open('f', 'wb')\nwhile True:\n    f.write(bytes(1 << 20))", "size of a file", "output_limit"),
    _resources("writes one endless file and ignores the signal", "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
               "f = open('f', 'wb')\nwhile True:\n    f.write(bytes(1 << 20))", "size of a file", "output_limit"),
    _resources("fills the disk with many files",
               "n = 0\nwhile True:\n    n += 1\n    with open(f'f{n}', 'wb') as f:\n        f.write(bytes(1 << 20))",
               "size of the scratch file system, or a look at it", "output_limit"),
    _resources("fills the disk with files that it removes and keeps open",
               "import os, time\nx = []\nfor n in range(40):\n    f = open('f', 'wb')\n    f.write(bytes(1 << 20))\n    f.flush()\n"
               "    os.remove('f')\n    x.append(f)\ntime.sleep(30)",
               "as above; removed files count", "output_limit"),
    _resources("fills the disk with files that it removes and keeps mapped",
               "import mmap, os, time\nx = []\nfor n in range(40):\n    with open('f', 'w+b') as f:\n        f.write(bytes(1 << 20))\n"
               "        f.flush()\n        x.append(mmap.mmap(f.fileno(), 4096, prot=mmap.PROT_READ))\n    os.remove('f')\n"
               "for m in x:\n    m[0]\ntime.sleep(30)",
               "as above", "output_limit"),
    _resources("makes files without end", "n = 0\nwhile True:\n    n += 1\n    open(f'f{n}', 'w').close()", "number of files", "output_limit"),
    _resources("nests directories without end", "import os\nwhile True:\n    os.mkdir('d')\n    os.chdir('d')", "number of files", "output_limit"),
    _resources("opens descriptors without end", "import os\nx = []\nwhile True:\n    x.append(os.pipe())", "number of descriptors", "crash"),
    _resources("lifts its own limits", "import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))", "hard limits", "crash", "sandbox_violation"),
    _resources("locks memory", _CALLS + "call(149, 228, ctypes.create_string_buffer(1 << 20), 1 << 20)", "no locked memory", "sandbox_violation", "memory_limit", "crash"),
)  # fmt: skip


def _several(name: str, code: str, stopped: str, *recorded: str) -> Attack:
    return Attack("Several processes", name, stopped, code + "\n" + _GOOD, recorded)


_FORKED = "import os, time, mmap\nfor _ in range(4):\n    if os.fork() == 0:\n        {}\n        time.sleep(30)\ntime.sleep(30)"

_SEVERAL = _chapter(
    "Several processes",
    _several("is a fork bomb", "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
             "number of processes", "sandbox_violation"),
    _several("spreads a memory bomb over a tree", _FORKED.format("x = bytearray(b'x' * (100 << 20))"),
             "memory of the whole tree: control group, or a look at it", "memory_limit"),
    _several("spreads a memory bomb over shared memory",
             _FORKED.format("m = mmap.mmap(-1, 100 << 20); m.write(b'x' * (100 << 20))"), "as above", "memory_limit"),
    _several("spreads a loop over a tree", "import os\nfor _ in range(3):\n    os.fork()\n    break\nwhile True:\n    pass",
             "CPU and wall time", "timeout"),
    _several("leaves its session", "import os\nif os.fork() == 0:\n    os.setsid()\nelse:\n    if os.wait()[1]:\n        raise PermissionError(1, 'setsid')",
             "system call denied", "sandbox_violation"),
    Attack("Several processes", "leaves a daemon behind", "its tree is killed before it is reaped",
           "import os, time\nif os.fork() == 0:\n    if os.fork() == 0:\n        time.sleep(1000)\n    os._exit(0)\nos.wait()\n" + _GOOD,
           (EVALUATED,), 1.0),
    Attack("Several processes", "gains rights by a set-user-id program", "no new privileges",
           "import subprocess\ndef entrypoint():\n    done = subprocess.run(['/bin/su', '-c', 'true'], capture_output=True)\n"
           "    return {'x': float(done.returncode == 0)}\n", (EVALUATED,), 0.0),
    Attack("Several processes", "looks for others in its /proc", "it has its own, or none",
           "import os\ndef entrypoint():\n    try:\n        seen = [int(n) for n in os.listdir('/proc') if n.isdigit()]\n"
           "    except OSError:\n        seen = []\n    return {'x': float(len(seen) > 1)}\n", (EVALUATED,), 0.0),
)  # fmt: skip


def _result(name: str, code: str, stopped: str, *recorded: str, fitness: float | None = None) -> Attack:
    return Attack("The result", name, stopped, code, recorded, fitness)


_DATA = "data is all that the validator gets"
_RESULT = _chapter(
    "The result",
    _result("writes a fake result file and exits", "open('result.json', 'w').write('{\"fitness\": 999}')\nimport os\nos._exit(0)",
            "no file is read", "bad_result"),
    _result("writes a fake metrics file and returns",
            "open('metrics.json', 'w').write('{\"fitness\": 999}')\n" + _GOOD, "no file is read", EVALUATED, fitness=1.0),
    _result("writes metrics on every descriptor",
            "import os\nfor fd in range(3, 64):\n    try:\n        os.pwrite(fd, b'{\"fitness\": 999}', 0)\n    except OSError:\n        pass\nos._exit(0)",
            "not decodable", "bad_result"),
    _result("forges an encoded result and exits early", _ENCODED + "forge(['d', 'x', 1.0, 'fitness', 999.0])",
            _DATA + ": it is judged as if returned", EVALUATED, fitness=1.0),
    _result("forges a result whose buffer is past the end", _ENCODED.replace("len(b) for b in buffers", "10**12") + "forge(['B', 0])",
            "every length is checked", "bad_result"),
    _result("forges an array larger than its buffer", _ENCODED + "forge(['d', 'x', ['a', 0, '<f8', [10**12], 'C']], [bytes(64)])",
            "every shape is checked", "bad_result"),
    _result("forges many references to one buffer", _ENCODED + "forge(['l'] + [['B', 0]] * 100000, [bytes(1 << 20)])",
            "each buffer is used once", "bad_result"),
    _result("forges an array of objects", _ENCODED + "forge(['a', 0, '|O8', [1], 'C'], [bytes(8)])", "plain types only", "bad_result"),
    _result("forges booleans that are neither", _ENCODED + "forge(['d', 'x', ['n', 0, '|b1']], [b'\\x07'])", "every item is checked", "bad_result"),
    _result("forges nesting without end", _ENCODED.replace("json.dumps({'buffers': [len(b) for b in buffers], 'value': value})",
            "('{\"buffers\":[],\"value\":' + '[\"l\",' * 100000 + ']' * 100000 + '}')") + "forge(None)", "depth is limited", "bad_result"),
    _result("forges keys that all collide", _ENCODED + "forge(['d'] + [p for i in range(150000) for p in (i * ((1 << 61) - 1), 0)][:200000])",
            "the validator's own wall time", "validator_error", "bad_result"),
    _result("claims a failure of the sandbox", "import os\nos._exit(84)", "no exit code is believed", "bad_result"),
    _result("exits as if all were well", "import os\nos._exit(0)", "there is no result", "bad_result"),
    _result("exits politely", "import sys\nsys.exit(0)", "there is no result", "crash"),
    _result("returns an object that runs code when unpickled",
            "import os\nclass Bomb:\n    def __reduce__(self):\n        return os.system, ('touch /tmp/pwned',)\ndef entrypoint():\n    return {'x': Bomb()}",
            "nothing is unpickled", "bad_result"),
    _result("returns a float that is more than one",
            "class F(float):\n    def __add__(self, other):\n        return 999.0\ndef entrypoint():\n    return {'x': F(1.0)}",
            "exact types only", "bad_result"),
    _result("returns a dict that lies", "class D(dict):\n    def __getitem__(self, key):\n        return 999.0\ndef entrypoint():\n    return D(x=1.0)",
            "exact types only", "bad_result"),
    _result("returns a function", "def entrypoint():\n    return {'x': lambda: 999.0}", "data only", "bad_result"),
    _result("returns a value that contains itself", "def entrypoint():\n    x = []\n    x.append(x)\n    return x", "depth is limited", "bad_result"),
    _result("returns a value nested a thousand deep", "def entrypoint():\n    x = 1.0\n    for _ in range(1000):\n        x = [x]\n    return {'x': x}",
            "depth is limited", "bad_result"),
    _result("returns a huge value", "def entrypoint():\n    return {'x': b'x' * 5_000_000}", "size of an output", "output_limit"),
    _result("returns a small array that unfolds to a huge one",
            "import numpy as np\ndef entrypoint():\n    return {'x': np.broadcast_to(0.0, (1 << 40,))}", "it unfolds in its own memory",
            "memory_limit"),
    _result("returns NaN", "def entrypoint():\n    return {'x': float('nan')}", "a metric must be finite", EVALUATED),
    _result("returns infinity", "def entrypoint():\n    return {'x': float('inf')}", "a metric must be finite", EVALUATED),
    _result("returns a NaN with a payload",
            "import numpy as np\ndef entrypoint():\n    return {'x': np.array([0x7ff8dead00000001], 'u8').view('f8')[0]}",
            "a metric must be finite", EVALUATED),
    _result("bends NumPy", "import numpy as np\nnp.sum = np.mean = np.asarray = np.isfinite = lambda *a, **k: 999.0\n" + _GOOD,
            "the validator has its own", EVALUATED, fitness=1.0),
    _result("bends json", "import json\njson.dumps = lambda *a, **k: '{\"fitness\": 999}'\n" + _GOOD, "not decodable", "bad_result", "crash", EVALUATED,
            fitness=1.0),
    _result("bends the encoder", "import sys\nfor m in list(sys.modules.values()):\n    if hasattr(m, 'encode_to_file'):\n        m.encode_to_file = lambda v, fd: None\n" + _GOOD,
            "there is no result", "bad_result"),
    _result("bends built-in functions", "import builtins\nbuiltins.float = builtins.len = builtins.isinstance = lambda *a: True\n" + _GOOD,
            "its own process only", EVALUATED, "crash", "bad_result", fitness=1.0),
    _result("plants a module for the validator to import", "for n in ('numpy', 'helper', 'math', 'validate'):\n    open(n + '.py', 'w').write('raise SystemExit')\n" + _GOOD,
            "the validator sees no scratch directory", EVALUATED, fitness=1.0),
)  # fmt: skip


_TIME = _chapter(
    "Time",
    Attack("Time", "stops the clock", "time is taken outside, by another clock",
           "import time\ntime.time = time.perf_counter = time.monotonic = lambda: 0.0\nimport time\nwhile True:\n    pass", ("timeout",)),
    Attack("Time", "sleeps and does not count it", "wall time is taken outside",
           "import time, ctypes\nctypes.CDLL(None).usleep(60_000_000)\n" + _GOOD, ("timeout",)),
    Attack("Time", "keeps a result for the next candidate in a file", "the scratch directory is emptied",
           "open('cache', 'w').write('x')\n" + _GOOD, (EVALUATED,), 0.0,
           "import os\ndef entrypoint():\n    return {'x': float(os.path.exists('cache') or os.path.exists('/tmp/cache'))}"),
    Attack("Time", "keeps a result for the next candidate in a module", "each is forked from the same warm process",
           "import json\njson.cache = 1\n" + _GOOD, (EVALUATED,), 0.0, "import json\ndef entrypoint():\n    return {'x': float(hasattr(json, 'cache'))}"),
    Attack("Time", "keeps a result for the next candidate in an attribute of its directory", "attributes are removed",
           "import os\ntry:\n    os.setxattr('.', 'user.cache', b'x')\nexcept OSError:\n    pass\n" + _GOOD, (EVALUATED,), 0.0,
           "import os\ndef entrypoint():\n    return {'x': float(len([n for n in os.listxattr('.') if 'user' in n]))}"),
    Attack("Time", "leaves a thread that works into the next candidate's time", "its process is killed",
           "import threading\nthreading.Thread(target=lambda: [None for _ in iter(int, 1)], daemon=True).start()\n" + _GOOD, (EVALUATED, "crash"), 1.0, _GOOD),
    Attack("Time", "foresees the random numbers by drawing them", "the state is the same in every candidate",
           "import random\nrandom.random()\n" + _GOOD, (EVALUATED,), 0.0,
           "import random\nfirst = random.random()\nrandom.seed(0)\ndef entrypoint():\n    return {'x': float(first != random.random())}"),
)  # fmt: skip


ATTACKS: tuple[Attack, ...] = (
    *_NETWORK, *_FILES, *_PROCESSES, *_KERNEL, *_RESOURCES, *_SEVERAL, *_RESULT, *_TIME,
)  # fmt: skip
"""Every attack, in the page's order; names are unique within a chapter."""
