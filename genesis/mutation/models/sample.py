"""Renders templates for two made-up briefs, one with everything and one with next to nothing: a check before a run."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from events.types import MetricSpec
from genesis.mutation.models import analysis, scoring
from genesis.mutation.models.conversation import VARIANTS, converse
from genesis.mutation.models.port import Attempt, Brief, Insight, PromptView, Rubric, Turn, View
from genesis.program import Source

__all__ = ["SAMPLE", "check_rendering"]

_CODE: Final = "# EVOLVE-BLOCK-START\nX = 1\n# EVOLVE-BLOCK-END\n\n\ndef entrypoint():\n    return X\n"
_TRIED: Final = Attempt(
    program="p000002",
    operator="llm_diff",
    name="llm_diff: two steps",
    rationale="One step was not enough.",
    gain=0.125,
    outcome="valid",
    kept=True,
)


def _view(program: str, failure: str = "") -> View:
    return View(
        id=program,
        source=Source({"program.py": _CODE, "lib.py": "Y = 2\n"}, "program.py"),
        metrics={} if failure else {"score": 0.5, "size": 11.0},
        fitness=None if failure else 0.5,
        feedback="" if failure else "the third point is too near to the border",
        failure=failure,
        operator="llm_diff",
        name="llm_diff: two steps",
        rationale="One step was not enough.",
        usage="1.5 s of 2 s",
    )


SAMPLE: Final = Brief(
    operator="llm_diff",
    task="Find the number.",
    language="python",
    entry="program.py",
    helper="def near(x):\n    return abs(x)\n",
    hints="Use NumPy.",
    limits="2 s of CPU time",
    metrics={
        "score": MetricSpec(
            description="how near it is", higher_is_better=True, is_primary=True, lower_bound=0.0, upper_bound=1.0
        ),
        "size": MetricSpec(description="how many numbers", higher_is_better=False, unit="numbers"),
    },
    parents=(_view("p000004"), _view("p000003")),
    inspirations=(_view("p000001"),),
    failures=(_view("p000005", "timeout: 2.0 s"),),
    tried=(_TRIED, replace(_TRIED, program="p000006", gain=None, outcome="crash: ValueError", kept=False)),
    insights=(Insight(text="helped: a second step", based_on=("p000002",)),),
    scratchpad="Second steps help.",
    max_tokens=1_000_000,
)
"""A brief with everything in it."""


def check_rendering(templates: Mapping[str, str]) -> None:
    """Renders every message that these templates have a part in.

    Raises:
        PromptTemplateError: One cannot be rendered; the message names the template and the line.
    """
    for brief in (_full(templates), _bare(templates)):
        for operator, variants in VARIANTS.items():
            for variant in variants:
                if brief.parents or operator == "llm_seed":
                    parents = () if operator == "llm_seed" else brief.parents
                    asked = replace(brief, operator=operator, variant=variant, parents=parents)
                    converse(asked, [Turn("no program")])
                    converse(asked, [Turn("```python\nX = (\ndef entrypoint(): pass\n```")])
        _check_analysis(brief)


def _check_analysis(brief: Brief) -> None:
    view = _view("p000007")
    analysis.insight_messages(brief, view)
    analysis.scratchpad_messages(brief)
    analysis.prompt_messages(brief, [PromptView(prompt_id="q1", text="Think.", score=0.5, samples=(_TRIED,))])
    analysis.judge_messages(brief, candidate=view, nearest=_view("p000001"))
    rubric = Rubric("how short it is", 0, 10)
    scoring.score_messages(brief, view, rubric)
    scoring.score_retry(brief, rubric, (), "Good.", "no line says SCORE:")


def _full(templates: Mapping[str, str]) -> Brief:
    return replace(SAMPLE, templates=templates)


def _bare(templates: Mapping[str, str]) -> Brief:
    return Brief(
        operator="llm_seed",
        task="Find the number.",
        language="python",
        entry="program.py",
        entrypoint="",
        metrics={},
        templates=templates,
        max_tokens=1_000_000,
    )
