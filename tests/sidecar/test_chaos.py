"""Store and sidecar killed in the middle of batches, at random moments: in the end every event is there once."""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sidecar.settings import ClickHouseSettings
from tests.sidecar.logs import Writer
from tests.sidecar.servers import ClickHouseServer
from tests.sidecar.stores import HELD, clickhouse_rows, expected, parquet_rows


def _start(*arguments: str | Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "sidecar", "--batch-rows", "23", *map(str, arguments)],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def _finish(*arguments: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sidecar", "--once", *map(str, arguments)], capture_output=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _through_clickhouse(folder: Path, kills: int, dice: random.Random) -> None:
    """Kills the store, the sidecar or both, while a log is written."""
    server = ClickHouseServer(folder / "clickhouse")
    log = Writer(folder / "runs" / "r", "r").append(20)
    where = ("--runs-dir", folder / "runs", "--clickhouse", server.url)
    sidecar = _start(*where)
    try:
        for _ in range(kills):
            log.append(dice.randrange(40, 160))
            victim = dice.choice(["store", "sidecar", "both"])
            if victim != "sidecar":
                if dice.random() < 0.5:
                    server.fault(dice.choice(["die_before", "die_after"]))
                    _wait(lambda: server.dead, 5)
                else:
                    time.sleep(dice.random() * 0.5)
                server.kill()
            else:
                time.sleep(0.3 + dice.random())
            if victim != "store":
                _kill(sidecar)
            if server.dead:
                server.start()
            if victim != "store":
                sidecar = _start(*where)
        _kill(sidecar)
        _finish(*where)
        assert clickhouse_rows(ClickHouseSettings(url=server.url), HELD) == expected(log.hashes)
    finally:
        _kill(sidecar)
        server.kill()


def _wait(done: Callable[[], bool], within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while not done() and time.monotonic() < deadline:
        time.sleep(0.02)


def _through_parquet(folder: Path, kills: int, dice: random.Random) -> None:
    log = Writer(folder / "runs" / "r", "r").append(20)
    for _ in range(kills):
        sidecar = _start("--runs-dir", folder / "runs")
        log.append(dice.randrange(200, 800))
        time.sleep(0.6 + dice.random())
        _kill(sidecar)
    _finish("--runs-dir", folder / "runs")
    assert parquet_rows(folder / "runs", HELD) == expected(log.hashes)


@pytest.mark.timeout(300)
def test_store_and_sidecar_killed_in_mid_batch(tmp_path: Path) -> None:
    _through_clickhouse(tmp_path, 4, random.Random(4))


@pytest.mark.timeout(300)
def test_sidecar_killed_while_it_writes_parts(tmp_path: Path) -> None:
    _through_parquet(tmp_path, 3, random.Random(2))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_store_and_sidecar_killed_a_hundred_times(tmp_path: Path) -> None:
    for round_number in range(10):
        folder = tmp_path / str(round_number)
        _through_clickhouse(folder, 10, random.Random(round_number))
        _through_parquet(folder / "parquet", 10, random.Random(round_number))
