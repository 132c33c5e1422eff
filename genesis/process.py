"""A warm child process, from the engine's side.

Theory of operation. ``ChildProcess.start`` starts a Python process of our own in a session of its own, with an
environment of six fixed variables and one inherited socket. Calls are packets (:mod:`genesis.channel`) with an ``id``;
any number may be in flight, and replies are matched by that id in any order. The event loop reads the socket when it
is readable; a full socket queues packets until it is writable. End of file fails every call in flight with
``ChildDied``, and the process is killed and reaped then, so a dead child is never a zombie and never answers late.
"""

import asyncio
import math
import os
import select
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from genesis.channel import ChannelError, Header, Message, pack, receive, send
from genesis.errors import EnvironmentFault

__all__ = ["ChildDied", "ChildProcess"]

# Hash order and BLAS threads change results; everything else in the engine's environment is a secret until proven not.
# PYTHON* variables are honoured (no -I, no -E) only because these are the only ones that a child has.
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
_ROOT = str(Path(__file__).resolve().parent.parent)
_BOOT = """
import sys
root, module, descriptor = sys.argv[1:]
if root not in sys.path:
    sys.path.append(root)
import importlib
importlib.import_module(module).main(int(descriptor))
"""
_STDERR_TAIL_BYTES = 4000
# The socket closes microseconds before the exit status is there; a process that ended by itself keeps its own.
_LAST_BREATH_S = 0.5
_TIDY_S = 2.0


class ChildDied(EnvironmentFault):
    """A warm process ended, or was ended, while it was needed."""


class ChildProcess:
    """A running child; every public method belongs to the event loop that started it."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], connection: socket.socket, stderr: int) -> None:
        self.name = name
        self._process = process
        self._socket = connection
        self._stderr = stderr
        self._loop = asyncio.get_running_loop()
        self._pending: dict[int, asyncio.Future[Message]] = {}
        self._outbox: deque[tuple[bytes, list[int]]] = deque()
        self._next_id = 0
        self._death: ChildDied | None = None
        self._loop.add_reader(connection, self._read)

    @classmethod
    async def start(cls, module: str, *, name: str) -> "ChildProcess":
        """Start ``module.main(descriptor)`` in a fresh interpreter and return at once, before it is ready."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        stderr = os.memfd_create("stderr", os.MFD_CLOEXEC)
        ours.setblocking(False)
        with theirs:
            process = subprocess.Popen(  # noqa: ASYNC220  vfork and exec: under a millisecond, and no thread
                [sys.executable, "-s", "-P", "-c", _BOOT, _ROOT, module, str(theirs.fileno())],
                env=_ENVIRONMENT,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        return cls(name, process, ours, stderr)

    @property
    def pid(self) -> int:
        """The operating system's number of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether calls can still be made."""
        return self._death is None

    async def call(
        self, header: Header, payload: bytes = b"", descriptors: Sequence[int] = (), *, deadline_s: float = math.inf
    ) -> Message:
        """The child's reply to one request.

        Descriptors stay the caller's; they are duplicated before this coroutine first waits. Cancelling drops the
        reply, not the work: kill a child that hangs with ``aclose``.

        Raises:
            ChildDied: The child ended before it answered.
            TimeoutError: It has not answered within ``deadline_s``.
        """
        if self._death is not None:
            raise self._death
        self._next_id += 1
        number = self._next_id
        packet, extra = pack({**header, "id": number}, payload)
        self._send(packet, [*descriptors] if extra is None else [*descriptors, extra])
        if extra is not None:
            os.close(extra)
        future: asyncio.Future[Message] = self._loop.create_future()
        self._pending[number] = future
        # A timer of our own: what asyncio.timeout does besides costs as much as all the rest of a call.
        timer = None if deadline_s == math.inf else self._loop.call_later(deadline_s, _give_up, future)
        try:
            return await future
        finally:
            self._pending.pop(number, None)
            if timer is not None:
                timer.cancel()

    def kill(self) -> None:
        """End a child that hangs, now; its calls in flight fail, and what it was writing is left as it is."""
        self._bury("was killed", grace_s=0.0)

    async def aclose(self) -> None:
        """Let the child tidy up and end, kill it after two seconds, and reap it; safe to call twice."""
        if self._death is not None:
            return
        self._loop.remove_reader(self._socket)
        self._socket.shutdown(socket.SHUT_RDWR)
        pidfd = os.pidfd_open(self._process.pid)
        ended = asyncio.Event()
        self._loop.add_reader(pidfd, ended.set)
        try:
            async with asyncio.timeout(_TIDY_S):
                await ended.wait()
        except TimeoutError:
            pass
        finally:
            self._loop.remove_reader(pidfd)
            os.close(pidfd)
            self._bury("was closed", grace_s=0.0)

    def _send(self, packet: bytes, descriptors: list[int]) -> None:
        if not self._outbox:
            try:
                send(self._socket, packet, descriptors)
                return
            except BlockingIOError:
                self._loop.add_writer(self._socket, self._flush)
            except (BrokenPipeError, ConnectionError):
                return  # the reader sees the end of file and fails the call
        self._outbox.append((packet, [os.dup(descriptor) for descriptor in descriptors]))

    def _flush(self) -> None:
        while self._outbox:
            packet, descriptors = self._outbox[0]
            try:
                send(self._socket, packet, descriptors)
            except BlockingIOError:
                return
            except (BrokenPipeError, ConnectionError):
                break
            self._drop(self._outbox.popleft())
        self._loop.remove_writer(self._socket)

    @staticmethod
    def _drop(queued: tuple[bytes, list[int]]) -> None:
        for descriptor in queued[1]:
            os.close(descriptor)

    def _read(self) -> None:
        # One message: the loop calls again while there are more, and to find none costs as much as to read one.
        try:
            message = receive(self._socket)
        except BlockingIOError:
            return
        except ConnectionError:
            message = None
        except ChannelError as error:
            self._bury(f"broke the protocol: {error}", grace_s=0.0)
            return
        if message is None:
            self._bury("ended", grace_s=_LAST_BREATH_S)
        else:
            self._deliver(message)

    def _deliver(self, message: Message) -> None:
        future = self._pending.get(message.header.get("id", 0))
        if future is None or future.done():
            message.close()
        else:
            future.set_result(message)

    def _bury(self, how: str, *, grace_s: float) -> None:
        if self._death is not None:
            return
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()
        code = self._reap(grace_s)
        tail = os.pread(self._stderr, _STDERR_TAIL_BYTES, max(0, os.fstat(self._stderr).st_size - _STDERR_TAIL_BYTES))
        os.close(self._stderr)
        self._death = ChildDied(f"{self.name} {how} ({_describe(code)}){_tail(tail)}")
        while self._outbox:
            self._drop(self._outbox.popleft())
        for future in self._pending.values():
            if not future.done():
                future.set_exception(self._death)

    def _reap(self, grace_s: float) -> int:
        pidfd = os.pidfd_open(self._process.pid)
        try:
            ended = select.poll()
            ended.register(pidfd, select.POLLIN)
            ended.poll(grace_s * 1000)
        finally:
            os.close(pidfd)
        self._process.kill()
        return self._process.wait()


def _give_up(future: "asyncio.Future[Message]") -> None:
    if not future.done():
        future.set_exception(TimeoutError())


def _describe(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    return f"killed by {signal.Signals(-code).name}"


def _tail(text: bytes) -> str:
    return f": {text.decode(errors='replace').strip()}" if text.strip() else ""
