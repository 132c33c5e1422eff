"""One connection to a NATS server, which lives until it breaks and is never taken up again.

nats-py would reconnect by itself, but it never resolves what was in flight when the server died and buffers in silence
what is published meanwhile. So a broken connection stays broken here: whoever waits for it is told at once, and opens a
new one, with nothing left over from the old one.
"""

import asyncio
import logging
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import nkeys  # pyright: ignore[reportMissingTypeStubs]  it has no types
from nats import errors as nats_errors
from nats.aio.client import Client
from nats.js.client import JetStreamContext

from events.bus.settings import NatsSettings
from events.bus.translation import translate
from events.errors import BusError, BusRefused

__all__ = ["OLDEST", "Connection"]

OLDEST = (2, 9)
"""The oldest server that has all that is used here: named consumers, and stream information by subject."""

CONNECT_S = 5.0
ANSWER_S = 5.0
_PING_S = 5  # so that a server that hangs is noticed after ten seconds

_Result = TypeVar("_Result")


class _Client(Client):
    """nats-py's client, which would send everything in clear, secrets too, where a server does not speak of TLS.

    It has no option against that, so what the server says of itself is looked at before anything is sent.
    """

    def __init__(self, *, only_tls: bool) -> None:
        super().__init__()
        self.only_tls = only_tls
        self.told: dict[str, Any] = {}  # Any: JSON

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        self.told = info
        if self.only_tls and not info.get("tls_required"):
            raise nats_errors.SecureConnWantedError
        await super()._process_info(info, initial_connection)


