"""Both engines have the same tables, with the same names, types, values and NULLs, equal to the log."""

import datetime
import json
import math
from pathlib import Path
from typing import Any

import clickhouse_connect
import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from events.chain import GENESIS
from events.codec import encode
from events.envelope import Fact
from genesis.query.clickhouse import server_side
from genesis.query.duckdb import DuckDBEngine
from genesis.query.named import bind, named_query
from sidecar.migrate import migrations, replicated, statements
from sidecar.service import Settings
from sidecar.settings import ClickHouseSettings
from tests.events.strategies import facts
from tests.sidecar.logs import GOLDEN, STARTED, Writer, start
from tests.sidecar.stores import load

COLUMNS = [
    "time",
    "run_id",
    "sequence",
    "type",
    "generation",
    "island",
    "program_id",
    "parent_ids",
    "problem",
    "operator",
    "provider",
    "model",
    "purpose",
    "tokens_in",
    "tokens_out",
    "tokens_reasoning",
    "cost_usd",
    "latency_s",
    "duration_s",
    "reasoning",
    "prompt",
    "response",
    "rationale",
    "code",
    "diff",
    "is_valid",
    "fitness",
    "metrics",
    "feedback",
    "reason",
    "message",
    "cell",
    "displaced",
    "worker",
    "data",
]
TABLES = (
    "events", "genesis_logs", "programs", "lineage", "llm_calls", "runs", "stages", "generations", "migrations",
    "diagnostics", "dead_letters",
)  # fmt: skip
SAME_TYPES = {
    "String": "VARCHAR", "LowCardinality(String)": "VARCHAR", "FixedString(64)": "VARCHAR", "Int64": "BIGINT",
    "Nullable(Int64)": "BIGINT", "Int32": "INTEGER", "Nullable(Int32)": "INTEGER", "Float64": "DOUBLE",
    "Nullable(Float64)": "DOUBLE", "Nullable(Bool)": "BOOLEAN", "Bool": "BOOLEAN", "UInt8": "BOOLEAN",
    "Array(String)": "VARCHAR[]", "DateTime64(6, 'UTC')": "TIMESTAMP", "Nullable(DateTime64(6, 'UTC'))": "TIMESTAMP",
    "DateTime('UTC')": "TIMESTAMP", "Map(LowCardinality(String), Nullable(Float64))": "MAP(VARCHAR, DOUBLE)",
    "Map(String, Nullable(Float64))": "MAP(VARCHAR, DOUBLE)",
}  # fmt: skip
MADE_UP = {"payload", "run_started", "messages", "stages", "time", "last_event"}
"""Columns that one engine has alone, or whose nested types are spelled differently."""


class Both:
    """The same runs in both engines."""

    def __init__(self, folder: Path, runs: Path) -> None:
        self.runs = runs
        chdb = ClickHouseSettings(chdb=str(folder / "chdb"))
        load(Settings(runs_dir=runs, clickhouse=chdb, follow=False))
        load(Settings(runs_dir=runs, follow=False))
        self.client = clickhouse_connect.get_client(interface="chdb", path=chdb.chdb, database="genesis")

    def duckdb(self, sql: str) -> tuple[tuple[str, ...], list[list[Any]]]:
        with DuckDBEngine(sorted(self.runs.iterdir()), warn=print) as engine:
            answer = engine.answer(sql, {})
            return answer.columns, [[plain(value) for value in row] for row in answer.rows]

    def clickhouse(self, sql: str) -> list[list[Any]]:
        return [[plain(value) for value in row] for row in self.client.query(sql).result_rows]

    def types(self, table: str) -> tuple[dict[str, str], dict[str, str]]:
        with DuckDBEngine(sorted(self.runs.iterdir()), warn=print) as engine:
            rows = list(engine.answer(f"SELECT column_name, column_type FROM (DESCRIBE {table})", {}).rows)
        described = self.client.query(f"DESCRIBE TABLE {table}").result_rows
        return {row[0]: row[1] for row in described}, {row[0]: row[1] for row in rows}


