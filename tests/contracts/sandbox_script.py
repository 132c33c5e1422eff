"""A warm process that uses one sandbox as the zygote does, and says on stdout, as JSON, what it found.

``sandbox_script.py ROOT KIND PROCESSES``. It is run by other users and other Pythons than the tests: standard library
only, and what of Genesis a warm process imports.
"""

import json
import os
import sys
import time

sys.path.append(sys.argv[1])

from genesis.evaluation.job import Limits
from genesis.evaluation.sandbox.port import Sandbox
from genesis.evaluation.sandbox.table import KINDS
from genesis.evaluation.sandbox.view import python_view

MIB = 1 << 20
LIMITS = Limits(
    memory_bytes=160 * MIB, output_bytes=4 * MIB, disk_bytes=8 * MIB, open_files=512, processes=int(sys.argv[3])
)


def refused(action) -> str:
    try:
        action()
    except OSError as error:
        return type(error).__name__
    return ""


def candidate(sandbox: Sandbox, work) -> int:
    """A child that says as JSON what ``work`` gives, in the file that is read by :func:`said`."""
    reader, writer = os.pipe()
    pid = sandbox.fork(LIMITS)
    if pid == 0:
        try:
            scratch = sandbox.confine(LIMITS)
            os.write(writer, json.dumps(work(scratch)).encode())
        except BaseException as error:
            os.write(writer, json.dumps(f"{type(error).__name__}: {error}").encode())
        os._exit(7)
    os.close(writer)
    readers[pid] = reader
    return pid


readers: dict[int, int] = {}


def said(sandbox: Sandbox, pid: int):
    with os.fdopen(readers.pop(pid)) as file:
        text = file.read()
    status = os.waitpid(pid, 0)[1]
    return {"says": json.loads(text), "code": os.waitstatus_to_exitcode(status), "met": sandbox.release(pid)}


def look(scratch: str) -> dict:
    found = sorted(os.listdir("."))
    os.mkdir("inner")
    with open("inner/file", "w") as file:
        file.write("x")
    return {
        "scratch": scratch,
        "is_here": os.path.realpath(".") == os.path.realpath(scratch),
        "found": found,
        "password": refused(lambda: open("/etc/passwd")),
        "python": refused(lambda: open(os.__file__)),
        "write": refused(lambda: open(os.path.dirname(os.__file__) + "/x", "w")),
        "fork": refused(lambda: os.fork() or os._exit(0)) if LIMITS.processes == 1 else "",
        "signal": refused(lambda: os.kill(engine, 0)),
        "user": os.getuid(),
    }


def sleep(scratch: str) -> None:
    time.sleep(60)


def spread(scratch: str) -> None:
    for _ in range(4):
        if os.fork() == 0:
            memory = bytearray(b"x" * (60 * MIB))
            time.sleep(60)
            os._exit(len(memory) & 1)
    time.sleep(60)


def fill(scratch: str) -> str:
    kept = []
    for number in range(40):
        file = open(f"f{number}", "wb")  # noqa: SIM115  it stays open
        try:
            file.write(bytes(MIB))
            file.flush()
        except OSError as error:
            return os.strerror(error.errno)
        os.remove(f"f{number}")
        kept.append(file)
    time.sleep(60)
    return "filled"


def ended(sandbox: Sandbox, pid: int) -> dict:
    """How a candidate ends that is looked at until it has too much of something."""
    until_s = time.monotonic() + 50  # it sleeps for longer
    excess = ""
    while (
        not excess
        and time.monotonic() < until_s
        and os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    ):
        excess = sandbox.excess(pid)
        time.sleep(0.02)
    sandbox.kill(pid)
    with os.fdopen(readers.pop(pid)) as file:
        text = file.read()
    os.waitpid(pid, 0)
    met = sandbox.release(pid)
    return {"excess": excess or met, "says": json.loads(text) if text else ""}


def work(sandbox: Sandbox) -> dict:
    first = said(sandbox, candidate(sandbox, look))
    second = said(sandbox, candidate(sandbox, look))
    pid = candidate(sandbox, sleep)
    time.sleep(0.2)
    idle = sandbox.excess(pid)
    sandbox.kill(pid)
    killed = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    sandbox.release(pid)
    found = {"first": first, "second": second, "idle": idle, "killed": killed}
    if sys.argv[2] != "plain":  # which limits neither: it would be waited for in vain
        found["disk"] = ended(sandbox, candidate(sandbox, fill))
        if LIMITS.processes > 1:
            found["memory"] = ended(sandbox, candidate(sandbox, spread))
    found["third"] = said(sandbox, candidate(sandbox, look))
    return found


engine = os.getpid()
reader, writer = os.pipe()
if os.fork() == 0:
    sandbox = KINDS[sys.argv[2]]()
    try:
        sandbox.enter(python_view(trees=LIMITS.processes > 1))
        os.write(writer, json.dumps(work(sandbox)).encode())
    finally:
        sandbox.close()
    os._exit(0)
os.close(writer)
with os.fdopen(reader) as file:
    print(file.read())
os.wait()
