"""Why the columns of ClickHouse's `events` have the types and codecs that they have: the same rows under others.

Each variant is the table of ``sql/clickhouse/0001_events.sql`` with one thing changed. Rows come from a table in the
same engine, so that nothing is parsed; figures are medians, of one process, so that they can be set against each other.
"""

import argparse
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import clickhouse_connect

import genesis
from benchmarks.analytics import chdb_sidecar, write
from benchmarks.machine import describe
from sidecar.migrate import migrations, statements

_TABLE = next(statements(migrations("clickhouse")[0].text))

VARIANTS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "LZ4 everywhere": lambda sql: _codecs(sql, "LZ4"),
    "ZSTD(1) everywhere": lambda sql: sql.replace("ZSTD(3)", "ZSTD(1)"),
    "ZSTD(6) for texts": lambda sql: sql.replace("ZSTD(3)", "ZSTD(6)"),
    "ZSTD(9) for texts": lambda sql: sql.replace("ZSTD(3)", "ZSTD(9)"),
    "no Delta": lambda sql: sql.replace("Delta, ", ""),
    "DoubleDelta for Delta": lambda sql: sql.replace("Delta, ", "DoubleDelta, "),
    "T64 for Delta": lambda sql: sql.replace("Delta, ", "T64, "),
    "Gorilla for Float64": lambda sql: sql.replace("Nullable(Float64) CODEC(", "Nullable(Float64) CODEC(Gorilla, "),
    "no LowCardinality": lambda sql: sql.replace("LowCardinality(String)", "String"),
    "Map with String keys": lambda sql: sql.replace("Map(LowCardinality(String)", "Map(String"),
    "granules of 10 MiB": lambda sql: sql.replace("granularity_bytes = 524288", "granularity_bytes = 10485760"),
    "ordered by time": lambda sql: sql.replace("ORDER BY (run_id, type, sequence)", "ORDER BY (run_id, sequence)"),
    "without the text index": lambda sql: re.sub(r"INDEX words_of_reasoning.*\n", "", sql),
}  # fmt: skip
_TEXTS = ("messages", "reasoning", "response", "code", "diff", "payload")
QUESTIONS = {
    "numbers": "SELECT type, sum(cost_usd), avg(fitness), max(time), sum(metrics['score']) FROM {} GROUP BY type",
    "texts": "SELECT sum(length(reasoning)), sum(length(response)), sum(length(code)) FROM {}",
    "search": "SELECT reasoning FROM {} WHERE hasAllTokens(reasoning, 'segmentation fault')",
}


def _codecs(sql: str, codec: str) -> str:
    return re.sub(r"CODEC\((?!NONE).*?\)(?=,?\n)", f"CODEC({codec})", sql)


def _timed(work: Callable[[], Any], repeats: int) -> float:
    seconds: list[float] = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return median(seconds)


def compare(
    client: Any, variant: Callable[[str], str], columns: Sequence[str], repeats: int
) -> list[str]:  # Any: the client has no types
    """Bytes of texts, of the other columns, seconds to write, milliseconds of each question."""
    listed = ", ".join(columns)

    def fill() -> None:
        client.command("DROP TABLE IF EXISTS other SYNC")
        client.command(variant(_TABLE).replace("IF NOT EXISTS events", "other"))
        client.command(f"INSERT INTO other ({listed}) SELECT {listed} FROM events")

    seconds = _timed(fill, repeats)
    client.command("OPTIMIZE TABLE other FINAL")
    part = f"sumIf(column_data_compressed_bytes, column {{}} IN {_TEXTS})"
    asked = f"SELECT {part.format('')}, {part.format('NOT')} FROM system.parts_columns WHERE table = 'other' AND active"
    sizes = client.query(asked).result_rows[0]
    figures = [f"{size / 1e6:9.2f}" for size in sizes] + [f"{seconds:9.2f}"]
    for question in QUESTIONS.values():
        sql = question.format("other") + " SETTINGS use_query_condition_cache = 0"
        try:
            figures.append(f"{1e3 * _timed(lambda sql=sql: client.query(sql), max(5, repeats)):9.1f}")
        except clickhouse_connect.driver.exceptions.ClickHouseError:
            figures.append("        -")
    return figures


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=30_000, help="of a synthetic worst case, beside a real run")
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    print(describe())
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        runs, store = Path(name) / "runs", Path(name) / "store"
        (runs / "r").mkdir(parents=True)
        write(runs / "r" / "evolution_events.jsonl", "r", asked.events)
        genesis.evolve("heilbronn", runs_dir=str(runs), run_id="real", seed=1, stop={"evaluations": 2000})
        chdb_sidecar(runs, store)
        client = clickhouse_connect.get_client(interface="chdb", path=str(store), database="genesis")
        told = "SELECT name FROM system.columns WHERE database = 'genesis' AND table = 'events' AND default_kind = ''"
        columns = [row[0] for row in client.query(told).result_rows]
        heads = ("texts MB", "rest MB", "write s", *(f"{question} ms" for question in QUESTIONS))
        print(f"{'':24}" + " ".join(f"{head:>9}" for head in heads))
        for what, variant in VARIANTS.items():
            print(f"{what:24}" + " ".join(compare(client, variant, columns, asked.repeats)), flush=True)


if __name__ == "__main__":
    main()
