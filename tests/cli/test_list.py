"""The list of runs, from the ends of their logs."""

import json
import os
from pathlib import Path

import pytest

from events.log import LogReader
from genesis.cli.glimpse import Broken, Glimpse, glimpse
from genesis.cli.story import Story
from projections import drive
from tests.cli.command import genesis


@pytest.mark.parametrize("kept", [1, 2, 7, 20, 33, 60, 97, 130, 162, 163])
def test_a_glimpse_says_what_a_fold_of_the_whole_log_says(log: Path, kept: int) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:kept]))
    story = Story()
    drive(LogReader(log), story)
    seen = glimpse(log.parent)
    assert isinstance(seen, Glimpse)
    assert seen.evaluations == story.progress.evaluations
    assert seen.best == (story.improvements[-1].value if story.improvements else None)
    assert seen.status == ("completed" if kept == len(lines) else "killed")


def test_a_line_that_is_being_written_does_not_count(log: Path) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:100]))
    before = glimpse(log.parent)
    log.write_bytes(b"".join(lines[:100]) + lines[100][:50])
    assert glimpse(log.parent) == before


@pytest.mark.parametrize("content", [b"", b"not an event\n", b"\xff\xfe\n", b'{"half":'])
def test_a_log_that_cannot_be_read_is_broken_and_no_error(log: Path, content: bytes) -> None:
    log.write_bytes(content)
    assert isinstance(glimpse(log.parent), Broken)


def test_list_shows_every_run_and_passes_over_what_is_none(home: Path, log: Path) -> None:
    (home / "runs" / "notes").mkdir()
    (home / "runs" / "readme.txt").write_text("not a run")
    broken = home / "runs" / "torn" / log.name
    broken.parent.mkdir()
    broken.write_text("not an event\n")
    done = genesis("list", cwd=home)
    assert done.returncode == 0
    first, golden, torn, *said = done.stdout.splitlines()
    assert first.split() == ["run", "problem", "status", "evaluated", "best", "age"]
    assert golden.split()[:4] == ["golden", "toy", "completed", "25"]
    assert torn.split()[:3] == ["torn", "—", "broken"]
    assert "not a JSON object" in "\n".join(said)
    told = json.loads(genesis("list", "--json", cwd=home).stdout)
    assert [each["run"] for each in told] == ["runs/golden", "runs/torn"]
    assert told[0]["started"].startswith("2026-11-22T17:15:57")


def test_a_folder_without_runs_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    for folder in ("elsewhere", "runs"):  # the usual one is made by the first run
        done = genesis("list", "--runs-dir", folder, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (0, "")
        assert f"there are no runs in {folder}" in done.stderr


@pytest.mark.parametrize("command", [("list",), ("query", "SELECT 1"), ("query", "runs_overview", "--engine", "chdb")])
def test_a_folder_that_is_none_is_an_error_that_names_it(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder, said in (("nope", "there is no folder nope"), ("file", "file is a file")):
        done = genesis(*command, "--runs-dir", folder, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr


def test_a_sidecar_that_is_to_load_once_names_a_folder_that_is_none(tmp_path: Path) -> None:
    done = genesis("sidecar", "--once", "runs_dir=nope", cwd=tmp_path)
    assert done.returncode == 2
    assert "there is no folder nope" in done.stderr


def test_latest_is_the_run_last_written_to(home: Path, log: Path) -> None:
    older = home / "runs" / "zzz" / log.name
    older.parent.mkdir()
    older.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:50]))
    written = older.stat()
    os.utime(log, ns=(written.st_atime_ns, written.st_mtime_ns + 1))
    told = json.loads(genesis("verify", "latest", "--json", cwd=home).stdout)
    assert (told["run"], told["events"]) == ("runs/golden", 163)
