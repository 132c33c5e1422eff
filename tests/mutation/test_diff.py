"""The diff of two programs: readable, bounded, and right."""

import shutil
import subprocess
from pathlib import Path

import pytest

from genesis.mutation.diff import MAX_DIFF_CHARACTERS, unified
from genesis.program import Source


def source(text: str, **files: str) -> Source:
    return Source({"program.py": text, **files}, "program.py")


def test_it_shows_what_changed_in_its_lines() -> None:
    assert unified(source("a\nb\nc\n"), source("a\nB\nc\n")) == (
        "--- a/program.py\n+++ b/program.py\n@@ -1,4 +1,4 @@\n a\n-b\n+B\n c\n "
    )


def test_equal_files_are_left_out_and_added_and_removed_ones_are_named() -> None:
    text = unified(source("a", same="x", old="y"), source("a", same="x", new="z"))
    assert text == "--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+z\n--- a/old\n+++ /dev/null\n@@ -1 +0,0 @@\n-y"


def test_a_long_diff_is_cut_and_says_so() -> None:
    text = unified(source("a" * 100_000), source("b" * 100_000))
    assert len(text) == MAX_DIFF_CHARACTERS
    assert text.endswith("\n[diff cut: 200049 characters in all]")


def test_a_change_in_a_long_file_is_one_hunk() -> None:
    before = "\n".join(str(i) for i in range(10_000)) + "\n"
    text = unified(source(before), source(before.replace("\n5000\n", "\nfive\nthousand\n")))
    assert text == (
        "--- a/program.py\n+++ b/program.py\n@@ -4998,7 +4998,8 @@\n 4997\n 4998\n 4999\n-5000\n+five\n+thousand\n"
        " 5001\n 5002\n 5003"
    )


@pytest.mark.skipif(shutil.which("patch") is None, reason="no patch command on this machine")
@pytest.mark.parametrize("lines", [10, 10_000])
def test_patch_applies_it(tmp_path: Path, lines: int) -> None:
    before = "".join(f"{i % 7}\n" for i in range(lines))
    after = before[:6] + "new\n" + before[8:]
    (tmp_path / "program.py").write_text(before)
    subprocess.run(
        ["patch", "-p1"], cwd=tmp_path, input=unified(source(before), source(after)) + "\n", text=True, check=True
    )
    assert (tmp_path / "program.py").read_text() == after