def plain(value: Any) -> Any:
    match value:
        case bytes():
            return value.decode()
        case datetime.datetime():
            return value.replace(tzinfo=None)
        case float() if math.isfinite(value):
            return float(f"{value:.15g}")  # sums of floats are added up in an order of the engine's own
        case list() | tuple():
            return [plain(each) for each in value]
        case dict():
            return {key: plain(each) for key, each in value.items()}
        case _:
            return value


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("both")
    runs = folder / "runs"
    golden = runs / "v1-toy"
    golden.mkdir(parents=True)
    (golden / "evolution_events.jsonl").write_bytes(GOLDEN.read_bytes())
    (golden / "logs.jsonl").write_text(
        '{"event": "started", "level": "info", "timestamp": "2026-03-01T12:00:00.5Z", "generation": 3}\n'
        '{"event": "fine", "level": "debug", "program_id": "p000001", "model": "m"}\nbroken\n'
    )
    Writer(runs / "b", "b").append(700).raw(b"broken").append(20)
    made = Both(folder, runs)
    yield made
    made.client.close()


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_the_same_names_types_and_rows(both: Both, table: str) -> None:
    theirs, ours = both.types(table)
    assert set(theirs) - {"link"} == set(ours)
    for name, kind in ours.items():
        if name not in MADE_UP:
            assert SAME_TYPES[theirs[name]] == kind, name
    columns, rows = both.duckdb(f"SELECT * FROM {table}")
    shared = [column for column in columns if column != "payload"]
    rows = both.duckdb(f"SELECT {', '.join(shared)} FROM {table}")[1]
    found = both.clickhouse(f"SELECT {', '.join(shared)} FROM {table}")
    assert rows or table == "migrations"
    assert len(found) == len(rows)
    for theirs_row, our_row in zip(sorted(found, key=repr), sorted(rows, key=repr), strict=True):
        assert dict(zip(shared, theirs_row, strict=True)) == dict(zip(shared, our_row, strict=True))


def test_genesis_logs_has_the_columns_of_the_catalogue_in_their_order(both: Both) -> None:
    assert list(both.types("genesis_logs")[0]) == COLUMNS
    assert list(both.types("genesis_logs")[1]) == COLUMNS


def test_rows_are_the_log_and_its_hashes(both: Both) -> None:
    lines = [json.loads(line) for line in GOLDEN.read_text().splitlines()]
    told = [[line["sequence"], line["hash"][:16], line["type"], line["data"]] for line in lines]
    sql = "SELECT sequence, hash, type, data FROM events WHERE run_id = 'v1-toy' ORDER BY sequence"
    for rows in (both.duckdb(sql)[1], both.clickhouse(sql)):
        assert [[*row[:3], json.loads(row[3])] for row in rows] == told


def test_data_is_the_payload_byte_for_byte_in_both(both: Both) -> None:
    log = (both.runs / "b" / "evolution_events.jsonl").read_text().splitlines()
    told = [line[line.index('"data":') + 7 : line.rindex(',"hash":')] for line in log if line != "broken"]
    sql = "SELECT data FROM events WHERE run_id = 'b' ORDER BY sequence"
    assert [row[0] for row in both.duckdb(sql)[1]] == told
    assert [row[0] for row in both.clickhouse(sql)] == told
    sizes = "SELECT sum(length(payload)), sum(length(data)) FROM events WHERE run_id = 'b'"
    for payload, data in (both.clickhouse(sizes)[0], both.duckdb(sizes)[1][0]):
        assert payload < 0.95 * data  # texts that have columns of their own are not kept twice


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT reasoning FROM genesis_logs WHERE reasoning ILIKE '%segmentation-fault%' ORDER BY sequence",
        "SELECT type, count(*) AS n, sum(cost_usd) AS usd FROM genesis_logs GROUP BY type ORDER BY type",
        "SELECT metrics['score'], metrics['nothing'] FROM genesis_logs WHERE type = 'program.evaluated' "
        "ORDER BY run_id, sequence",
        "SELECT code FROM genesis_logs WHERE type = 'mutation.proposed' ORDER BY run_id, sequence",
        "SELECT prompt FROM genesis_logs WHERE prompt != '' ORDER BY run_id, sequence",
    ],
)
def test_a_query_runs_unchanged_on_both(both: Both, sql: str) -> None:
    rows = both.duckdb(sql)[1]
    assert rows
    assert both.clickhouse(sql) == rows


