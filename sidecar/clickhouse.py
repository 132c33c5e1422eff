"""Connecting to ClickHouse, and what its errors mean; shared by whoever loads and whoever asks.

`clickhouse-connect` speaks to a server over HTTP and to chDB in this process through one client.
"""

import fcntl
import logging
import os
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, cast

from events.masking import masked
from sidecar.errors import DataRefused, SinkAway, SinkError, SinkRefused, StatementRefused
from sidecar.settings import ClickHouseSettings

__all__ = ["MINIMUM", "Client", "connect", "translated"]

Told = Mapping[str, object]


class Result(Protocol):
    """What a query gave."""

    @property
    def result_rows(self) -> Sequence[Sequence[Any]]:  # Any: rows of any type
        """Its rows."""
        ...


class Client(Protocol):
    """What we use of clickhouse-connect's client, whose own annotations are not complete."""

    server_version: str

    def query(self, query: str, parameters: Told | None = None) -> Result:
        """Asks."""
        ...

    def command(
        self,
        cmd: str,
        parameters: Told | None = None,
        data: bytes | None = None,
        settings: Told | None = None,
    ) -> object:
        """Performs, and gives a summary."""
        ...

    def insert(self, table: str, data: Sequence[Sequence[object]], column_names: Sequence[str]) -> object:
        """Inserts rows."""
        ...

    def raw_query(self, query: str, parameters: Told | None = None, fmt: str | None = None) -> bytes:
        """Asks, and gives the answer in a format of ClickHouse's."""
        ...

    def close(self) -> None:
        """Lets go."""
        ...


READER = Path(__file__).with_name("reader.xml")
"""A configuration of chDB in which statements may read tables and nothing else."""

MINIMUM = (26, 2)
"""The first version whose text index is ready for use."""

_AWAY = {159, 202, 209, 210, 241, 242, 243, 252, 279, 319, 425, 999}
"""Time-outs, too many queries, no memory, read-only replica, no space, too many parts, network, Keeper."""

_UNKNOWN_NAME = 47
_MISSING = re.compile(r"Database `?([^\s`.]+)`? does not exist")
_SOCKET = re.compile(r"\[Errno -?\d+\] ([^\")]+)|(Read timed out)")
_ADDRESS = re.compile(r" with url: \S+")
"""The parameters of a request, which are ours and the question's."""
_PREFACE = re.compile(r"Received ClickHouse exception, code: \d+, server response: ")
"""What the client puts before a server's words, which begin with the code too."""
_BROKEN: Mapping[str, str] = {
    "BadStatusLine": "what answers there speaks no HTTP",
    "WRONG_VERSION_NUMBER": "what answers there speaks no TLS",
    "IncompleteRead": "it hung up in the middle of an answer",
    "RemoteDisconnected": "it hung up",
    "ConnectionResetError": "it hung up",
}
"""What the client names of a connection that broke, to what happened."""
_DATA = {6, 26, 27, 38, 41, 53, 70, 72, 117, 130, 131, 321, 691}
"""Lines that cannot be parsed or do not fit a column."""

_STATEMENT: Mapping[int, str] = {
    60: "there is no such table, or no rights to see it",
    62: "the SQL has a syntax error",
    164: "the statement writes or changes a setting, and queries are read-only",
    392: "the statement writes, and queries are read-only",
}
_DENIED = 497
_NO_DATABASE = 81
_OF_READERS = "queries are read-only, and read the tables: no other file, no network"

_EXPLAINED: Mapping[int, str] = {
    _DENIED: "the user lacks rights",
    516: "the user or the password is wrong: check clickhouse.user and the variable that clickhouse.password_env names",
}
"""Error codes to what they mean for a user."""


def connect(settings: ClickHouseSettings, *, database: str | None, readonly: bool = False) -> Client:
    """A client.

    One that is ``readonly`` reads. On chDB it has no right to any source but the tables, so that a statement cannot
    reach a file of the user's or a network by a table function; on a server that is up to the server's own grants.

    Raises:
        SettingsInvalid: What it is told cannot be used.
        SinkAway: The server cannot be reached.
        SinkRefused: It will not, or is too old.
    """
    try:
        import clickhouse_connect  # noqa: PLC0415  an optional extra
    except ImportError:
        raise SinkRefused(
            "ClickHouse needs the package clickhouse-connect: pip install 'genesis-evolve[clickhouse]'"
        ) from None
    told: dict[str, Any] = {"database": database, "settings": {"readonly": 2} if readonly else None}  # Any: keywords
    if settings.chdb:
        _check_directory(settings)
        told |= {"interface": "chdb", "path": settings.chdb}
        if readonly:
            told["chdb_options"] = {"config-file": READER, "users_config": READER}
    else:
        scheme, host, port = settings.endpoint()
        told |= {
            "interface": scheme,
            "host": host,
            "port": port,
            "username": settings.user,
            "password": settings.password(),
            "ca_cert": settings.ca_cert or None,
            "connect_timeout": 5,
            "send_receive_timeout": settings.timeout_s,
            "query_retries": 0,
            "autogenerate_session_id": False,
            "dedicated_pool": True,
        }
    logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())  # what it says is in its exceptions too
    with translated(settings):
        make = cast("Callable[..., Client]", clickhouse_connect.get_client)  # pyright: ignore[reportUnknownMemberType]  its keywords have no types
        client = make(**told)
        if settings.chdb and readonly:
            _check_rights(client, settings)
    _check_version(client, settings)
    return client


