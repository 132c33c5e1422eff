"""The reference pages say what the code says."""

import re
from dataclasses import fields

import pytest

from docs.generate import PAGES, REFERENCE
from events.types import CATALOGUE
from genesis.config.keys import KEYS
from tests.docs.pages import inline_code


@pytest.mark.parametrize("name", PAGES)
def test_reference_page_is_current(name: str) -> None:
    assert (REFERENCE / name).read_text(encoding="utf-8") == PAGES[name](), "run: python -m docs.generate"


def test_every_page_of_the_reference_is_generated() -> None:
    assert {page.name for page in REFERENCE.iterdir()} == set(PAGES)


def test_every_event_type_has_a_heading() -> None:
    text = (REFERENCE / "events.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^### (\w+\.\w+)$", text, re.MULTILINE)) == set(CATALOGUE)


def test_every_field_of_every_event_type_is_in_its_table() -> None:
    text = (REFERENCE / "events.md").read_text(encoding="utf-8")
    for kind, payload in CATALOGUE.items():
        section = re.split(r"^#{2,3} ", text.split(f"\n### {kind}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]
        assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == {field.name for field in fields(payload)}, (
            kind
        )


def test_every_configuration_key_is_described() -> None:
    text = (REFERENCE / "configuration.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w.]+)` \| [^|]+ \| `[^|]+` \| ([^|]+) \|$", text, re.MULTILINE)
    assert {key for key, says in rows if says.strip()} >= set(KEYS)


def test_every_command_is_in_the_command_line_page() -> None:
    names = {"run", "resume", "list", "show", "best", "verify", "replay", "doctor", "problem check"}
    text = (REFERENCE / "command-line.md").read_text(encoding="utf-8")
    assert names <= set(re.findall(r"^## genesis (.+)$", text, re.MULTILINE))
    assert "--json" in set(inline_code(REFERENCE / "command-line.md"))
