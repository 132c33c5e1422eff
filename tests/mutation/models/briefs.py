"""Briefs for tests: small, complete, and of real programs."""

from dataclasses import replace
from typing import Any

from genesis.mutation.models.port import Brief, View
from genesis.mutation.models.sample import SAMPLE
from genesis.program import Source


def brief(source: Source | None, **changes: Any) -> Brief:
    """A brief to change one program, with nothing around it."""
    parents = () if source is None else (View(id="p000001", source=source, metrics={"score": 0.25}, fitness=0.25),)
    bare = replace(
        SAMPLE, parents=parents, inspirations=(), failures=(), tried=(), insights=(), scratchpad="", helper=""
    )
    return replace(bare, **changes)
