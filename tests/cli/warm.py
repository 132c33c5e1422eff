"""Makes a process for each call of the command, as a fork of one that has imported everything that a command may need.

Imports are most of what a short command costs, and tests call it hundreds of times. What is called is the command all
the same, in a process with the streams, the directory and the environment of the caller, which is over when it ends.
How the command starts from nothing is tested where tests start processes themselves, and by every page of ``docs/``.

Theory of operation: whoever calls sends one message with four descriptors, of standard input, output and error and of a
socket. A fork takes the first three over and becomes the command; the socket is told its exit code when it has ended.
A caller that closes its socket before that wants the command killed. When nobody can call any more, this process ends.
"""

import atexit
import gc
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

__all__ = ["WarmCommand"]

ROOT = Path(__file__).parents[2]
PACKAGES = ("events", "projections", "sql", "sidecar", "genesis")
ELSEWHERE = ("anthropic", "duckdb", "openai")  # what takes long, and is imported when it is needed
CALL_BYTES = 1 << 17


class WarmCommand:
    """The end of those who call."""

    def __init__(self) -> None:
        self._calls, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        single = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # a fork has one thread
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno())],
                cwd=ROOT,
                env=single,
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
            )
        atexit.register(self._close)

    def _close(self) -> None:
        self._calls.close()
        self._process.wait()

    def run(
        self, arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout_s: float
    ) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of a call.

        Raises:
            TimeoutError: It took too long, and was killed.
        """
        told, theirs = socket.socketpair()
        told.settimeout(timeout_s)
        call = json.dumps([arguments, str(cwd), dict(env)]).encode()
        with told, theirs, open(os.devnull) as nothing, _file() as out, _file() as err:
            streams = [each.fileno() for each in (nothing, out, err, theirs)]
            socket.send_fds(self._calls, [call], streams)
            theirs.close()
            code = told.recv(16)
            assert code, "the process that makes commands is gone"
            return int(code), _text(out), _text(err)


def _file() -> "tempfile._TemporaryFileWrapper[str]":
    return tempfile.TemporaryFile("w+", encoding="utf-8")


def _text(file: "tempfile._TemporaryFileWrapper[str]") -> str:
    file.seek(0)
    return file.read()


def _import_everything() -> None:
    for package in map(import_module, PACKAGES):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                import_module(found.name)
    for name in ELSEWHERE:
        import_module(name)


def _serve(calls: socket.socket) -> None:
    """Answers calls. Returns in each fork, ready to be the command; where calls come from, it never returns."""
    running = dict[int, tuple[int, socket.socket]]()
    while True:
        callers = {caller.fileno(): pid for pid, caller in running.values()}
        ready = set(select.select([calls.fileno(), *running, *callers], [], [])[0])
        for pid in (callers[each] for each in ready & set(callers)):
            os.kill(pid, signal.SIGKILL)
        for watch in ready & set(running):
            pid, caller = running.pop(watch)
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            os.close(watch)
            with caller, suppress(BrokenPipeError):
                caller.send(str(code).encode())
        if calls.fileno() in ready:
            text, streams, _, _ = socket.recv_fds(calls, CALL_BYTES, 4)
            if not text:
                sys.exit()
            if (pid := os.fork()) == 0:
                ours = [calls, *(caller for _, caller in running.values())]
                _become(json.loads(text), streams[:3], others=[*streams, *running, *(each.detach() for each in ours)])
                return
            running[os.pidfd_open(pid)] = pid, socket.socket(fileno=streams.pop())
            for each in streams:
                os.close(each)


def _become(call: tuple[list[str], str, dict[str, str]], streams: list[int], others: list[int]) -> None:
    arguments, directory, environment = call
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    for each in others:
        os.close(each)
    sys.stdin, sys.stdout = open(0), open(1, "w")  # noqa: SIM115  until the process ends
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace")  # noqa: SIM115
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv, sys.path[0] = ["", *arguments], directory


def _be_the_command() -> None:
    """Does what ``python -m genesis.cli`` does, but for clearing away what was imported, which takes long."""
    code = 1
    try:
        runpy.run_module("genesis.cli", run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
        assert isinstance(code, int), code
    except BaseException:
        traceback.print_exc()
    threading._shutdown()  # this and the next as multiprocessing does it in its forks
    atexit._run_exitfuncs()
    gc.collect()  # what complains when it is cleared away, complains
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    _import_everything()
    gc.freeze()
    _serve(socket.socket(fileno=int(sys.argv[1])))
    _be_the_command()
