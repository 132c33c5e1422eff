"""Every way to say who we are, against real servers that ask; and what is said when it is wrong."""

import asyncio
import socket
import tempfile
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from events.bus.broker import Broker, find_server
from events.bus.nats import NatsBus
from events.bus.port import Message
from events.bus.settings import NatsSettings, StreamSettings
from events.errors import BusError, BusRefused, BusUnavailable, LogLocked, StreamMismatch
from tests.bus.keys import certificates, operator_mode, pair, tls
from tests.ports import reserved_port

SECRET = "s3cr3t-5f0c2a"


async def _use(settings: NatsSettings) -> None:
    """Publishes, and reads back by a consumer and a replay."""
    bus = NatsBus(settings)
    async with await bus.publisher("r") as publisher:
        await publisher.send(Message("r", 1, "run.started", b"a line"))
        await publisher.settle()
    assert [each.line async for each in bus.replay(run_id="r")] == [b"a line"]
    consumer = await bus.consumer("c", unacknowledged=5)
    assert len(await consumer.fetch(5, wait_s=60)) == 1
    await consumer.aclose()


def served(directory: Path, extra: str, use: Callable[[str], NatsSettings]) -> None:
    async def go() -> None:
        async with Broker(Path(tempfile.mkdtemp(dir=directory)), extra=extra) as broker:
            await _use(use(broker.url))

    asyncio.run(go())


def refused(directory: Path, extra: str, use: Callable[[str], NatsSettings]) -> str:
    """The message when it does not work; no secret is in it."""
    with pytest.raises(BusError) as caught:
        served(directory, extra, use)
    assert isinstance(caught.value, BusRefused | StreamMismatch), repr(caught.value)
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    extra = f'authorization {{ timeout: 60, token: "{SECRET}" }}'
    monkeypatch.setenv("TOKEN", SECRET)
    served(tmp_path, extra, lambda url: NatsSettings(url, token_env="TOKEN"))
    monkeypatch.setenv("TOKEN", SECRET + "x")
    message = refused(tmp_path, extra, lambda url: NatsSettings(url, token_env="TOKEN"))
    assert "refuses the token in the environment variable TOKEN" in message
    assert "refuses us without credentials" in refused(tmp_path, extra, NatsSettings)
    assert "that nats.token_env names is not set" in refused(
        tmp_path, extra, lambda url: NatsSettings(url, token_env=SECRET)
    )


def test_user_and_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    extra = f'authorization {{ timeout: 60, user: "ada", password: "{SECRET}" }}'
    monkeypatch.setenv("PASSWORD", SECRET)
    served(tmp_path, extra, lambda url: NatsSettings(url, user="ada", password_env="PASSWORD"))
    message = refused(tmp_path, extra, lambda url: NatsSettings(url, user="bob", password_env="PASSWORD"))
    assert "refuses user bob with the password in PASSWORD" in message


def test_nkey(tmp_path: Path) -> None:
    user, seed = pair("user")
    extra = f"authorization {{ timeout: 60, users: [ {{ nkey: {user.public_key.decode()} }} ] }}"
    (tmp_path / "user.nk").write_bytes(seed)
    served(tmp_path, extra, lambda url: NatsSettings(url, nkey=str(tmp_path / "user.nk")))
    _, other = pair("user")
    (tmp_path / "other.nk").write_bytes(other)
    message = refused(tmp_path, extra, lambda url: NatsSettings(url, nkey=str(tmp_path / "other.nk")))
    assert f"refuses the NKEY in {tmp_path / 'other.nk'}" in message
    assert other.decode() not in message
    (tmp_path / "broken.nk").write_text(SECRET)
    message = refused(tmp_path, extra, lambda url: NatsSettings(url, nkey=str(tmp_path / "broken.nk")))
    assert "cannot be used" in message
    message = refused(tmp_path, extra, lambda url: NatsSettings(url, nkey=str(tmp_path / "none.nk")))
    assert "none.nk is not there" in message


