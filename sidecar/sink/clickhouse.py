"""ClickHouse, a server over HTTP.

How a line is loaded once, whoever dies and however many load:

- The place of a feed is asked of the tables themselves. A batch continues it, or is not loaded.
- A batch is one block in one partition, so it becomes one part, which is there whole or not at all.
- The block's deduplication token names where the batch begins, never where it ends. Of all blocks that continue the
  same place, whoever sends them, the table takes one; this is a compare-and-swap on the place. Whoever came second sees
  the place that the first one moved, and goes on from there.
- After a load the tables are asked again. What they hold counts, not what was sent or answered: rows that are missing
  are sent again, under a token that counts the attempts, without those that are there.
"""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from functools import partial
from typing import Any, TypeVar

import orjson

from sidecar.clickhouse import Client, connect, translated
from sidecar.errors import SinkRefused, SinkShort
from sidecar.feed import Batch, DeadLetter, FeedKey, Header, Kind, Place
from sidecar.migrate import load_statement, migrations, replicated, statements
from sidecar.settings import ClickHouseSettings
from sidecar.sink.held import Held

__all__ = ["ONE_BLOCK", "READING", "ClickHouseSink", "Told", "structure_of"]

_STRUCTURES = {
    "events": "sequence Int64, time String, type String, generation Int32, island Int32, subject String, "
    "causationid String, schemaversion Int32, hash String, data String",
    "diagnostics": "line Int64, text String",
    "dead_letters": "line Int64, source String, reason String, message String, text String",
}
_NUMBERS: dict[Kind, str] = {"events": "sequence", "diagnostics": "line"}
READING = {
    "input_format_skip_unknown_fields": 1,
    "input_format_json_read_objects_as_strings": 1,
    "async_insert": 0,
}
ONE_BLOCK = {
    **READING,
    "max_insert_threads": 1,
    "max_threads": 4,
    "max_block_size": 2048,
    "max_insert_block_size": 2048,
    "min_insert_block_size_rows": 10_000_000,
    "min_insert_block_size_bytes": 1 << 40,
    "insert_deduplicate": 1,
    "deduplicate_insert_select": "force_enable",
}
"""Lines are parsed in blocks by several threads, and put together to one block, which is deduplicated as one."""

_PAUSES_S = (0.05, 0.2, 0.5, 1.0)
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_T = TypeVar("_T")
Told = dict[str, str]
"""What rows share: parameters of a statement."""


def structure_of(table: str) -> str:
    """The members that are read of a line for a table, with their types in ClickHouse."""
    return _STRUCTURES[table]


