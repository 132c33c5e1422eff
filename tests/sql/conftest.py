"""A runs directory with a run of models and one without, in both engines: files for DuckDB, a server for ClickHouse."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from genesis.query.ask import Question
from genesis.query.clickhouse import ClickHouseEngine
from genesis.query.duckdb import DuckDBEngine
from genesis.query.port import Engine
from sidecar.service import Settings
from sidecar.settings import ClickHouseSettings
from tests.sidecar.logs import GOLDEN
from tests.sidecar.servers import ClickHouseServer
from tests.sidecar.stores import load
from tests.sql.golden_run import write_golden_run


@dataclass(frozen=True, slots=True)
class Engines:
    """Both engines, asked alike."""

    runs: Path
    duckdb: Engine
    clickhouse: Engine

    def ask_duckdb(self, question: Question) -> tuple[tuple[str, ...], list[list[Any]]]:
        return _answer(self.duckdb, question, self.runs)

    def ask_clickhouse(self, question: Question) -> tuple[tuple[str, ...], list[list[Any]]]:
        return _answer(self.clickhouse, question, self.runs)


def _answer(engine: Engine, question: Question, runs: Path) -> tuple[tuple[str, ...], list[list[Any]]]:
    asked = question.on(engine, runs_dir=runs)
    answer = engine.answer(asked.sql, asked.parameters)
    return answer.columns, [[_plain(value) for value in row] for row in answer.rows]


def _plain(value: Any) -> Any:
    """A value whose type is that of neither engine, rounded to what sums in another order agree on."""
    match value:
        case float() | Decimal():
            return float(f"{value:.9g}")
        case bytes():
            return value.decode()
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            return value


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    folder = tmp_path_factory.mktemp("both")
    runs = folder / "runs"
    write_golden_run(runs)
    toy = runs / "v1-toy"
    toy.mkdir()
    (toy / "evolution_events.jsonl").write_bytes(GOLDEN.read_bytes())
    server = ClickHouseServer(folder / "clickhouse")
    settings = ClickHouseSettings(url=server.url)
    try:
        problems: Sequence[str] = load(Settings(runs_dir=runs, clickhouse=settings, follow=False))
        assert not problems
        with (
            DuckDBEngine(sorted(runs.iterdir()), warn=pytest.fail) as duckdb,
            ClickHouseEngine(settings) as clickhouse,
        ):
            yield Engines(runs, duckdb, clickhouse)
    finally:
        server.kill()
