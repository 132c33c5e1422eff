"""What a store holds after a load, whichever it is: `(sequence, hash)` of each row, in order."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import clickhouse_connect
import duckdb

from sidecar.batch import Limits
from sidecar.inspect import HASH_DIGITS
from sidecar.parts import chain, parts_of
from sidecar.service import Settings, carry
from sidecar.settings import ClickHouseSettings

SMALL = Limits(rows=40, bytes=1 << 20, age_s=0.05)


def load(settings: Settings) -> list[str]:
    return asyncio.run(carry(settings))


def parquet_rows(runs_dir: Path, sql: str) -> list[tuple]:
    """Rows by SQL over the parts; ``{events}`` stands for the table."""
    parts = [str(part.path) for each in runs_dir.glob("*/analytics") for part in chain(parts_of(each, "events"))]
    listed = ", ".join(f"'{part}'" for part in parts)
    return duckdb.sql(sql.replace("{events}", f"read_parquet([{listed}])")).fetchall()


def clickhouse_rows(settings: ClickHouseSettings, sql: str) -> list[tuple]:
    if settings.chdb:
        client = clickhouse_connect.get_client(interface="chdb", path=settings.chdb, database=settings.database)
    else:
        scheme, host, port = settings.endpoint()
        client = clickhouse_connect.get_client(interface=scheme, host=host, port=port, database=settings.database)
    try:
        return [
            tuple(value.decode() if isinstance(value, bytes) else value for value in row)
            for row in client.query(sql.replace("{events}", "events")).result_rows
        ]
    finally:
        client.close()


Rows = Callable[[str], list[tuple]]


def expected(hashes: list[str]) -> list[tuple[int, str]]:
    return [(number, link[:HASH_DIGITS]) for number, link in enumerate(hashes, 1) if link]


HELD = "SELECT sequence, hash FROM {events} ORDER BY sequence"
