"""``genesis query`` without a server: logs, parts and both; what is refused; what is told of broken lines."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow.ipc
import pyarrow.parquet
import pytest

from genesis.errors import UsageError
from genesis.query.duckdb import DuckDBEngine
from genesis.query.named import NamedQuery, bind, inferred, named_queries
from sidecar.batch import Limits
from sidecar.service import Settings
from tests.cli.command import environment, genesis
from tests.sidecar.logs import GOLDEN, Writer
from tests.sidecar.servers import ClickHouseServer
from tests.sidecar.stores import load


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    golden = tmp_path / "runs" / "v1-toy"
    golden.mkdir(parents=True)
    (golden / "evolution_events.jsonl").write_bytes(GOLDEN.read_bytes())
    return tmp_path / "runs"


def ask(cwd: Path, *arguments: str, code: int = 0) -> list[dict]:
    done = genesis("query", *arguments, "--json", cwd=cwd)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


ROOT = {"PYTHONPATH": str(Path(__file__).parents[2])}
COUNT = "SELECT count(*) AS n, count(DISTINCT hash) AS hashes, max(sequence) AS last FROM events WHERE run_id = $run"


def test_a_bare_log_answers_and_a_half_written_line_is_waited_for(tmp_path: Path) -> None:
    log = Writer(tmp_path / "runs" / "r", "r").append(50)
    with log.path.open("ab") as file:
        file.write(b'{"specversion":"1.0","id":"r:51",')
    assert ask(tmp_path, COUNT, "run=r") == [{"n": 50, "hashes": 50, "last": 50}]


def test_parts_and_the_tail_behind_them_are_one_table(tmp_path: Path) -> None:
    log = Writer(tmp_path / "runs" / "r", "r").append(100)
    load(Settings(runs_dir=tmp_path / "runs", follow=False, limits=Limits(rows=17)))
    log.append(23)
    assert ask(tmp_path, COUNT, "run=latest") == [{"n": 123, "hashes": 123, "last": 123}]
    assert ask(tmp_path, "SELECT count(*) AS n FROM genesis_logs") == [{"n": 123}]


@pytest.mark.parametrize("loaded", [False, True])
def test_a_corrupt_line_is_told_with_file_and_line_and_never_skipped_in_silence(loaded: bool, tmp_path: Path) -> None:
    log = Writer(tmp_path / "runs" / "r", "r").append(10)
    if loaded:
        load(Settings(runs_dir=tmp_path / "runs", follow=False))
    log.raw(b'{"id":"r:11", half').append(5)
    done = genesis("query", COUNT, "run=r", "--json", cwd=tmp_path)
    assert done.returncode == 1
    assert json.loads(done.stdout) == [{"n": 15, "hashes": 15, "last": 16}]
    assert "runs/r/evolution_events.jsonl, line 11: not a JSON object" in done.stderr
    assert "leaves out 1 damaged line" in done.stderr
    letters = ask(tmp_path, "SELECT line, reason FROM dead_letters", code=1)
    assert letters == [{"line": 11, "reason": "bad_json"}]


def test_a_long_tail_is_read_where_it_lies(tmp_path: Path) -> None:
    log = Writer(tmp_path / "runs" / "r", "r").append(16_000)
    assert log.path.stat().st_size > 8 << 20
    assert ask(tmp_path, COUNT, "run=r") == [{"n": 16_000, "hashes": 16_000, "last": 16_000}]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT * FROM read_text('/etc/passwd')", "no other files"),
        ("SELECT * FROM '/etc/passwd'", "does not exist"),
        ("SELECT * FROM read_blob('/proc/self/environ')", "no other files"),
        ("SELECT * FROM glob('/etc/*')", "no other files"),
        ("SELECT * FROM sniff_csv('/etc/passwd')", "no other files"),
        ("SELECT * FROM parquet_metadata('/etc/passwd')", "no other files"),
        ("SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')", "no other files"),
        ("SELECT * FROM query('SELECT * FROM read_text(''/etc/passwd'')')", "no other files"),
        ("SELECT * FROM read_ndjson('runs/v1-toy/evolution_events.jsonl')", "no other files"),
        ("COPY (SELECT 1) TO 'made.csv'", "read-only"),
        ("CREATE TABLE t AS SELECT 1", "read-only"),
        ("INSTALL httpfs", "read-only"),
        ("ATTACH 'x.db'", "read-only"),
        ("SET enable_external_access = true", "read-only"),
        ("WITH gone AS (DELETE FROM stored_events RETURNING run_id) SELECT * FROM gone", "read-only"),
        ("SELECT 1; DROP VIEW events", "a query is one SELECT"),
        ("SELEC 1", "syntax error"),
        ("SELECT nope FROM events", "nope"),
        ("SELECT $missing", "give it as missing=VALUE"),
        ("", "an empty query"),
        ("best_sofar", "did you mean best_so_far?"),
    ],
)
def test_what_cannot_be_answered_is_one_message(sql: str, said: str, runs: Path) -> None:
    done = genesis("query", sql, cwd=runs.parent)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (runs.parent / "made.csv").exists()


def test_parameters_are_bound_never_pasted(runs: Path) -> None:
    told = "x' OR '1'='1"
    assert ask(runs.parent, "SELECT $text AS said", f"text={told}") == [{"said": told}]
    assert ask(runs.parent, "SELECT count(*) AS n FROM events WHERE type = $type", f"type={told}") == [{"n": 0}]


def test_a_run_is_found_by_its_directory_s_name_too(runs: Path) -> None:
    rows = ask(runs.parent, "best_so_far", "run=v1-toy")
    (runs / "v1-toy").rename(runs / "kept")
    assert ask(runs.parent, "best_so_far", "run=kept") == rows != []


def test_all_runs_are_refused_where_a_query_is_about_one(runs: Path) -> None:
    done = genesis("query", "best_so_far", "run=all", cwd=runs.parent)
    assert done.returncode == 2
    assert "best_so_far is about one run" in done.stderr


def test_a_value_that_the_query_does_not_ask_for_is_refused(runs: Path) -> None:
    done = genesis("query", "SELECT count(*) FROM runs", "rum=v1-toy", cwd=runs.parent)
    assert done.returncode == 2
    assert "does not ask for $rum" in done.stderr
    done = genesis("query", "SELECT count(*) FROM runs", "run=v1-toy", "--engine", "clickhouse", cwd=runs.parent)
    assert done.returncode == 2
    assert "add WHERE run_id = $run" in done.stderr


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("-7", -7),
        ("0.5", 0.5),
        ("1e-3", 0.001),
        ("007", "007"),
        ("1_000", "1_000"),
        ("nan", "nan"),
        ("1e999", "1e999"),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", "9223372036854775808"),
        ("", ""),
    ],
)
def test_a_number_is_what_is_spelled_like_one_and_fits(text: str, value: object) -> None:
    found = inferred(text)
    assert (found, type(found)) == (value, type(value))


def test_json_has_no_place_for_two_columns_of_a_name(runs: Path) -> None:
    done = genesis("query", "SELECT 1 AS a, 2 AS a", "--json", cwd=runs.parent)
    assert done.returncode == 2
    assert "two columns are named 'a'" in done.stderr


def test_one_engine_answers_again_after_a_statement_that_it_refused(runs: Path) -> None:
    with DuckDBEngine([runs / "v1-toy"], warn=pytest.fail) as engine:
        with pytest.raises(UsageError, match="read-only"):
            engine.answer("WITH gone AS (DELETE FROM stored_events RETURNING run_id) SELECT * FROM gone", {})
        assert list(engine.answer("SELECT count(*) FROM events", {}).rows) == [(163,)]


@pytest.mark.parametrize(
    "arguments",
    [
        ["most=x", "text=a"],
        ["most=-1", "text=a"],
        ["most=0", "text=a"],
        ["most=9223372036854775808", "text=a"],
        ["text=a", "nope=1"],
        ["run=nope", "text=a"],
        [],
    ],
)
def test_parameters_of_a_named_query_are_checked(arguments: list[str], runs: Path) -> None:
    done = genesis("query", "search_reasoning", *arguments, cwd=runs.parent)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")


def test_a_count_below_one_is_told_the_rule_before_any_engine_is_asked(runs: Path) -> None:
    for engine in ("duckdb", "clickhouse"):
        done = genesis("query", "search_reasoning", "text=a", "most=-1", "--engine", engine, cwd=runs.parent)
        assert done.returncode == 2
        assert done.stderr == "error: most='-1': a whole number of 1 or more is needed\n"


@pytest.mark.parametrize("comment", ["-- what is this?\n", "--what is this?\n", "--\n", "-- a = b\n", "/* a */ -- b\n"])
def test_a_statement_may_begin_with_a_comment(comment: str, runs: Path) -> None:
    assert ask(runs.parent, f"{comment}SELECT $n AS n -- that", "n=1") == [{"n": 1}]
    done = genesis("query", f"{comment}SELECT 1 AS n", "--explain", cwd=runs.parent)
    assert done.returncode == 0, done.stderr


def test_options_are_no_comments(runs: Path) -> None:
    done = genesis("query", "SELECT 1 AS n", "--format=csv", "--output=a file.csv", cwd=runs.parent)
    assert done.returncode == 0, done.stderr
    assert (runs.parent / "a file.csv").read_text() == "n\n1\n"
    done = genesis("query", "--explian", "SELECT 1", cwd=runs.parent)
    assert done.returncode == 2
    assert "--explian" in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--engine", "duckdb", "--clickhouse", "http://127.0.0.1:9"], "--engine duckdb and --clickhouse"),
        (["--engine", "duckdb", "--chdb", "x"], "--engine duckdb and --chdb"),
        (["--engine", "chdb", "--clickhouse", "http://127.0.0.1:9"], "--engine chdb and --clickhouse"),
        (["--clickhouse", "http://127.0.0.1:9", "--chdb", "x"], "--clickhouse and --chdb"),
    ],
)
def test_two_stores_are_refused(options: list[str], said: str, runs: Path) -> None:
    done = genesis("query", "SELECT 1", *options, cwd=runs.parent)
    assert done.returncode == 2
    assert f"{said} are two stores" in done.stderr


def test_formats_hold_the_same_rows(runs: Path) -> None:
    cwd, sql = runs.parent, "SELECT sequence, type, fitness FROM genesis_logs ORDER BY sequence"
    rows = [tuple(row.values()) for row in ask(cwd, sql)]
    done = genesis("query", sql, "--format", "csv", "--output", "a.csv", cwd=cwd)
    assert done.returncode == 0, done.stderr
    assert duckdb.sql(f"SELECT * FROM '{cwd}/a.csv'").fetchall() == rows
    assert genesis("query", sql, "-f", "parquet", "-o", "a.parquet", cwd=cwd).returncode == 0
    assert duckdb.sql(f"SELECT * FROM '{cwd}/a.parquet'").fetchall() == rows
    assert genesis("query", sql, "-f", "arrow", "-o", "a.arrow", cwd=cwd).returncode == 0
    table = pyarrow.ipc.open_file(str(cwd / "a.arrow")).read_all()
    assert [tuple(row.values()) for row in table.to_pylist()] == rows


@pytest.mark.parametrize("columns", [None, 80, 120, 200])
def test_what_is_too_wide_for_a_table_is_shown_a_column_a_line(columns: int | None, runs: Path) -> None:
    def lines(*asked: str) -> list[str]:
        done = genesis("query", *asked, cwd=runs.parent, env={"COLUMNS": str(columns)} if columns else {})
        assert done.returncode == 0, done.stderr
        assert all(len(line) <= (columns or 120) for line in done.stdout.splitlines())
        return done.stdout.splitlines()

    shown = lines("runs_overview")
    wide = columns == 200
    assert ("llm_responses" in shown[0]) is wide
    assert any(line.split()[:2] == ["llm_responses", "0"] for line in shown) is not wide
    assert shown[-1] == "(1 row)"
    shown = lines("SELECT * FROM genesis_logs WHERE sequence < 3 ORDER BY sequence")
    names = list(ask(runs.parent, "SELECT * FROM genesis_logs LIMIT 1")[0])
    one, two = shown.index("row 1"), shown.index("row 2")
    assert [line.split()[0] for line in shown[one + 1 : two] if line.startswith("  ") and line[2] != " "] == names
    assert "".join(line.strip() for line in shown).count("…") <= 2  # values that are longer than is shown
    assert shown[-1] == "(2 rows)"
    assert "row 1" not in lines("best_so_far")
    assert lines("SELECT * FROM genesis_logs WHERE false")[-1] == "(0 rows)"


def test_a_table_breaks_long_texts_alone(runs: Path) -> None:
    sql = "SELECT time, repeat('some words ', 60) AS words, 'p000001' AS program, repeat('x\n', 60) AS many_lines"
    done = genesis("query", f"{sql} FROM events LIMIT 1", cwd=runs.parent, env={"COLUMNS": "80"})
    head, first = done.stdout.splitlines()[0], done.stdout.splitlines()[2]
    assert head.split() == ["time", "words", "program", "many_lines"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +some words .* p000001 +x", first)
    assert sum(line.endswith((" x", " x…")) for line in done.stdout.splitlines()) == 12


def test_explain_says_how(runs: Path) -> None:
    done = genesis("query", "best_so_far", "--explain", cwd=runs.parent)
    assert done.returncode == 0, done.stderr
    assert "window" in done.stdout.lower()


def test_every_named_query_has_a_header_and_runs(runs: Path) -> None:
    for query in named_queries():
        assert query.title
        assert query.answers.endswith("?")
        given = [f"{each.name}=1" for each in query.parameters if each.default is None and each.kind != "run"]
        given += [f"{each.name}=latest" for each in query.parameters if each.default is None and each.kind == "run"]
        ask(runs.parent, query.name, *given)


def test_without_runs_the_tables_are_empty(tmp_path: Path) -> None:
    assert ask(tmp_path, "SELECT count(*) AS n FROM genesis_logs") == [{"n": 0}]
    done = genesis("query", "best_so_far", cwd=tmp_path)
    assert done.returncode == 2
    assert "there are no runs yet" in done.stderr


def test_clickhouse_that_is_not_there_is_said_with_its_address(tmp_path: Path) -> None:
    done = genesis("query", "SELECT 1", "--clickhouse", "http://127.0.0.1:9", cwd=tmp_path)
    assert done.returncode == 3
    assert "http://127.0.0.1:9 cannot be reached: connection refused" in done.stderr
    done = genesis("query", "SELECT 1", "--clickhouse", "http://me:secret@127.0.0.1:9", cwd=tmp_path)
    assert done.returncode == 2
    assert "secret" not in done.stderr
    for url in ("nonsense", "http://[::1", "http://127.0.0.1:x"):
        done = genesis("query", "SELECT 1", "--clickhouse", url, cwd=tmp_path)
        assert done.returncode == 2
        assert f"clickhouse.url = {url!r}: an address of ClickHouse's HTTP port is needed" in done.stderr


def test_chdb_answers_read_only(runs: Path) -> None:
    cwd = runs.parent
    done = genesis("sidecar", "--once", "--chdb", "runs/.chdb", cwd=cwd)
    assert done.returncode == 0, done.stderr
    assert ask(cwd, "best_so_far", "--engine", "chdb") == ask(cwd, "best_so_far")
    for sql in (
        "DROP TABLE events",
        "/* a */ SET max_threads = 1",
        "INSERT INTO events (run_id) VALUES ('x')",
        "SELECT 1 SETTINGS readonly = 0",
    ):
        done = genesis("query", sql, "--engine", "chdb", cwd=cwd)
        assert done.returncode == 2
        assert "queries are read-only" in done.stderr
    assert ask(cwd, "SELECT count(*) AS n FROM events", "--engine", "chdb") == [{"n": 163}]


REACHING_OUT = [
    "SELECT * FROM file('{file}', 'LineAsString')",
    "SELECT file('{file}')",
    "SELECT `file`('{file}')",
    "SELECT * APPLY file FROM (SELECT '{file}' AS x)",
    "SELECT arrayMap(x -> file(x), ['{file}'])",
    "SELECT '\\'' || /* ' */ file('{file}') -- '",
    "WITH f AS (SELECT * FROM fileCluster('default', '{file}', 'LineAsString')) SELECT * FROM f",
    "SELECT count() FROM genesis_logs WHERE reasoning IN (SELECT line FROM file('{file}', 'LineAsString'))",
    "SELECT 1; SELECT file('{file}')",
    "SELECT 1 INTO OUTFILE '{made}'",
    "SELECT 1 INTO OUTFILE '{made}' APPEND FORMAT CSV",
    "SELECT * FROM url('http://127.0.0.1:{port}/x', 'LineAsString')",
    "SELECT * FROM s3('http://127.0.0.1:{port}/bucket/x', 'LineAsString')",
    "SELECT * FROM remote('127.0.0.1:{port}', 'system.one')",
    "SELECT * FROM mysql('127.0.0.1:{port}', 'b', 'c', 'd', 'e')",
    "SELECT * FROM postgresql('127.0.0.1:{port}', 'b', 'c', 'd', 'e')",
    "SELECT * FROM sqlite('{file}', 't')",
    "SELECT * FROM executable('id', 'TSV', 'x String')",
    "SELECT * FROM Python(PYTHON_VALUE)",
    "SELECT 1; DROP TABLE events",
    "CREATE TABLE t (a Int8) ENGINE = File(CSV)",
    "INSERT INTO FUNCTION file('{made}', 'CSV', 'a Int8') SELECT 1",
    "BACKUP TABLE events TO File('{made}')",
    "DESCRIBE TABLE file('{file}')",
    "EXPLAIN SELECT file('{file}')",
]


def asked_of_chdb(directory: Path, cwd: Path, questions: list[tuple[str, dict]]) -> list[list[str]]:
    """What each came to: its answer, its plan, its answer as a file."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.query.chdb_asked", str(directory)],
        input=json.dumps(questions), capture_output=True, text=True, cwd=cwd, check=False, env=environment(ROOT),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_chdb_reads_its_tables_and_nothing_else(in_chdb: Path, tmp_path: Path) -> None:
    secret, made = tmp_path / "secret.txt", tmp_path / "made"
    secret.write_text("do not tell\n")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        port = listener.getsockname()[1]
        texts = [sql.format(file=secret, made=made, port=port) for sql in REACHING_OUT]
        for text, outcomes in zip(texts, asked_of_chdb(in_chdb, tmp_path, [(text, {}) for text in texts]), strict=True):
            assert all(said.startswith("UsageError: ") for said in outcomes), (text, outcomes)
            assert "do not tell" not in "".join(outcomes), text
            assert not made.exists() and not (tmp_path / "answer").exists(), text
        with pytest.raises(TimeoutError):
            listener.accept()
    for text in texts[:1], texts[1:2], texts[9:10]:
        done = genesis("query", *text, "--engine", "chdb", "--chdb", str(in_chdb), cwd=tmp_path)
        assert done.returncode == 2 and done.stderr.startswith("error: the statement says "), done.stderr


