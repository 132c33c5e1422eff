"""Links, names and claims of the pages hold."""

import getpass
import re
from pathlib import Path

import pytest

from events.types import CATALOGUE
from genesis.config.keys import KEYS, SECTIONS
from genesis.config.load import group_options
from tests.docs.pages import PAGES, ROOT, anchors, inline_code, links, name_of, prose

EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=name_of)
PACKAGES = ("events", "projections", "genesis", "sidecar", "sql", "problems", "tests", "docs", "benchmarks")
# Directories that every Linux machine has, and paths that are made up or parts of URLs.
KNOWN_ROOTS = {"runs", "dev", "proc", "sys", "tmp", "usr", "lib", "etc", "sandbox", "path"}
ABSOLUTE_PATH = re.compile(r"(?<![\w./:<>~*\-\])])/([a-z][\w.-]*)/[\w.-]+")


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 150


@EVERY_PAGE
def test_links_lead_somewhere(page: Path) -> None:
    for target in links(page):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{target}: there is no such file"
        assert there.is_relative_to(ROOT), f"{target}: it leads out of the repository"
        assert not anchor or anchor in anchors(there), f"{target}: there is no such heading"


@EVERY_PAGE
def test_files_that_are_named_exist(page: Path) -> None:
    for text in inline_code(page):
        if re.fullmatch(rf"(?:{'|'.join(PACKAGES)})/[\w./-]*", text):
            known = re.split(r"/[A-Z]+\b", text)[0]  # NAME stands for a name to be chosen
            assert (ROOT / known).exists(), f"`{text}`: there is no such file"


@EVERY_PAGE
def test_modules_that_are_named_exist(page: Path) -> None:
    for text in inline_code(page):
        if found := re.fullmatch(r"python -m ([\w.]+)", text):
            path = ROOT / found[1].replace(".", "/")
            assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), f"`{text}`: no such module"


@EVERY_PAGE
def test_configuration_keys_that_are_named_exist(page: Path) -> None:
    known = set(KEYS) | set(SECTIONS) | set(group_options())
    for text in (*inline_code(page), *_typed(page)):
        for key in re.findall(r"(?<![\w.])([a-z_]+(?:\.[a-z_]+)*)=", text):
            if key.partition(".")[0] in {name.partition(".")[0] for name in known}:
                assert key in known, f"`{text}`: there is no such key"
        if text not in CATALOGUE and re.fullmatch(rf"(?:{'|'.join(SECTIONS)})\.[a-z_]+", text):
            assert text in known, f"`{text}`: there is no such key"


def _typed(page: Path) -> list[str]:
    return re.findall(r"^\$ (genesis run .+)$", page.read_text(encoding="utf-8"), re.MULTILINE)


@EVERY_PAGE
def test_event_types_that_are_named_exist(page: Path) -> None:
    nouns = "|".join(sorted({kind.partition(".")[0] for kind in CATALOGUE}))
    for text in inline_code(page):
        if re.fullmatch(rf"(?:{nouns})\.[a-z]+", text) and text not in KEYS and not text.endswith((".py", ".id")):
            assert text in CATALOGUE, f"`{text}`: there is no such event type"


@EVERY_PAGE
def test_no_page_names_a_machine(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for name in (str(ROOT), f"{Path.home()}/"):
        assert name not in text
    assert not re.search(rf"\b{re.escape(getpass.getuser())}@", text)
    for found in ABSOLUTE_PATH.finditer(text):
        assert found[1] in KNOWN_ROOTS, f"{found[0]}: a path of some machine"


@EVERY_PAGE
def test_pages_are_finished(page: Path) -> None:
    text = prose(page)
    assert not re.search(r"\b(?:TODO|FIXME|TBD|XXX|WIP)\b|lorem ipsum", text)
    assert not re.search(r"(?<![\w&/])#\d+\b|\bissue \d+\b", text), "pages do not speak of a tracker"


@EVERY_PAGE
def test_lines_fit(page: Path) -> None:
    for line in prose(page).splitlines():
        assert len(line) <= 120 or line.startswith(("|", "<!--")) or "](" in line, line