class ClickHouseSink:
    """Tables in a database of ClickHouse.

    Args:
        settings: How it is reached.

    Raises:
        SettingsInvalid: The settings cannot be used.
    """

    def __init__(self, settings: ClickHouseSettings) -> None:
        if not settings.chdb:
            settings.endpoint()
            settings.password()
        if not _IDENTIFIER.fullmatch(settings.database):
            raise SinkRefused(f"clickhouse.database = {settings.database!r}: use letters, digits and '_'")
        self._settings = settings
        self._thread = ThreadPoolExecutor(1, "clickhouse")
        self._client: Client | None = None
        self._attempts: dict[FeedKey, tuple[int, int]] = {}

    @property
    def name(self) -> str:
        """What it is and where."""
        return f"{self._settings.shown}, database {self._settings.database}"

    async def open(self) -> None:
        """Connects and migrates."""
        await self._do(self._open)

    async def place(self, key: FeedKey) -> Place:
        """What the tables hold without a gap."""
        return await self._do(lambda: self._place(key))

    async def load(self, batch: Batch) -> Place:
        """Loads a batch as one block."""
        for pause_s in _PAUSES_S:
            held = await self._do(lambda: self._held(batch.key))
            if held.line != batch.after:
                return Place(held.line)
            await self._do(partial(self._send, batch, held, self._token(batch)))
            held = await self._do(lambda: self._held(batch.key))
            if held.line > batch.after:
                return held.place(batch)
            await asyncio.sleep(pause_s)  # another loader's block may be about to appear
        raise self._nothing_kept(batch, batch.last, f", {len(_PAUSES_S)} times")

    def _nothing_kept(self, first: Batch, last: int, how_often: str = "") -> SinkShort:
        return SinkShort(
            f"{self.name}: nothing was kept of lines {first.after + 1:,} to {last:,} of run {first.key.run_id} "
            f"({first.key.kind}){how_often}: they are sent again"
        )

    def _token(self, batch: Batch) -> str:
        """Names the place that a block continues, and the attempt, since a server that dies may burn a token."""
        after, attempts = self._attempts.get(batch.key, (-1, 0))
        attempts = attempts + 1 if after == batch.after else 1
        self._attempts[batch.key] = (batch.after, attempts)
        return f"{batch.key.run_id}:{batch.key.kind}:{batch.after + 1}:{attempts}"

    async def aclose(self) -> None:
        """Closes the connection."""
        self._thread.shutdown(wait=True)
        self._close()

    def _close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    async def _do(self, work: Callable[[], _T]) -> _T:
        def translating() -> _T:
            with translated(self._settings):
                return work()

        return await asyncio.get_running_loop().run_in_executor(self._thread, translating)

    def _open(self) -> None:
        self._close()
        database = self._settings.database
        client = connect(self._settings, database=None)
        try:
            if not client.command(f"EXISTS DATABASE {database}"):
                client.command(f"CREATE DATABASE IF NOT EXISTS {database}")
        finally:
            client.close()
        self._client = connect(self._settings, database=database)
        self._migrate()

    def _migrate(self) -> None:
        client = self._connection()
        engine = client.query("SELECT engine FROM system.databases WHERE name = currentDatabase()").result_rows[0][0]
        as_made = replicated if _text(engine) == "Replicated" else str
        client.command(
            as_made(
                "CREATE TABLE IF NOT EXISTS schema_migrations "
                "(number UInt32, name String, applied DateTime DEFAULT now()) "
                "ENGINE = ReplacingMergeTree ORDER BY number"
            )
        )
        applied = {int(row[0]) for row in client.query("SELECT DISTINCT number FROM schema_migrations").result_rows}
        known = migrations("clickhouse")
        newer = applied - {migration.number for migration in known}
        if newer:
            raise SinkRefused(
                f"{self.name} has migration {max(newer):04d}, which this sidecar does not know: upgrade the sidecar"
            )
        for migration in known:
            if migration.number not in applied:
                for statement in statements(migration.text):
                    client.command(as_made(statement))
                client.insert("schema_migrations", [[migration.number, migration.name]], ["number", "name"])
        self._set_retention()

    def _set_retention(self) -> None:
        days = self._settings.ttl_days
        for table in ("events", "diagnostics", "dead_letters") if days is not None else ():
            self._connection().command(
                f"ALTER TABLE {table} MODIFY TTL if(toUnixTimestamp(run_started) = 0, toDateTime('2100-01-01'), "
                f"run_started + toIntervalDay({int(days or 0)}))"
            )

    def _connection(self) -> Client:
        if self._client is None:
            self._open()
        assert self._client is not None
        return self._client

    def _rows(self, sql: str, **parameters: Any) -> Sequence[Sequence[Any]]:  # Any: rows of any type
        return self._connection().query(sql, parameters=parameters).result_rows

    def _held(self, key: FeedKey) -> Held:
        """What the tables hold of a feed, in one question."""
        number = _NUMBERS[key.kind]
        of_run = f"FROM {key.kind} WHERE run_id = {{run:String}}"
        dead = "FROM dead_letters WHERE run_id = {run:String} AND feed = {feed:String}"
        told = {"run": key.run_id, "feed": key.kind}
        # names of ours, so nothing can be slipped in
        asked = f"SELECT count(), max({number}), (SELECT arraySort(groupUniqArray(line)) {dead}) {of_run}"
        count, last, letters = self._rows(asked, **told)[0]
        held = Held(int(last), int(count), tuple(map(int, letters)))
        if held.doubled:
            raise SinkRefused(
                f"{self.name}: {key.kind} of run {key.run_id} has {held.doubled:,} rows too many: delete the run's "
                f"rows there (ALTER TABLE {key.kind} DELETE WHERE run_id = …), and they are loaded again"
            )
        if not held.gap:
            return held
        present = f"SELECT {number} {of_run} UNION ALL SELECT line {dead}"
        asked = f"SELECT min(n) FROM (SELECT arrayJoin([0, {number}]) AS n {of_run}) WHERE n + 1 NOT IN ({present})"  # noqa: S608
        return held._replace(whole=int(self._rows(asked, **told)[0][0]))

    def _place(self, key: FeedKey) -> Place:
        line = self._held(key).line
        if key.kind != "events" or not line:
            return Place(line)
        asked = (
            "SELECT anyIf(hash, sequence = {line:Int64}), any(run_started), any(problem) FROM events "
            "WHERE run_id = {run:String} HAVING count() > 0"
        )
        found = self._rows(asked, run=key.run_id, line=line)
        if not found:
            return Place(line)
        link, started, problem = found[0]
        return Place(line, _text(link).strip("\0"), None, Header(started.replace(tzinfo=UTC), problem))

    def _send(self, batch: Batch, held: Held, token: str) -> None:
        """Inserts what the tables do not have yet.

        Raises:
            SinkShort: The server says that it wrote fewer rows.
        """
        if batch.letters:
            self._send_letters(batch, held)
        if not batch.rows:
            return
        statement = self._statement(batch.key, held)
        written = self._insert(batch.key.kind, statement, batch.body, self._shared(batch), token)
        if written is not None and written < batch.rows and not held.gap:
            raise SinkShort(f"{self.name} says that it wrote {written:,} of {batch.rows:,} rows: they are sent again")

    def _statement(self, key: FeedKey, held: Held) -> str:
        """What inserts a feed's lines, without those that are there behind a gap."""
        number = _NUMBERS[key.kind]
        rest = f"WHERE {number} NOT IN (SELECT {number} FROM {key.kind} WHERE run_id = {{run_id:String}})"  # noqa: S608  names of ours
        return load_statement("clickhouse", key.kind) + (rest if held.gap else "")

    def _send_letters(self, batch: Batch, held: Held) -> None:
        """Inserts those that are missing; a token names the first of them, as a batch's names its first line."""
        told = {**self._shared(batch), "feed": batch.key.kind}
        statement = load_statement("clickhouse", "dead_letters")
        for attempt, pause_s in enumerate(_PAUSES_S):
            missing = [letter for letter in batch.letters if letter.line not in held.letters]
            if not missing:
                return
            token = f"{batch.key.run_id}:dead_{batch.key.kind}:{missing[0].line}:{attempt}"
            self._insert("dead_letters", statement, b"".join(map(_as_json, missing)), told, token)
            held = self._held(batch.key)
            time.sleep(0 if missing[0].line in held.letters else pause_s)
        raise SinkShort(f"{self.name}: {len(batch.letters):,} dead letters of run {batch.key.run_id} were not kept")

    def _shared(self, batch: Batch) -> Told:
        started = batch.header.started.replace(tzinfo=None).isoformat(" ", "seconds")
        return {"run_id": batch.key.run_id, "run_started": started, "problem": batch.header.problem}

    def _insert(self, table: str, statement: str, body: bytes, told: Told, token: str) -> int | None:
        """Inserts lines of JSON as one block, and returns how many rows the server says that it wrote, if it says."""
        sql = statement.replace("@source@", f"input('{_STRUCTURES[table]}')") + "\nFORMAT JSONEachRow"
        settings = {**ONE_BLOCK, "insert_deduplication_token": token}
        done = self._connection().command(sql, parameters=told, data=body, settings=settings)
        summary: dict[str, str] = getattr(done, "summary", {})
        return int(summary["written_rows"]) if "written_rows" in summary else None


def _as_json(letter: DeadLetter) -> bytes:
    return orjson.dumps(letter, option=orjson.OPT_APPEND_NEWLINE)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
