"""Runs that are loaded into ClickHouse while they go on, by the command alone and over HTTP."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError

import pytest

from genesis.config.clickhouse import ClickHouseConfig
from genesis.errors import EnvironmentFault
from genesis.run import LOG_NAME, Run
from genesis.store import check_store
from tests.cli.command import COMMAND, DEADLINE_S, ENDLESS, environment, genesis, wait_for_lines
from tests.processes import descendants, survivors
from tests.sidecar.servers import ClickHouseServer

SHORT = "stop.evaluations=30"
PATIENT = "clickhouse.drain_s=120"


@pytest.fixture
def server(tmp_path: Path) -> Generator[ClickHouseServer]:
    made = ClickHouseServer(tmp_path / "clickhouse")
    yield made
    made.kill()


def count(log: Path) -> int:
    return log.read_bytes().count(b"\n")


def held(server: ClickHouseServer) -> list[int]:
    """How many events the store has, and the last one of them."""
    return [int(each) for each in server.rows("SELECT count(), max(sequence) FROM events WHERE run_id = 'r'")[0]]


def wait_for_rows(server: ClickHouseServer, least: int) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while True:
        with suppress(HTTPError):  # the tables are not there yet
            if held(server)[0] >= least:
                return
        assert time.monotonic() < deadline
        time.sleep(0.1)


def wait_for_words(run: "subprocess.Popen[str]", words: str) -> None:
    assert run.stderr is not None
    assert any(words in line for line in run.stderr), words


@contextmanager
def running(folder: Path, server: ClickHouseServer, *more: str) -> "Generator[subprocess.Popen[str]]":
    arguments = (*COMMAND, "run", "toy", "run_id=r", f"clickhouse.url={server.url}", *ENDLESS, *more)
    run = subprocess.Popen(arguments, cwd=folder, env=environment(), stderr=subprocess.PIPE, text=True)
    try:
        yield run
    finally:
        run.kill()
        run.communicate()


def test_a_run_is_in_the_store_when_it_ends(tmp_path: Path, server: ClickHouseServer) -> None:
    done = genesis("run", "toy", SHORT, "run_id=r", f"clickhouse.url={server.url}", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    log = tmp_path / "runs" / "r" / LOG_NAME
    assert held(server) == [count(log), count(log)]
    assert "sidecar" not in done.stderr


def test_events_are_there_while_the_run_goes_on_and_ctrl_c_leaves_none_behind(
    tmp_path: Path, server: ClickHouseServer
) -> None:
    log = tmp_path / "runs" / "r" / LOG_NAME
    with running(tmp_path, server, PATIENT) as run:
        wait_for_lines(log, 60)
        wait_for_rows(server, 60)
        assert run.poll() is None
        below = descendants(run.pid)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=120)
    assert run.returncode == 130, said
    assert survivors(below) == set()
    assert held(server) == [count(log), count(log)]


def test_a_store_that_dies_does_not_stop_the_run_and_gets_the_rest_later(
    tmp_path: Path, server: ClickHouseServer
) -> None:
    log = tmp_path / "runs" / "r" / LOG_NAME
    with running(tmp_path, server) as run:
        wait_for_rows(server, 60)
        server.kill()
        wait_for_lines(log, count(log) + 300)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=120)
    assert run.returncode == 130, said
    assert re.search(r"cannot be reached: (connection refused|it hung up.*); events of r wait in its log", said)
    assert "may be in the log alone: 'genesis sidecar --once runs/r clickhouse.url=" in said
    server.start()
    command = said.rpartition("in the log alone: '")[2].partition("'")[0].split()
    later = genesis(*command[1:], cwd=tmp_path)
    assert later.returncode == 0, later.stderr
    assert held(server) == [count(log), count(log)]


def test_a_store_that_comes_back_is_told_of_and_has_everything(tmp_path: Path, server: ClickHouseServer) -> None:
    log = tmp_path / "runs" / "r" / LOG_NAME
    with running(tmp_path, server, PATIENT) as run:
        wait_for_rows(server, 60)
        server.kill()
        wait_for_words(run, "wait in its log")
        server.start()
        wait_for_words(run, "the store takes events of r again")
        wait_for_lines(log, count(log) + 100)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=120)
    assert "in the log alone" not in said
    assert held(server) == [count(log), count(log)]


def test_a_sidecar_that_is_killed_is_told_of_and_the_run_goes_on(tmp_path: Path, server: ClickHouseServer) -> None:
    log = tmp_path / "runs" / "r" / LOG_NAME
    with running(tmp_path, server) as run:
        wait_for_rows(server, 10)
        os.kill(sidecar_of(run.pid), signal.SIGKILL)
        wait_for_words(run, "the sidecar ended with exit code -9: events of r are in its log alone from here on")
        wait_for_lines(log, count(log) + 100)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=120)
    assert run.returncode == 130, said
    assert "'genesis sidecar --once runs/r" in said


def test_a_killed_run_leaves_a_sidecar_that_loads_what_there_is_and_ends(
    tmp_path: Path, server: ClickHouseServer
) -> None:
    log = tmp_path / "runs" / "r" / LOG_NAME
    with running(tmp_path, server) as run:
        wait_for_rows(server, 10)
        below = descendants(run.pid)
        run.kill()
        run.communicate(timeout=120)
        assert survivors(below) == set()
    assert held(server)[1] == count(log)


def test_twice_ctrl_c_stops_the_sidecar_at_once(tmp_path: Path, server: ClickHouseServer) -> None:
    with running(tmp_path, server) as run:
        wait_for_rows(server, 10)
        below = descendants(run.pid)
        run.send_signal(signal.SIGINT)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=120)
    assert run.returncode == 130, said
    assert survivors(below) == set()
    assert "Traceback" not in said


def test_twice_ctrl_c_after_the_sidecar_died_is_no_traceback(tmp_path: Path, server: ClickHouseServer) -> None:
    with running(tmp_path, server) as run:
        wait_for_rows(server, 10)
        below = descendants(run.pid)
        os.kill(sidecar_of(run.pid), signal.SIGKILL)
        wait_for_lines(tmp_path / "runs" / "r" / LOG_NAME, 200)
        run.send_signal(signal.SIGINT)
        time.sleep(0.02)  # or the two are one
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=120)
    assert run.returncode == 130, said
    assert survivors(below) == set()
    assert "Traceback" not in said, said


def test_a_sidecar_that_cannot_start_is_told_of_in_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    (tmp_path / "python").write_text("#!/bin/sh\necho no such interpreter >&2; exit 1\n")
    (tmp_path / "python").chmod(0o755)
    with pytest.raises(EnvironmentFault, match=r"^no such interpreter; without clickhouse\.url"):
        asyncio.run(check_store(ClickHouseConfig(url="http://127.0.0.1:1")))


def sidecar_of(pid: int) -> int:
    for each in descendants(pid):
        with suppress(FileNotFoundError, ProcessLookupError):  # a candidate was there a moment ago
            if b"\0sidecar\0" in Path(f"/proc/{each.pid}/cmdline").read_bytes():
                return each.pid
    raise AssertionError("no sidecar")


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        (
            ["clickhouse.url=http://127.0.0.1:1"],
            3,
            "cannot be reached: connection refused; without clickhouse.url",
        ),
        (["clickhouse.user=writer", "clickhouse.password_env=WRONG"], 3, "the user or the password is wrong"),
        (["clickhouse.user=writer", "clickhouse.password_env=UNSET"], 2, "the environment variable UNSET"),
        (["clickhouse.user=reader", "clickhouse.password_env=READER"], 3, "lacks rights"),
    ],
)
def test_a_store_that_will_not_stops_a_run_before_it_begins(
    tmp_path: Path, server: ClickHouseServer, given: list[str], code: int, says: str
) -> None:
    secrets = {"WRONG": "s3cret-horse", "READER": "reader"}
    url = f"clickhouse.url={server.url}"
    done = genesis("run", "toy", SHORT, "run_id=r", url, *given, cwd=tmp_path, env=secrets)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "s3cret-horse" not in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists()


def test_a_resumed_run_does_not_wait_for_its_store(tmp_path: Path, server: ClickHouseServer) -> None:
    log = tmp_path / "runs" / "r" / LOG_NAME
    with running(tmp_path, server) as run:
        wait_for_lines(log, 100)
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=120)
    assert Run.open(log).status == "interrupted"
    server.kill()
    before = count(log)
    arguments = (*COMMAND, "resume", "r")
    resumed = subprocess.Popen(arguments, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True)
    wait_for_lines(log, before + 100)
    resumed.send_signal(signal.SIGINT)
    _, said = resumed.communicate(timeout=120)
    assert resumed.returncode == 130, said
    assert "cannot be reached" in said and "'genesis sidecar --once runs/r" in said
    server.start()
    assert genesis("sidecar", "--once", "runs/r", f"clickhouse.url={server.url}", cwd=tmp_path).returncode == 0
    assert held(server) == [count(log), count(log)]