def test_credentials_file(tmp_path: Path) -> None:
    extra, credentials = operator_mode(tmp_path)
    served(tmp_path, extra, lambda url: NatsSettings(url, credentials=str(credentials)))
    (tmp_path / "other").mkdir()
    _, foreign = operator_mode(tmp_path / "other")
    message = refused(tmp_path, extra, lambda url: NatsSettings(url, credentials=str(foreign)))
    assert f"refuses the credentials file {foreign}" in message
    (tmp_path / "broken.creds").write_text(SECRET)
    message = refused(tmp_path, extra, lambda url: NatsSettings(url, credentials=str(tmp_path / "broken.creds")))
    assert "broken.creds cannot be used" in message


def test_tls(tmp_path: Path) -> None:
    ours, foreign = certificates(tmp_path, "ours"), certificates(tmp_path, "foreign")
    with_ca = {"tls_ca": str(ours / "ca.pem")}
    served(tmp_path, tls(ours), lambda url: NatsSettings(url, **with_ca))
    served(tmp_path, tls(ours), lambda url: NatsSettings(url.replace("nats:", "tls:"), **with_ca))
    assert "cannot be verified" in refused(tmp_path, tls(ours), NatsSettings)
    message = refused(tmp_path, tls(ours), lambda url: NatsSettings(url, tls_ca=str(foreign / "ca.pem")))
    assert "cannot be verified" in message
    assert "nats.tls_ca" in message
    message = refused(tmp_path, tls(ours), lambda url: NatsSettings(url, tls_ca=str(ours / "names")))
    assert "no PEM" in message
    assert "speaks no TLS" in refused(tmp_path, "", lambda url: NatsSettings(url.replace("nats:", "tls:"), **with_ca))


def test_tls_with_certificates_of_clients(tmp_path: Path) -> None:
    ours, foreign = certificates(tmp_path, "ours"), certificates(tmp_path, "foreign")

    def client(folder: Path) -> Callable[[str], NatsSettings]:
        certificate, key = str(folder / "client.pem"), str(folder / "client.key")
        return lambda url: NatsSettings(url, tls_ca=str(ours / "ca.pem"), tls_cert=certificate, tls_key=key)

    served(tmp_path, tls(ours, clients=True), client(ours))
    for use in (client(foreign), lambda url: NatsSettings(url, tls_ca=str(ours / "ca.pem"))):
        assert "nats.tls_cert" in refused(tmp_path, tls(ours, clients=True), use)


def test_a_user_without_the_rights_is_told_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rights = 'permissions: { publish: "nothing", subscribe: "_INBOX.>" }'
    extra = f'authorization {{ timeout: 60, users: [ {{ user: "ada", password: "{SECRET}", {rights} }} ] }}'
    monkeypatch.setenv("PASSWORD", SECRET)
    message = refused(tmp_path, extra, lambda url: NatsSettings(url, user="ada", password_env="PASSWORD"))
    assert "permissions violation" in message.lower()
    assert "$JS.API.>" in message


