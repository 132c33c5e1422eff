"""The part of a run's configuration that is about the broker its events go to."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from events.address import has_secret, is_broker
from events.masking import masked

__all__ = ["NatsConfig", "NatsStreamConfig"]

MAX_INTEGER = 2**63 - 1
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class NatsStreamConfig(_Section):
    """What the stream of events is to be like. A key of ``None`` is left as the broker has it."""

    replicas: int | None = Field(
        default=None, ge=1, le=5, description="servers of a cluster that keep each event; null: 1 when it is made"
    )
    max_age_s: float | None = Field(
        default=None, ge=0, description="older events leave the stream; 0: never; null: never when it is made"
    )
    max_bytes: int | None = Field(
        default=None, ge=1, le=MAX_INTEGER, description="oldest events leave beyond; null: no limit when it is made"
    )
    duplicate_window_s: float | None = Field(
        default=None, ge=1, description="how long the broker knows an event again; null: 120 when it is made"
    )


class NatsConfig(_Section):
    """The broker that a run's events go to. Secrets are files, or names of environment variables; never values."""

    url: str | None = Field(
        default=None, description="address of the broker, nats://HOST:PORT; several with commas; null: none"
    )
    credentials: str | None = Field(default=None, description="path of a credentials file (JWT and seed)")
    nkey: str | None = Field(default=None, description="path of a file with an NKEY seed")
    token_env: Variable | None = Field(default=None, description="environment variable that holds a token")
    user: str | None = Field(default=None, description="user's name; goes with password_env")
    password_env: Variable | None = Field(default=None, description="environment variable that holds the password")
    tls_ca: str | None = Field(default=None, description="path of the authorities' certificates; null: the system's")
    tls_cert: str | None = Field(default=None, description="path of our own certificate; goes with tls_key")
    tls_key: str | None = Field(default=None, description="path of that certificate's key")
    drain_s: float = Field(
        default=5.0, ge=0, description="seconds that a run which has ended waits for its last events to be taken"
    )
    stream: NatsStreamConfig = NatsStreamConfig()

    @model_validator(mode="after")
    def _can_be_used(self) -> Self:
        for each in (self.url or "").split(","):
            if self.url is not None:
                _check_address(each.strip())
        ways = [name for name in ("credentials", "nkey", "token_env", "user") if getattr(self, name) is not None]
        if len(ways) > 1:
            raise ValueError(f"{' and '.join(ways)} are set: one of them says who we are")
        for one, other in (("user", "password_env"), ("tls_cert", "tls_key")):
            if (getattr(self, one) is None) != (getattr(self, other) is None):
                raise ValueError(f"{one} and {other} go together: set both or neither")
        return self


def _check_address(address: str) -> None:
    """Says what is wrong with an address, without what may be a secret in it."""
    if has_secret(address):
        raise ValueError(
            "url has a user or a password in it, which would be recorded with the run: name environment variables with "
            "token_env, or user and password_env"
        )
    if not is_broker(address):
        raise ValueError(
            f"url {masked(address)!r} is no address of a broker: write nats://HOST:PORT, or tls://HOST:PORT"
        )