@pytest.fixture(scope="module")
def in_chdb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden run in a chDB."""
    folder = tmp_path_factory.mktemp("chdb")
    (folder / "runs" / "v1-toy").mkdir(parents=True)
    (folder / "runs" / "v1-toy" / "evolution_events.jsonl").write_bytes(GOLDEN.read_bytes())
    done = genesis("sidecar", "--once", "--chdb", "chdb", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "chdb"


NOTHING = (
    "SELECT sequence, type AS `a kind`, $said AS said FROM genesis_logs WHERE reasoning = $said -- none",
    "WITH none AS (SELECT * FROM programs WHERE 0) SELECT program_id, metrics, parent_ids FROM none;",
    "SELECT type FROM events WHERE 0 UNION ALL SELECT problem FROM genesis_logs WHERE 0",
)
NAMES = (["sequence", "a kind", "said"], ["program_id", "metrics", "parent_ids"], ["type"])


def test_a_chdb_without_a_run_says_how_to_load_one(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = genesis("query", "SELECT 1 FROM events", "--engine", "chdb", "--chdb", "empty", cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    assert "holds no run yet: 'genesis sidecar --once --chdb empty' loads them" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def on_server(in_chdb: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The golden run on a server; gives its address."""
    server = ClickHouseServer(tmp_path_factory.mktemp("clickhouse"))
    done = genesis("sidecar", "--once", f"clickhouse.url={server.url}", cwd=in_chdb.parent)
    assert done.returncode == 0, done.stderr
    yield server.url
    server.kill()


