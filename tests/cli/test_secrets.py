"""No command says a secret that somebody put into an address, whatever becomes of the connection."""

import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.cli.command import environment, genesis
from tests.sidecar.logs import Writer
from tests.sidecar.servers import ClickHouseServer

SECRET = "s3cr3tZq9"
IN_ADDRESSES = (
    "{scheme}://ada:{secret}@127.0.0.1:{port}",
    "{scheme}://127.0.0.1:{port}/?password={secret}",
    "{scheme}:/ada:{secret}@127.0.0.1:{port}",
    "{scheme}://ada:{secret}@127.0.0.1:nonsense",
)


@pytest.fixture(scope="module")
def dropping() -> Generator[int]:
    """The port of a server that hangs up on everybody who has said something."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with closing(connection), suppress(OSError):
                connection.settimeout(0.3)
                connection.recv(65536)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield int(listener.getsockname()[1])
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def silent_about_it(folder: Path, *outputs: str) -> None:
    for output in outputs:
        assert SECRET not in output
        assert "Traceback" not in output
    for path in folder.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("address", IN_ADDRESSES)
def test_commands_say_nothing_of_a_secret_in_an_address(address: str, home: Path, dropping: int) -> None:
    nats = address.format(scheme="nats", secret=SECRET, port=dropping)
    http = address.format(scheme="http", secret=SECRET, port=dropping)
    key = {"COMPATIBLE_BASE_URL": http, "COMPATIBLE_API_KEY": "sk-of-nobody"}
    once, short = ("--once", "--wait", "0"), ("toy", "stop.evaluations=3", "nats.drain_s=0")
    commands: list[tuple[tuple[str, ...], dict[str, str]]] = [
        (("query", "SELECT 1", "--clickhouse", http), {}),
        (("query", "SELECT 1", "--engine", "clickhouse"), {"CLICKHOUSE_URL": http}),
        (("query", "best_so_far", http), {}),
        (("sidecar", *once, "golden", f"clickhouse.url={http}"), {}),
        (("sidecar", *once, http), {}),
        (("relay", *once, "golden", "--nats", nats), {}),
        (("relay", *once, "golden"), {"NATS_URL": nats}),
        (("relay", *once, nats), {}),
        (("tail", "golden", "--no-follow", "--nats", nats), {}),
        (("run", *short, f"nats.url={nats}"), {}),
        (("run", *short, f"nats.url={nats}${{HOME}}"), {}),
        (("run", *short, f"clickhouse.url={http}"), {}),
        (("run", *short, f"llm.providers={{own: {{base_url: '{http}'}}}}"), {}),
        (("run", *short, "llm=compatible", "budget.usd=null"), key),
        (("doctor",), {"CLICKHOUSE_URL": http, "NATS_URL": nats}),
    ]
    for arguments, more in commands:
        done = genesis(*arguments, cwd=home, env=more)
        silent_about_it(home, done.stdout, done.stderr)


def test_the_sidecar_alone_says_nothing_of_it(tmp_path: Path, dropping: int) -> None:
    Writer(tmp_path / "runs" / "r", "r").append(3)
    for address in IN_ADDRESSES:
        nats = address.format(scheme="nats", secret=SECRET, port=dropping)
        http = address.format(scheme="http", secret=SECRET, port=dropping)
        for options in (("--clickhouse", http), ("--nats", nats), ("--clickhouse", http, "--check")):
            done = subprocess.run(
                [sys.executable, "-m", "sidecar", "--once", "--wait-s", "0", *options],
                cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode in {2, 3}
            silent_about_it(tmp_path, done.stdout, done.stderr)


class Cutting:
    """Passes bytes on to a server, and hangs up on whoever says a word."""

    def __init__(self, port: int, word: bytes) -> None:
        self._to, self._word = port, word
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets = [self._listener]
        self._threads: list[threading.Thread] = []
        self.port = int(self._listener.getsockname()[1])
        self.cut = threading.Event()
        self._start(self._serve)

    def __enter__(self) -> "Cutting":
        return self

    def __exit__(self, *error: object) -> None:
        for each in self._sockets:
            _hang_up(each)
        for thread in self._threads:
            thread.join()
        for each in self._sockets:
            each.close()

    def _start(self, work: Callable[..., None], *arguments: socket.socket) -> None:
        self._threads.append(threading.Thread(target=work, args=arguments))
        self._threads[-1].start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._to))
                self._sockets += (client, server)
                self._start(self._pass, client, server)
                self._start(self._pass, server, client)

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                if self._word in data:
                    self.cut.set()
                    break
                other.sendall(data)
        _hang_up(one)
        _hang_up(other)


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def test_a_connection_that_drops_in_mid_query_does_not_show_the_request(tmp_path: Path) -> None:
    """The client's own words have the whole request in them, and so the parameters of the question."""
    server = ClickHouseServer(tmp_path / "clickhouse")
    try:
        Writer(tmp_path / "runs" / "r", "r").append(3)
        assert genesis("sidecar", "--once", f"clickhouse.url={server.url}", cwd=tmp_path).returncode == 0
        with Cutting(server.port, SECRET.encode()) as between:
            url = f"http://127.0.0.1:{between.port}"
            asked = ("query", "SELECT $said AS said", f"said={SECRET}", "--clickhouse", url)
            done = genesis(*asked, cwd=tmp_path)
            assert between.cut.is_set()
            assert done.returncode == 3, done.stderr
            assert done.stderr.startswith(f"error: ClickHouse at {url} cannot be reached: ")
            assert re.search(r"cannot be reached: it hung up[a-z ]*\n$", done.stderr), done.stderr
            silent_about_it(tmp_path / "runs", done.stdout, done.stderr)
    finally:
        server.kill()