WORDS = st.lists(st.text(alphabet="abSegFÄault019 -_.,:/'\"\n()[]äß中", max_size=12), min_size=1, max_size=6).map(
    " ".join
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(haystack=WORDS, needle=st.text(alphabet="abSegFÄault019 -.ä中", min_size=1, max_size=8))
def test_has_all_tokens_means_the_same_in_both(both: Both, haystack: str, needle: str) -> None:
    engine = duckdb.connect()
    engine.execute(next(each.text for each in migrations("duckdb") if "functions" in each.name))
    ours = engine.execute("SELECT hasAllTokens($1, $2)", [haystack, needle]).fetchone()
    theirs = both.client.query(
        "SELECT hasAllTokens(lower({h:String}), lower({n:String}), 'splitByNonAlpha')",
        parameters={"h": haystack, "n": needle},
    ).result_rows[0]
    assert bool(ours and ours[0]) == bool(theirs[0])


@pytest.mark.parametrize(("text", "many"), [("FAULT segmentation", True), ("segment", False), ("fault nowhere", False)])
def test_search_reasoning_means_the_same_in_both(both: Both, text: str, many: bool) -> None:
    query = named_query("search_reasoning")
    values = bind(query, {"text": text, "most": "1000"})
    with DuckDBEngine(sorted(both.runs.iterdir()), warn=print) as engine:
        rows = [[plain(value) for value in row] for row in engine.answer(query.sql, values).rows]
    found = both.client.query(server_side(query.sql, values), parameters=values).result_rows
    assert [[plain(value) for value in row] for row in found] == rows
    assert bool(rows) == many


@pytest.mark.parametrize("text", ["größe", "GRÖẞE", "Ünïcode", "ДОМ", "a_b%"])
def test_small_and_capital_letters_are_the_same_letters_in_both(both: Both, text: str) -> None:
    engine = duckdb.connect()
    engine.execute(next(each.text for each in migrations("duckdb") if "functions" in each.name))
    ours = engine.execute("SELECT lowerUTF8($1)", [text]).fetchone()
    assert ours == both.client.query("SELECT lowerUTF8({t:String})", parameters={"t": text}).result_rows[0]


def test_the_text_index_is_used_and_finds_what_duckdb_finds(both: Both) -> None:
    sql = "SELECT sequence FROM genesis_logs WHERE hasAllTokens(reasoning, 'FAULT segmentation') ORDER BY sequence"
    assert both.clickhouse(sql) == both.duckdb(sql)[1] != []
    plan = "\n".join(row[0] for row in both.clickhouse(f"EXPLAIN indexes = 1 {sql}"))
    assert "words_of_reasoning" in plan


@settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.generate],  # each example loads two stores; shrinking would take minutes
    suppress_health_check=list(HealthCheck),
)
@given(told=st.lists(facts(), min_size=30, max_size=60))
def test_whatever_the_catalogue_allows_is_the_same_in_both(both: Both, tmp_path_factory: Any, told: list[Fact]) -> None:
    directory = tmp_path_factory.mktemp("any")
    run_id = directory.name.replace("_", "-")
    previous, lines = GENESIS, []
    for number, fact in enumerate([start(), *told], 1):
        line, event = encode(fact, run_id=run_id, sequence=number, time=STARTED, previous=previous)
        previous = event.hash
        lines.append(line)
    (directory / "runs" / run_id).mkdir(parents=True)
    (directory / "runs" / run_id / "evolution_events.jsonl").write_bytes(b"".join(lines))
    chdb = ClickHouseSettings(chdb=both.client.path, database="whatever")  # the other tests count what is in theirs
    load(Settings(runs_dir=directory / "runs", clickhouse=chdb, follow=False))
    with DuckDBEngine([directory / "runs" / run_id], warn=print) as engine:
        answer = engine.answer(
            f"SELECT * EXCLUDE (payload) FROM events WHERE run_id = '{run_id}' ORDER BY sequence", {}
        )
        rows = [[plain(value) for value in row] for row in answer.rows]
    assert len(rows) == len(lines)
    found = both.clickhouse(
        f"SELECT {', '.join(answer.columns)} FROM whatever.events WHERE run_id = '{run_id}' ORDER BY sequence"
    )
    place = answer.columns.index("data")
    for theirs, ours in zip(found, rows, strict=True):
        for row in (theirs, ours):  # DuckDB may spell a number or an escape in another way
            row[place] = json.loads(row[place])
        assert dict(zip(answer.columns, theirs, strict=True)) == dict(zip(answer.columns, ours, strict=True))


def test_tables_of_a_replicated_database_are_replicated() -> None:
    made = [replicated(text) for each in migrations("clickhouse") for text in statements(each.text)]
    tables = [text for text in made if "ENGINE" in text]
    assert len(tables) == 3
    for text in tables:
        assert "ENGINE = ReplicatedMergeTree\n" in text
        assert " replicated_deduplication_window = " in text and "non_replicated" not in text
    assert replicated("ENGINE = ReplacingMergeTree ORDER BY n") == "ENGINE = ReplicatedReplacingMergeTree ORDER BY n"