def test_a_run_that_the_store_does_not_have_is_an_error_in_every_engine(
    in_chdb: Path, on_server: str, tmp_path: Path
) -> None:
    (tmp_path / "runs").mkdir()
    for where in ([], ["--clickhouse", on_server], ["--chdb", str(in_chdb)]):
        for asked in (["best_so_far"], ["SELECT count(*) AS n FROM events WHERE run_id = $run"]):
            done = genesis("query", *asked, "run=nope", *where, cwd=tmp_path)
            assert (done.returncode, done.stdout) == (2, "")
            assert re.match(r"error: no run (at )?'nope'", done.stderr), done.stderr
    Writer(tmp_path / "runs" / "local", "local").append(3)
    done = genesis("query", "best_so_far", "run=local", "--clickhouse", on_server, cwd=tmp_path)
    assert done.returncode == 2
    assert f"no run 'local' in ClickHouse at {on_server}, database genesis" in done.stderr
    assert "'genesis sidecar --once' loads others" in done.stderr
    assert ask(tmp_path, "SELECT $run AS run", "run=v1-toy", "--clickhouse", on_server) == [{"run": "v1-toy"}]


def test_a_database_that_is_not_there_is_told_with_how_to_load_one(
    in_chdb: Path, on_server: str, tmp_path: Path
) -> None:
    done = genesis("query", "runs_overview", "--clickhouse", on_server, "--database", "nodb", cwd=tmp_path)
    assert done.returncode == 3
    command = f"genesis sidecar --once clickhouse.url={on_server} clickhouse.database=nodb"
    assert f"has no database 'nodb': '{command}' loads runs into it" in done.stderr
    done = genesis("query", "runs_overview", "--chdb", str(in_chdb), "--database", "nodb", cwd=tmp_path)
    assert done.returncode == 3
    assert f"'genesis sidecar --once --chdb {in_chdb} clickhouse.database=nodb' loads runs into it" in done.stderr
    for where in (["--clickhouse", on_server], ["--chdb", str(in_chdb)]):
        done = genesis("query", "SELECT * FROM nodb.events", *where, cwd=tmp_path)
        assert done.returncode == 2
        assert "nodb" in done.stderr
        assert "loads runs into it" not in done.stderr


