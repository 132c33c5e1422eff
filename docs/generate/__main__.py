"""Writes every reference page; ``python -m docs.generate`` from the repository's root."""

from docs.generate import PAGES, REFERENCE

REFERENCE.mkdir(exist_ok=True)
for name, page in PAGES.items():
    (REFERENCE / name).write_text(page(), encoding="utf-8")
