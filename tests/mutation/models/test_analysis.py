"""Replies to calls that study the search: read leniently, never guessed."""

from dataclasses import replace

import pytest

from genesis.mutation.models.analysis import (
    insight_messages,
    judge_messages,
    parse_insight,
    parse_prompt,
    parse_scratchpad,
    parse_verdict,
    prompt_messages,
    scratchpad_messages,
)
from genesis.mutation.models.port import Lesson, PromptView, Verdict
from genesis.mutation.models.sample import SAMPLE
from genesis.mutation.operators.port import Rejection

LESSON = Lesson(helped=("sorting first, since ties vanish",), hurt=(), evidence=("0.5 to 0.6",), next=("a heap",))


@pytest.mark.parametrize(
    "reply",
    [
        "HELPED: sorting first, since ties vanish\nEVIDENCE: 0.5 to 0.6\nNEXT: a heap",
        "**HELPED:** sorting first, since ties vanish\n\n**HURT:** none\n**Evidence:** 0.5 to 0.6\n**Next:** a heap",
        "- helped: sorting first, since ties vanish\n- hurt: -\n- evidence: 0.5 to 0.6\n- next: a heap",
        "### Helped:\n- sorting first, since ties vanish\n### Evidence:\n* 0.5 to 0.6\n### Next:\n1. a heap",
        "<think>HELPED: nonsense</think>\nLet me see.\nHELPED: sorting first, since ties vanish\n"
        "EVIDENCE: 0.5 to 0.6\nNEXT: a heap\nThat is all.",
        "1. HELPED: sorting first, since ties vanish\n2. EVIDENCE: 0.5 to 0.6\n3. NEXT: a heap",
    ],
)
def test_a_lesson_is_read_in_many_forms(reply: str) -> None:
    assert parse_insight(reply) == LESSON


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "It was a good change.",
        "HELPED: none\nHURT: nothing.\nEVIDENCE: x",
        "EVIDENCE: 3\nNEXT: y",
        "<think>HELPED: x",
    ],
)
def test_a_reply_without_a_lesson_teaches_nothing(reply: str) -> None:
    assert parse_insight(reply) is None


def test_a_lesson_is_kept_short() -> None:
    lesson = parse_insight("\n".join(f"HURT: {'word ' * 500}{n}" for n in range(9)))
    assert lesson is not None
    assert len(lesson.hurt) == 3
    assert all(len(line) <= 500 for line in lesson.hurt)


def test_a_lesson_is_kept_as_text() -> None:
    assert LESSON.text == "helped: sorting first, since ties vanish\nevidence: 0.5 to 0.6\nnext: a heap"


@pytest.mark.parametrize(
    ("reply", "notes"),
    [
        ("<scratchpad>\n## What works\nx\n</scratchpad>", "## What works\nx"),
        ("Here:\n<scratchpad>\n```markdown\n## What works\n```\n</scratchpad>\nDone.", "## What works"),
        ("## What works\nx", "## What works\nx"),
        ("<scratchpad>\n## What works", "## What works"),
        ("", None),
        ("x </scratchpad>", None),
        ("<scratchpad></scratchpad>", None),
    ],
)
def test_notes(reply: str, notes: str | None) -> None:
    assert parse_scratchpad(reply) == notes


def test_a_prompt_has_to_be_long_enough_to_say_something() -> None:
    text = "First find the bottleneck by the figures; then change the idea and not the digits. Be bold."
    assert parse_prompt(f"<prompt>\n{text}\n</prompt>") == text
    assert parse_prompt("<prompt>Be good.</prompt>") is None
    assert parse_prompt("") is None


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ("VERDICT: NOVEL, it sorts first", Verdict(True, "it sorts first")),
        ("VERDICT: SAME - only names differ.", Verdict(False, "only names differ")),
        ("**Verdict:** NOVEL. It uses a heap.", Verdict(True, "It uses a heap")),
        ("NOVEL", Verdict(True, "")),
        ("same: only digits", Verdict(False, "only digits")),
        ("Not novel, a rename", Verdict(False, "a rename")),
        ("Let me compare.\n\nVERDICT: SAME", Verdict(False, "")),
        ("VERDICT: NOVEL or SAME", None),
        ("VERDICT: NOVEL\nVERDICT: SAME", None),
        ("It is a novelty", None),
        ("", None),
    ],
)
def test_verdicts(reply: str, verdict: Verdict | None) -> None:
    assert parse_verdict(reply) == verdict


def test_questions_show_what_they_are_about() -> None:
    child = replace(SAMPLE.parents[0], id="p000077", metrics={"score": 0.75, "size": 3.0})
    insight = insight_messages(SAMPLE, child)
    judge = judge_messages(SAMPLE, candidate=child, nearest=SAMPLE.inspirations[0])
    notes = scratchpad_messages(SAMPLE)
    prompt = prompt_messages(
        SAMPLE, [PromptView(prompt_id="q7", text="Think hard.", score=0.625, samples=SAMPLE.tried)]
    )
    for asked, parts in (
        (insight, ("# What was made of it: p000077", "score = 0.75 (primary), +0.25, better against the parent")),
        (judge, ("# The known program: p000001", "# The candidate", "VERDICT:")),
        (notes, ("Second steps help.", "helped: a second step", "<scratchpad>")),
        (prompt, ("## q7: score 0.625", "Think hard.", "gain +0.125", "<prompt>")),
    ):
        assert not isinstance(asked, Rejection)
        assert [message.role for message in asked] == ["system", "user"]
        for part in parts:
            assert part in asked[1].content


def test_questions_keep_to_the_budget() -> None:
    small = replace(SAMPLE, max_tokens=300)
    assert isinstance(scratchpad_messages(small), Rejection)


def test_a_prompt_without_a_text_is_the_guidance() -> None:
    for brief, text in (
        (SAMPLE, "Find what limits the score now."),
        (replace(SAMPLE, templates={"guidance": "Mine."}), "Mine."),
    ):
        asked = prompt_messages(brief, [PromptView(prompt_id="q0", text="")])
        assert not isinstance(asked, Rejection)
        assert text in asked[1].content
        assert "{#" not in asked[1].content