def test_an_answer_that_cannot_be_read_is_not_a_server_that_cannot_be_reached(
    in_chdb: Path, on_server: str, tmp_path: Path
) -> None:
    for where in (["--clickhouse", on_server], ["--chdb", str(in_chdb)]):
        done = genesis("query", "SELECT sumState(sequence) AS s FROM events", *where, cwd=tmp_path)
        assert done.returncode == 2
        assert "the answer cannot be read" in done.stderr
        assert "CAST" in done.stderr
        assert "cannot be reached" not in done.stderr


@pytest.mark.parametrize("engine", ["chdb", "clickhouse", "duckdb"])
def test_an_answer_without_rows_still_says_its_columns(
    engine: str, in_chdb: Path, on_server: str, tmp_path: Path
) -> None:
    where = {
        "chdb": ["--chdb", str(in_chdb)],
        "clickhouse": ["--clickhouse", on_server],
        "duckdb": ["--runs-dir", str(in_chdb.parent / "runs")],
    }
    options = ["said=nobody said that", "--engine", engine, *where[engine]]
    for sql, names in zip(NOTHING, NAMES, strict=True):
        given = options if "$said" in sql else options[1:]
        csv = genesis("query", sql, *given, "-f", "csv", cwd=tmp_path)
        assert (csv.returncode, csv.stdout) == (0, ",".join(names) + "\n"), csv.stderr
    shown = genesis("query", sql, *given, cwd=tmp_path).stdout.splitlines()
    assert shown[0].split() == names and shown[-1] == "(0 rows)"
    assert json.loads(genesis("query", sql, *given, "--json", cwd=tmp_path).stdout) == []
    assert genesis("query", sql, *given, "-f", "parquet", "-o", "a.parquet", cwd=tmp_path).returncode == 0
    assert pyarrow.parquet.read_table(str(tmp_path / "a.parquet")).column_names == names
    assert genesis("query", sql, *given, "-f", "arrow", "-o", "a.arrow", cwd=tmp_path).returncode == 0
    assert pyarrow.ipc.open_file(str(tmp_path / "a.arrow")).read_all().column_names == names


