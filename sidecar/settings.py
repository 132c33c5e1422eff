"""What the sidecar is told: where lines come from, where they go, and how much at once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from events.masking import masked
from sidecar.errors import SettingsInvalid

__all__ = ["ClickHouseSettings"]


@dataclass(frozen=True, slots=True)
class ClickHouseSettings:
    """How a ClickHouse is reached. The password is the name of an environment variable; never a value.

    Attributes:
        url: ``http://HOST:PORT`` or ``https://HOST:PORT``, without user or password; empty: no server.
        chdb: A directory for ClickHouse's engine in this process; empty: none.
        database: The database that holds the tables; made if it is not there.
        user: The user's name.
        password_env: The environment variable with the password; empty: no password.
        ca_cert: A file with the authorities that sign the server's certificate; empty: the system's.
        ttl_days: Days after which a run's rows are dropped, counted from its start; None: as it is on the server.
        timeout_s: How long one answer may take.
    """

    url: str = ""
    chdb: str = ""
    database: str = "genesis"
    user: str = "default"
    password_env: str = ""
    ca_cert: str = ""
    ttl_days: int | None = None
    timeout_s: float = 60.0

    @property
    def shown(self) -> str:
        """Where it is, as it may be shown to people."""
        if self.chdb:
            return f"chDB at {self.chdb}"
        parts = urlsplit(self.url)
        return f"ClickHouse at {parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    def endpoint(self) -> tuple[str, str, int]:
        """Scheme, host and port.

        Raises:
            SettingsInvalid: The URL is not such a one.
        """
        unusable = SettingsInvalid(
            f"clickhouse.url = {masked(self.url)!r}: an address of ClickHouse's HTTP port is needed, such as "
            f"http://127.0.0.1:8123"
        )
        try:
            parts = urlsplit(self.url)
            port = parts.port or {"http": 8123, "https": 8443}.get(parts.scheme, 0)
        except ValueError:  # a port that is no number, or half an IPv6 address
            raise unusable from None
        if parts.username is not None or parts.password is not None:
            raise SettingsInvalid(
                f"clickhouse.url holds a user or a password (not shown, at {parts.hostname}): give the user as "
                f"clickhouse.user and name the environment variable with the password as clickhouse.password_env"
            )
        if parts.scheme not in {"http", "https"} or not parts.hostname or not port:
            raise unusable
        if parts.query or parts.path.strip("/"):
            raise SettingsInvalid(
                f"clickhouse.url holds a path or parameters (not shown, at {parts.hostname}): scheme, host and port "
                f"alone are needed, such as http://127.0.0.1:8123"
            )
        return parts.scheme, parts.hostname, port

    def password(self, environment: Mapping[str, str] = os.environ) -> str:
        """The password.

        Raises:
            SettingsInvalid: The variable that is to hold it is not set.
        """
        if not self.password_env:
            return ""
        value = environment.get(self.password_env)
        if not value:
            raise SettingsInvalid(
                f"the environment variable {self.password_env} (clickhouse.password_env) is not set: it is to hold the "
                f"password of user {self.user} for {self.shown}"
            )
        return value
