"""Where the broker is, who we say that we are, and what the stream is to be like: declared here and nowhere else."""

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from events.errors import BusRefused
from events.masking import masked

__all__ = ["NatsSettings", "StreamSettings"]

STREAM = "GENESIS_EVENTS"


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """The stream, as far as somebody has a wish. None: the default when it is made, and as it is when it is there.

    Attributes:
        replicas: Servers of a cluster that keep each event; 1 when it is made.
        max_age_s: Older events are dropped from the stream; 0, for never, when it is made.
        max_bytes: The oldest events are dropped when it grows beyond; -1, for no limit, when it is made.
        duplicate_window_s: How long the broker knows an event's id again; 120 when it is made.
    """

    replicas: int | None = None
    max_age_s: float | None = None
    max_bytes: int | None = None
    duplicate_window_s: float | None = None


@dataclass(frozen=True, slots=True)
class NatsSettings:
    """How the broker is reached. Secrets are names of environment variables, or files; never values.

    Attributes:
        url: ``nats://HOST:PORT`` or ``tls://HOST:PORT``, without user or password; several are divided by commas.
        credentials: A credentials file (JWT and seed), as ``nsc`` makes them.
        nkey: A file with an NKEY seed.
        token_env: The environment variable with a token.
        user: A user's name; ``password_env`` goes with it.
        password_env: The environment variable with the password.
        tls_ca: A file with the authorities that sign the server's certificate; empty: the system's.
        tls_cert: A file with our own certificate, where the server asks for one; ``tls_key`` goes with it.
        tls_key: The file with its key.
        stream: What the stream is to be like.
    """

    url: str
    credentials: str = ""
    nkey: str = ""
    token_env: str = ""
    user: str = ""
    password_env: str = ""
    tls_ca: str = ""
    tls_cert: str = ""
    tls_key: str = ""
    stream: StreamSettings = field(default_factory=StreamSettings)

    @property
    def servers(self) -> list[str]:
        """Each server's address."""
        return [each.strip() for each in self.url.split(",") if each.strip()]

    @property
    def shown(self) -> str:
        """The addresses as they may be shown to people."""
        return ", ".join(map(masked, self.servers))

    def secret(self, variable: str, key: str, environment: Mapping[str, str] = os.environ) -> str:
        """The secret that an environment variable holds.

        Args:
            variable: Its name, which is not shown: it may be a secret that somebody put in the wrong place.
            key: The setting that names it.
            environment: Where to look.

        Raises:
            BusRefused: It is not set.
        """
        value = environment.get(variable, "").strip()
        if not value:
            raise BusRefused(f"the environment variable that nats.{key} names is not set: set it, or name another")
        return value

    def file(self, path: str, what: str) -> Path:
        """A file that is named here.

        Raises:
            BusRefused: It is not there, or cannot be read.
        """
        found = Path(path).expanduser()
        if not os.access(found, os.R_OK) or not found.is_file():
            raise BusRefused(f"{what} {found} is not there or cannot be read: give the path of the right file")
        return found

    def tls(self) -> ssl.SSLContext | None:
        """What TLS needs, None where nothing speaks of it: nats-py then uses the system's where the server asks.

        Raises:
            BusRefused: A file is not there, or holds something else.
        """
        if not (self.tls_ca or self.tls_cert or any(each.startswith("tls://") for each in self.servers)):
            return None
        try:
            context = ssl.create_default_context(
                cafile=str(self.file(self.tls_ca, "the file of authorities")) if self.tls_ca else None
            )
            if self.tls_cert:
                context.load_cert_chain(
                    self.file(self.tls_cert, "the certificate"), self.file(self.tls_key, "the certificate's key")
                )
        except ssl.SSLError as error:
            files = ", ".join(filter(None, (self.tls_ca, self.tls_cert, self.tls_key)))
            raise BusRefused(f"{files}: no PEM, or a key that does not fit its certificate ({error.reason})") from None
        return context