@contextmanager
def answering(first: bytes) -> Generator[str]:
    """A server that says one thing to whoever comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(first)
                    connection.settimeout(60)
                    try:
                        while data := connection.recv(4096):
                            if b"PING" in data:
                                connection.sendall(b"PONG\r\n")
                    except OSError:
                        pass

        threading.Thread(target=answer, daemon=True).start()
        yield f"nats://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


def test_an_old_server_is_told_from_a_new_one() -> None:
    hello = b'INFO {"version":"2.8.4","proto":1,"max_payload":1048576,"headers":true,"jetstream":true}\r\n'
    with answering(hello) as url, pytest.raises(BusRefused, match=r"nats-server 2\.8\.4, 2\.9 or later is needed"):
        asyncio.run(NatsBus(NatsSettings(url)).check())


def test_a_server_that_had_no_time_for_us_has_not_refused_us() -> None:
    hello = b'INFO {"version":"2.11.0","proto":1,"max_payload":1048576,"headers":true,"auth_required":true}\r\n'
    with (
        answering(hello + b"-ERR 'Authentication Timeout'\r\n") as url,
        pytest.raises(BusUnavailable, match="cannot be reached: authentication timeout"),
    ):
        asyncio.run(NatsBus(NatsSettings(url)).check())


def test_something_else_that_answers_is_no_broker() -> None:
    with (
        answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as url,
        pytest.raises(BusUnavailable, match="cannot be reached"),
    ):
        asyncio.run(NatsBus(NatsSettings(url)).check())


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BusUnavailable, match=r"nats://127\.0\.0\.1:1 cannot be reached: connection refused"):
        asyncio.run(NatsBus(NatsSettings("nats://127.0.0.1:1")).check())

    def unknown(*_: object, **__: object) -> None:
        """What a resolver says in the end; how soon is up to the network."""
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(BusUnavailable, match=r"nobody\.invalid:4222 cannot be reached: no machine"):
        asyncio.run(NatsBus(NatsSettings("nats://nobody.invalid:4222")).check())


def test_a_server_without_jetstream_is_told_of() -> None:
    async def go(port: int) -> None:
        server = await asyncio.create_subprocess_exec(
            find_server(), "-a", "127.0.0.1", "-p", str(port), stderr=asyncio.subprocess.DEVNULL
        )
        try:
            async with asyncio.timeout(60):
                while True:
                    try:
                        await NatsBus(NatsSettings(f"nats://127.0.0.1:{port}")).check()
                    except BusUnavailable:
                        await asyncio.sleep(0.05)
        finally:
            server.terminate()
            await server.wait()

    with (
        reserved_port() as port,
        pytest.raises(BusRefused, match="has no JetStream: start nats-server with --jetstream"),
    ):
        asyncio.run(go(port))


def test_a_stream_that_is_not_as_declared_is_told_of_with_the_remedy(tmp_path: Path) -> None:
    async def go() -> None:
        async with Broker(tmp_path / "nats") as broker:
            await NatsBus(NatsSettings(broker.url, stream=StreamSettings(max_age_s=3600))).check()
            await NatsBus(NatsSettings(broker.url)).check()
            with pytest.raises(StreamMismatch) as caught:
                wish = StreamSettings(max_age_s=60, max_bytes=10**9, duplicate_window_s=30)
                await NatsBus(NatsSettings(broker.url, stream=wish)).check()
            said = str(caught.value)
            assert "max_age_s is 3600.0, nats.stream.max_age_s says 60" in said
            assert "nats stream edit GENESIS_EVENTS --max-bytes 1000000000" in said
            assert "duplicate_window_s is 120.0" in said

    asyncio.run(go())


def test_a_foreign_stream_of_the_name_is_told_of(tmp_path: Path) -> None:
    async def go() -> None:
        async with Broker(tmp_path / "nats") as broker:
            bus = NatsBus(NatsSettings(broker.url))
            async with await bus.publisher("r") as publisher:
                jetstream = publisher._connection.jetstream
                await jetstream.delete_stream("GENESIS_EVENTS")
                await jetstream.add_stream(name="GENESIS_EVENTS", subjects=["other.>"], retention="workqueue")
            with pytest.raises(StreamMismatch, match=r"subjects is \['other.>'\].*retention is workqueue"):
                await bus.check()

    asyncio.run(go())


def test_an_event_larger_than_the_server_takes_is_told_of(tmp_path: Path) -> None:
    async def go() -> None:
        async with (
            Broker(tmp_path / "nats") as broker,
            await NatsBus(NatsSettings(broker.url)).publisher("r") as publisher,
        ):
            with pytest.raises(
                BusRefused, match=r"event r:1 has 9,437,184 bytes, .* takes 8,388,608: raise max_payload"
            ):
                await publisher.send(Message("r", 1, "run.started", bytes(9 << 20)))

    asyncio.run(go())


def test_two_brokers_never_share_a_directory(tmp_path: Path) -> None:
    async def go(port: int) -> None:
        async with Broker(tmp_path / "nats", port=port):
            with pytest.raises(LogLocked, match="works in"):
                await Broker(tmp_path / "nats").start()
        async with Broker(tmp_path / "nats") as broker:
            assert broker.port == port

    with reserved_port() as port:
        asyncio.run(go(port))


def test_a_broker_that_will_not_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(BusRefused, match="unknown field"):
        asyncio.run(Broker(tmp_path / "nats", extra="nonsense: 1\n").start())