def test_a_statement_for_chdb_may_speak_of_files_in_its_texts(in_chdb: Path, tmp_path: Path) -> None:
    sql = "SELECT 'file(x) INTO OUTFILE' AS `a file`, $said AS said, {raw:String} AS raw;"
    told = ask(tmp_path, sql, "said=file('x')", "raw=1", "--engine", "chdb", "--chdb", str(in_chdb))
    assert told == [{"a file": "file(x) INTO OUTFILE", "said": "file('x')", "raw": "1"}]
    told = ask(tmp_path, "SELECT $$no $said$$ AS said", "--engine", "chdb", "--chdb", str(in_chdb))
    assert told == [{"said": "no $said"}]


def test_every_named_query_runs_on_chdb(in_chdb: Path, tmp_path: Path) -> None:
    """With the rights that a query has there."""
    questions: list[tuple[str, dict]] = []
    for query in named_queries():
        given = {each.name: "1" for each in query.parameters if each.default is None and each.kind != "run"}
        questions.append((query.sql, bind(query, {"run": "v1-toy", **given} if takes_run(query) else given)))
    for (sql, _), outcomes in zip(questions, asked_of_chdb(in_chdb, tmp_path, questions), strict=True):
        assert all(said.startswith("answered: ") for said in outcomes), (sql, outcomes)


