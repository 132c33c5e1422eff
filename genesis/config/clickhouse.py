"""The part of a run's configuration that is about the analytics store its events are loaded into."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from events.masking import masked

__all__ = ["ClickHouseConfig"]

Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class ClickHouseConfig(BaseModel):
    """The ClickHouse server that a run's events are loaded into. Secrets are names of environment variables."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    url: str | None = Field(
        default=None,
        description="address of ClickHouse, http://HOST:PORT, into which events are loaded while the run goes on; "
        "null: none, DuckDB reads the log",
    )
    database: str = Field(
        default="genesis", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="database that holds the tables"
    )
    user: str = Field(default="default", min_length=1, description="user's name")
    password_env: Variable | None = Field(default=None, description="environment variable that holds the password")
    ca_cert: str | None = Field(default=None, description="path of the authorities' certificates; null: the system's")
    ttl_days: int | None = Field(
        default=None, ge=1, le=36_500, description="days after its start that a run is kept there; null: for ever"
    )
    drain_s: float = Field(
        default=30.0, ge=0, description="seconds that a run which has ended waits for its last events to be loaded"
    )

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.username is not None or parts.password is not None:
            raise ValueError(
                "url has a user or a password in it, which would be recorded with the run: use clickhouse.user, and "
                "name an environment variable with clickhouse.password_env"
            )
        try:
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:  # a port that is no number
            usable = False
        if not usable:
            raise ValueError(
                f"url {masked(url)!r} is no address of ClickHouse: write http://HOST:PORT, or https://HOST:PORT"
            )
        return url