def _check_directory(settings: ClickHouseSettings) -> None:
    """Says what is wrong with a directory of chDB, whose own message does not.

    Raises:
        SinkRefused: It cannot be made.
        SinkAway: Another process has it.
    """
    directory = Path(settings.chdb)
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SinkRefused(f"{settings.shown}: {error.strerror}: give a directory that can be written") from None
    with suppress(FileNotFoundError), (directory / "status").open() as status:  # the engine locks it
        try:
            fcntl.flock(status, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            found = re.search(r"PID: (\d+)", status.read())
            if found is None or int(found[1]) != os.getpid():
                who = f"process {found[1]}" if found else "another process"
                raise SinkAway(
                    f"{settings.shown} is in use by {who}, and one process at a time can have it: end that one first"
                ) from None


def _check_rights(client: Client, settings: ClickHouseSettings) -> None:
    """Makes sure that the engine took the configuration: it has one a process, that of whoever opened it first."""
    rights = [str(row[0]) for row in client.query("SHOW GRANTS").result_rows]
    if rights != ["GRANT SHOW, SELECT ON *.* TO default"]:
        client.close()
        raise SinkRefused(f"{settings.shown} is open in this process with more rights than to read: ask in another one")


def _check_version(client: Client, settings: ClickHouseSettings) -> None:
    version = tuple(int(part) for part in client.server_version.split(".")[:2] if part.isdecimal())
    if version < MINIMUM:
        client.close()
        raise SinkRefused(
            f"{settings.shown} is version {client.server_version}, and {'.'.join(map(str, MINIMUM))} or newer is "
            f"needed (text indexes): upgrade it, or leave clickhouse.url out and use DuckDB"
        )


@contextmanager
def translated(settings: ClickHouseSettings) -> Generator[None]:
    """Turns what the client raises into errors of ours, without secrets."""
    from clickhouse_connect.driver.exceptions import ClickHouseError  # noqa: PLC0415  an optional extra

    try:
        yield
    except ClickHouseError as error:
        raise _meaning(error, settings) from None
    except ModuleNotFoundError as error:
        raise SinkRefused(f"chDB needs the package {error.name}: pip install 'genesis-evolve[chdb]'") from None
    except OSError as error:
        raise SinkAway(f"{settings.shown}: {error.strerror or type(error).__name__}") from None


def _meaning(error: Exception, settings: ClickHouseSettings) -> SinkError:
    code: int | None = getattr(error, "code", None)
    said = _short(str(error), settings)
    if code is None:
        return _of_the_client(error, said, settings)
    if code == _UNKNOWN_NAME and "readonly" in said:
        return SinkRefused(f"{settings.shown} is too old for its client: {'.'.join(map(str, MINIMUM))} is needed")
    if code == _DENIED and settings.chdb:
        return StatementRefused(f"{settings.shown}: {_OF_READERS}: {said}")
    if code == _NO_DATABASE and _named(said) in {settings.database, ""}:
        return SinkRefused(_no_database(settings))
    kind = SinkAway if code in _AWAY else DataRefused if code in _DATA else SinkRefused
    kind = StatementRefused if kind is SinkRefused and code not in _EXPLAINED else kind
    explained = _EXPLAINED.get(code) or _STATEMENT.get(code)
    return kind(f"{settings.shown}: {explained}: {said}" if explained else f"{settings.shown}: {said}")


def _of_the_client(error: Exception, said: str, settings: ClickHouseSettings) -> SinkError:
    """What an error means that has no code, since no engine sent it."""
    from clickhouse_connect.driver.exceptions import (  # noqa: PLC0415  an optional extra
        DataError,
        InternalError,
        NotSupportedError,
    )

    if isinstance(error, InternalError | DataError | NotSupportedError):
        return StatementRefused(
            f"{settings.shown} answered, and the answer cannot be read: {said}: leave that column out, or give it "
            f"another type, such as CAST(… AS String)"
        )
    return SinkAway(f"{settings.shown} cannot be reached: {_broken(str(error)) or said}")


def _named(said: str) -> str:
    """The database that an engine does not know; empty where it does not say."""
    found = _MISSING.search(said)
    return found[1] if found else ""


def _no_database(settings: ClickHouseSettings) -> str:
    """That there is none of the name, and how to load one."""
    store = f"--chdb {settings.chdb}" if settings.chdb else f"clickhouse.url={masked(settings.url)}"
    usual = settings.database == ClickHouseSettings().database
    command = f"genesis sidecar --once {store}" + ("" if usual else f" clickhouse.database={settings.database}")
    if settings.chdb and usual:
        return f"{settings.shown} holds no run yet: '{command}' loads them"
    return f"{settings.shown} has no database {settings.database!r}: '{command}' loads runs into it"


def _broken(said: str) -> str:
    """What happened to a connection, in a few words; empty where the client's own have to do."""
    found = _SOCKET.search(said)
    if found:
        return (found[1] or found[2]).lower()
    return next((told for name, told in _BROKEN.items() if name in said), "")


def _short(text: str, settings: ClickHouseSettings) -> str:
    """The first sentence or two, without the server's version, stack and our password."""
    text = text.partition("Stack trace")[0].partition(" (version ")[0].partition(": In scope ")[0]
    for noise in ("DB::Exception: ", "HTTPDriver for "):
        text = text.replace(noise, "")
    secret = settings.password() if settings.password_env and not settings.chdb else ""
    if secret:
        text = text.replace(secret, "***")
    text = masked(_ADDRESS.sub("", _PREFACE.sub("", " ".join(text.split()))))
    return text if len(text) <= 500 else f"{text[:497]}..."