class Connection:
    """A connection. Made by `open`.

    Attributes:
        client: nats-py's client.
        jetstream: Its JetStream context.
        where: The addresses, as they may be shown.
    """

    def __init__(self, settings: NatsSettings, *, only_tls: bool) -> None:
        self.client = _Client(only_tls=only_tls)
        self.jetstream = JetStreamContext(self.client, timeout=ANSWER_S)
        self.where = settings.shown
        self.broken = asyncio.Event()
        self._settings = settings
        self._complaint: Exception | None = None
        self._forbidden: Exception | None = None

    @classmethod
    async def open(cls, settings: NatsSettings, *, name: str) -> "Connection":
        """A connection to a server that has JetStream.

        Args:
            settings: Where it is, and who we say that we are.
            name: What the server's lists of connections show.

        Raises:
            BusUnavailable: Nobody answers.
            BusRefused: The server will not have us, is too old, or has no JetStream; or the settings cannot be used.
        """
        options = _options(settings)
        connection = cls(settings, only_tls="tls" in options)
        logging.getLogger("asyncio").addFilter(_without_noise)
        try:
            with connection.translating(), connection._explaining_certificates():
                async with asyncio.timeout(CONNECT_S):
                    await connection.client.connect(
                        settings.servers,
                        name=name,
                        error_cb=connection._complain,
                        closed_cb=connection._close,
                        disconnected_cb=connection._close,
                        allow_reconnect=False,
                        max_reconnect_attempts=1,
                        reconnect_time_wait=0,
                        connect_timeout=max(2, int(CONNECT_S / (len(settings.servers) or 1))),
                        ping_interval=_PING_S,
                        max_outstanding_pings=2,
                        **options,
                    )
                connection._hold_against_oldest()
                await connection.jetstream.account_info()
        except BaseException:
            await connection.aclose()
            raise
        return connection

    @contextmanager
    def _explaining_certificates(self) -> Generator[None]:
        """A server that misses a good certificate of ours just hangs up; that it asks for one it said before."""
        try:
            yield
        except (nats_errors.Error, OSError):
            if self.client.told.get("tls_verify") and isinstance(self._complaint, OSError | nats_errors.UnexpectedEOF):
                raise BusRefused(
                    f"{self.where} asks for a certificate and hung up: name one that it trusts with nats.tls_cert and "
                    f"nats.tls_key"
                ) from None
            raise

    @contextmanager
    def translating(self) -> Generator[None]:
        """Turns nats-py's errors into ours."""
        try:
            yield
        except (nats_errors.Error, OSError, TimeoutError, ValueError) as error:
            raise self.translated(error) from None

    def translated(self, error: Exception) -> BusError:
        """What an error of nats-py means, with what was heard before it."""
        return translate(self._reason(error), self._settings)

    async def unless_broken(self, work: Coroutine[Any, Any, _Result]) -> _Result:  # Any: what a coroutine may be sent
        """What ``work`` gives, or an error as soon as the connection breaks.

        Raises:
            BusError: As translated.
        """
        doing, breaking = asyncio.ensure_future(work), asyncio.ensure_future(self.broken.wait())
        try:
            await asyncio.wait((doing, breaking), return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise self.failure()
            with self.translating():
                return doing.result()
        finally:
            doing.cancel()
            breaking.cancel()

    def failure(self) -> BusError:
        """Why the connection is broken."""
        return self.translated(nats_errors.ConnectionClosedError())

    async def aclose(self) -> None:
        """Lets go. Idempotent."""
        try:
            async with asyncio.timeout(1.0):
                await self.client.close()
        except (nats_errors.Error, OSError, TimeoutError, AssertionError):
            pass  # it was broken, or never asked to connect: there is nothing to let go of

    async def _complain(self, error: Exception) -> None:
        if "permissions violation" in str(error).lower():
            self._forbidden = error
        else:
            self._complaint = error

    async def _close(self) -> None:
        self.broken.set()

    def _reason(self, error: Exception) -> Exception:
        """What nats-py heard before it gave up says more than that it gave up."""
        told_little = (nats_errors.NoServersError, nats_errors.ConnectionClosedError, TimeoutError)
        if isinstance(error, told_little):
            return self._forbidden or self._complaint or error
        return error

    def _hold_against_oldest(self) -> None:
        version = self.client.connected_server_version
        if (version.major, version.minor) < OLDEST:
            needed = ".".join(map(str, OLDEST))
            raise BusRefused(
                f"{self.where} is nats-server {version.major}.{version.minor}.{version.patch}, {needed} or later is "
                f"needed: upgrade it"
            )


def _without_noise(record: logging.LogRecord) -> bool:
    """Keeps from people what asyncio says each time that nats-py closes a TLS connection, and that means nothing."""
    return not str(record.msg).startswith("returning true from eof_received()")


def _options(settings: NatsSettings) -> dict[str, Any]:  # Any: keyword arguments of nats-py
    options: dict[str, Any] = {}  # Any: as above
    if settings.credentials:
        options["user_credentials"] = str(_checked_credentials(settings))
    if settings.nkey:
        options["nkeys_seed"] = str(_checked_nkey(settings))
    if settings.token_env:
        options["token"] = settings.secret(settings.token_env, "token_env")
    if settings.user:
        options["user"] = settings.user
        options["password"] = settings.secret(settings.password_env, "password_env")
    if (tls := settings.tls()) is not None:
        options["tls"] = tls
    return options


def _checked_credentials(settings: NatsSettings) -> Path:
    path = settings.file(settings.credentials, "the credentials file")
    text = path.read_bytes()
    if not all(part in text for part in (b"BEGIN NATS USER JWT", b"BEGIN USER NKEY SEED")):
        raise BusRefused(f"the credentials file {path} cannot be used: it holds no user's JWT and NKEY seed")
    return path


def _checked_nkey(settings: NatsSettings) -> Path:
    path = settings.file(settings.nkey, "the file with the NKEY seed")
    try:
        nkeys.from_seed(bytearray(path.read_bytes().strip())).wipe()  # pyright: ignore[reportUnknownMemberType]  as above
    except (nkeys.NkeysError, ValueError):
        raise BusRefused(f"the NKEY in {path} cannot be used: the file is to hold a user's seed, SU…, alone") from None
    return path
