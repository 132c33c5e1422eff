"""What templates may use: one table of names, each with what it holds. The reference page is made from it."""

from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Final

from genesis.mutation.models.shown import (
    ShownAttempt,
    ShownInsight,
    ShownMetric,
    ShownProgram,
    ShownPrompt,
    ShownScore,
)

__all__ = ["ATTRIBUTES", "PARTS", "VARIABLES"]

VARIABLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "task": "the problem's description, whole",
        "language": "the language's name",
        "fence": "what stands behind the fence of a program",
        "hints": "notes on the language; may be empty",
        "entry": "name of the entry file",
        "entrypoint": "name of the function that a program defines; empty for executables",
        "has_context": "whether that function takes the problem's context",
        "helper": "the problem's `helper.py` in a fence; may be empty",
        "limits": "what a program may use, for people; may be empty",
        "metrics": "the metrics that prompts may show, each with name, goal, is_primary, range, unit, step, meaning",
        "primary": "the primary one of them; none where it is private",
        "operator": "the operator's name, which is also the name of its template",
        "variant": "which of the operator's prompts; empty where there is one",
        "format": "name of the template that says how to reply: `format_patch` or `format_program`",
        "parent": "the program that is changed: the first of `parents`; none for a first program",
        "parents": "the programs to breed from",
        "inspirations": "other good programs, best first",
        "failures": "programs to learn from what went wrong",
        "tried": "attempts on the first parent's lineage, latest first",
        "insights": "lessons, each with text and based_on",
        "scratchpad": "the run's notes in a fence; may be empty",
        "regions": "which lines may change, where not all may; else empty",
        "files": "the paths of the parent's files, for people",
        "is_multi_file": "whether the parent has several files",
        "example_file": "a path for examples",
        "program": "in the template `program`: the one that it shows",
        "summary": "in `retry`: the closed reason, in words",
        "fault": "in `retry` and `score_retry`: what is wrong with the reply, fenced",
        "excerpt": "in `retry`: the lines of the changed program that the fault names, fenced; may be empty",
        "applies_to_changed": "in `retry`: whether blocks now apply to the program as the reply has changed it",
        "is_patch": "in `retry`: whether blocks were asked for",
        "turns_left": "in `retry`: how many replies are still asked for, this one included",
        "child": "in `insight`: the program that is studied",
        "difference": "in `insight`: its difference from the parent, fenced; may be empty",
        "prompts": "in `prompt`: the texts on how to work, the one to improve first",
        "candidate": "in `judge`: the program that may be new; in `score`: the one that is scored",
        "nearest": "in `judge`: the known program that is most like it",
        "criteria": "in `score`: what the problem's stage says to look for",
        "score_range": "in `score` and `score_retry`: the range of scores, such as `0 to 10`",
    }
)
"""Variable to what it holds. A template that is not shown a thing has it empty."""

_KINDS: Final = (ShownAttempt, ShownInsight, ShownMetric, ShownProgram, ShownPrompt, ShownScore)

PARTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {kind.__name__: tuple(each.name for each in fields(kind)) for kind in _KINDS}
)
"""What each kind of value has."""

ATTRIBUTES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        **dict.fromkeys(("parent", "child", "candidate", "nearest", "program"), PARTS["ShownProgram"]),
        **dict.fromkeys(("primary", "metric"), PARTS["ShownMetric"]),
        "attempt": PARTS["ShownAttempt"],
        "score": PARTS["ShownScore"],
        "insight": PARTS["ShownInsight"],
        "prompt": PARTS["ShownPrompt"],
    }
)
"""What the variables, and the customary names for an element of a list, have."""
