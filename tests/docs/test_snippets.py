"""What the pages show works when it is typed."""

from pathlib import Path

import pytest

from tests.docs.pages import GENERATED, PAGES, blocks, name_of
from tests.docs.transcripts import matches, run_page

WRITTEN = [page for page in PAGES if page.parent != GENERATED]
RUNNABLE = {"console", "python"}


@pytest.mark.timeout(900)  # each command has a time limit of its own
@pytest.mark.parametrize(
    "page", [page for page in WRITTEN if RUNNABLE & {b.language for b in blocks(page)}], ids=name_of
)
def test_page_does_what_it_shows(page: Path, tmp_path: Path) -> None:
    assert run_page(page, tmp_path) > 0


def test_a_transcript_may_differ_in_numbers_and_times_alone() -> None:
    shown = "best score  0.21, p000058 by constants\n…\ntime 1.6 s\n"
    assert matches(shown, "best score 0.3217, p000111 by cma_es\nmore\nand more\ntime 250 ms\n")
    assert not matches(shown, "best score 0.3217, p000111 by cma_es\nmore\n")
    assert not matches(shown, "worst score 0.3217, p000111 by cma_es\ntime 1 s\n")


def test_an_ellipsis_in_a_line_stays_in_that_line() -> None:
    assert matches("last hash …\nnext", "last hash 12ab\nnext")
    assert not matches("last hash …", "last hash 12ab\nnext")
