"""``genesis dev``: a broker and a run that begin and end together."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pytest

from genesis.run import LOG_NAME, Run
from tests.bus.runs import same
from tests.cli.brokers import served
from tests.cli.command import COMMAND, DEADLINE_S, ENDLESS, PATIENT, environment, genesis, wait_for_lines
from tests.processes import descendants, survivors


def _start(directory: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*COMMAND, "dev", "toy", "--no-sidecar", "run_id=r", *ENDLESS, *arguments],
        cwd=directory, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def _broker_of(pid: int) -> int:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        for each in descendants(pid):
            with suppress(FileNotFoundError, ProcessLookupError):  # it was there a moment ago
                if Path(f"/proc/{each.pid}/comm").read_text().strip() == "nats-server":
                    return each.pid
        time.sleep(0.02)
    raise AssertionError("no broker")


def test_the_run_is_on_the_stream_that_stays_in_the_runs_directory(tmp_path: Path) -> None:
    done = genesis("dev", "toy", "--no-sidecar", "run_id=r", "stop.evaluations=30", PATIENT, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "broker at nats://127.0.0.1:" in done.stderr
    assert "best" in done.stdout
    with served(tmp_path / "runs" / ".nats") as broker:
        same(broker.deliveries("r"), tmp_path / "runs" / "r" / LOG_NAME)
        busy = genesis("dev", "toy", "--no-sidecar", cwd=tmp_path)
        assert busy.returncode == 3
        assert "a broker of process" in busy.stderr
    assert genesis("list", cwd=tmp_path).returncode == 0


@pytest.mark.skipif(find_spec("sidecar.__main__") is None, reason="this version's sidecar is no program")
def test_the_sidecar_has_loaded_everything_when_all_has_stopped(tmp_path: Path) -> None:
    done = genesis("dev", "toy", "run_id=r", "stop.evaluations=30", PATIENT, cwd=tmp_path)
    assert done.returncode == 0, done.stderr + (tmp_path / "runs" / "sidecar.log").read_text()
    run = tmp_path / "runs" / "r"
    loaded = duckdb.sql(f"SELECT count(DISTINCT sequence) FROM '{run}/analytics/events-*.parquet'").fetchall()[0]
    assert loaded == (len((run / LOG_NAME).read_bytes().splitlines()),)


def test_ctrl_c_stops_the_run_cleanly_and_then_the_rest(tmp_path: Path) -> None:
    log = tmp_path / "runs" / "r" / LOG_NAME
    dev = _start(tmp_path, PATIENT)
    wait_for_lines(log, 60)
    below = descendants(dev.pid)
    dev.send_signal(signal.SIGINT)
    _, said = dev.communicate(timeout=120)
    assert dev.returncode == 130, said
    assert survivors(below) == set()
    assert Run.open(log).status == "interrupted"
    with served(tmp_path / "runs" / ".nats") as broker:
        same(broker.deliveries("r"), log)


def test_a_broker_that_dies_is_told_of_and_takes_the_run_with_it(tmp_path: Path) -> None:
    log = tmp_path / "runs" / "r" / LOG_NAME
    dev = _start(tmp_path)
    wait_for_lines(log, 60)
    os.kill(_broker_of(dev.pid), signal.SIGKILL)
    _, said = dev.communicate(timeout=120)
    assert dev.returncode == 3, said
    assert "the broker (its log is runs/.nats/nats-server.log) ended with exit code -9" in said
    assert Run.open(log).status == "interrupted"


def test_nothing_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    dev = _start(tmp_path)
    wait_for_lines(tmp_path / "runs" / "r" / LOG_NAME, 60)
    below = descendants(dev.pid)
    assert len(below) >= 3
    dev.kill()
    dev.communicate(timeout=120)
    assert survivors(below) == set()


def test_a_broker_of_ones_own_is_not_for_dev(tmp_path: Path) -> None:
    done = genesis("dev", "toy", "nats.url=nats://127.0.0.1:1", cwd=tmp_path)
    assert done.returncode == 2
    assert "starts a broker of its own; leave the key out" in done.stderr
    assert genesis("dev", "toy", "windo=3", cwd=tmp_path).returncode == 2