def takes_run(query: NamedQuery) -> bool:
    return any(each.name == "run" for each in query.parameters)


def test_the_sidecar_command_loads_runs_and_refuses_what_it_cannot_do(runs: Path) -> None:
    cwd = runs.parent
    assert genesis("sidecar", "--once", cwd=cwd).returncode == 0
    assert list((runs / "v1-toy" / "analytics").glob("events-000000001-*.parquet"))
    for arguments, said in (
        (["clickhouse.url=nonsense"], "no address of ClickHouse"),
        (["clickhouse.url=http://u:p4ss@h:1"], "has a user or a password in it"),
        (["nope"], "no run at 'nope'"),
        (["nats.url=nats://127.0.0.1:1", "v1-toy"], "nats.url names a broker to read from: choose one"),
        (["--metrics", "x"], "HOST:PORT is needed"),
        (["clickhouse.url=http://127.0.0.1:9", "--chdb", "x"], "two stores"),
    ):
        done = genesis("sidecar", "--once", *arguments, cwd=cwd)
        assert done.returncode == 2, done.stderr
        assert said in done.stderr
        assert "p4ss" not in done.stderr


def test_the_sidecar_alone_imports_nothing_of_genesis() -> None:
    forbidden = "name.split('.')[0] in ('genesis', 'projections')"
    program = f"import sys, sidecar.__main__; sys.exit(any({forbidden} for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
