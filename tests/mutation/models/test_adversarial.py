"""Replies of 200 KB that would take hours where a pattern backtracks: each test ends, or its time-out says which."""

import pytest

from genesis.mutation.models.analysis import parse_insight, parse_prompt, parse_scratchpad, parse_verdict
from genesis.mutation.models.conversation import VARIANTS, converse
from genesis.mutation.models.port import Ask, Turn
from genesis.mutation.models.tokens import tokens_at_most
from genesis.mutation.operators.port import Proposed, Rejection
from genesis.program import Source
from tests.language.hostile import HOSTILE
from tests.mutation.models.briefs import brief

SIZE = 200_000
PROGRAM = "".join(f"x{n} = {n}\n" for n in range(500)) + "\n\ndef entrypoint():\n    return x1\n"
BLOCK = "<<<<<<< SEARCH\nx1 = 1\n=======\nx1 = 2\n>>>>>>> REPLACE\n"


def _filled(part: str) -> str:
    return part * (SIZE // len(part))


REPLIES = {
    "backticks": _filled("`"),
    "tildes": _filled("~"),
    "fences": _filled("```\n"),
    "named fences": _filled("```python\n"),
    "fence and blanks": "```" + " " * SIZE + "`",
    "openings": _filled("<<<<<<< SEARCH\n"),
    "angle brackets": _filled("<"),
    "closing brackets": _filled(">"),
    "pluses": _filled("+"),
    "equals": _filled("=======\n"),
    "one long line of equals": _filled("="),
    "blocks": _filled(BLOCK.replace("x1", "x2 = 2\nx1")),
    "blocks that are nowhere": _filled(BLOCK.replace("x1", "y1")),
    "one block of nothing": "<<<<<<< SEARCH\n" + _filled("\n") + "=======\n>>>>>>> REPLACE\n",
    "one long search": "<<<<<<< SEARCH\n" + _filled("x1 = 1\n") + "=======\n>>>>>>> REPLACE\n",
    "one long line in search": "<<<<<<< SEARCH\n" + _filled("x") + "\n=======\n>>>>>>> REPLACE\n",
    "long indentation": "<<<<<<< SEARCH\n" + _filled(" ") + "x1 = 1\n=======\nx\n>>>>>>> REPLACE\n",
    "hunks": "--- a/program.py\n+++ b/program.py\n" + _filled("@@ -1 +1 @@\n-x1 = 1\n+x1 = 2\n"),
    "at signs": _filled("@"),
    "headings": _filled("### File: program.py\n") + BLOCK,
    "heading of many parts": "/a.b" * 70 + "`" * 200 + "!\n" + BLOCK,
    "thoughts": _filled("<think>"),
    "ends of thoughts": _filled("</think>\n"),
    "names": _filled("<name>"),
    "name lines": _filled("name: x\n"),
    "stars": _filled("*"),
    "blanks": _filled(" "),
    "new lines": _filled("\n"),
    "carriage returns": _filled("\r"),
    "nulls and surrogates": _filled("\0\udc80\n"),
    "verdicts": _filled("VERDICT: "),
    "helped": _filled("HELPED: x\n"),
    "brackets": "```python\n" + _filled("(") + "\n```",
    "numbered": "<<<<<<< SEARCH\n" + _filled("1 | x\n") + "=======\n>>>>>>> REPLACE\n",
}

APPLICABLE = {"headings", "heading of many parts", "long indentation"}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", REPLIES)
@pytest.mark.parametrize("operator", VARIANTS)
def test_long_replies_are_read_in_time(operator: str, name: str) -> None:
    source = Source.single(PROGRAM, "program.py")
    asked = brief(
        source, operator=operator, parents=() if operator == "llm_seed" else brief(source).parents * 2, max_turns=1
    )
    step = converse(asked, [Turn(REPLIES[name])])
    assert isinstance(step, Proposed if name in APPLICABLE and operator != "llm_seed" else Rejection)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_long_replies_to_analysis_are_read_in_time(reply: str) -> None:
    parse_insight(reply)
    parse_verdict(reply)
    assert len(parse_scratchpad(reply) or "") <= 6_000
    assert len(parse_prompt(reply) or "") <= 6_000
    assert tokens_at_most(reply) > 0


def test_a_block_is_found_in_a_reply_of_200_kb() -> None:
    source = Source.single(PROGRAM, "program.py")
    noise = "This is a long thought about the problem, with `code` and more.\n" * 3_000
    step = converse(brief(source), [Turn(f"{noise}\n{BLOCK}\n{noise}")])
    assert not isinstance(step, Rejection)
    assert getattr(step, "source", source).text == PROGRAM.replace("x1 = 1\n", "x1 = 2\n", 1)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_programs_in_replies_are_answered(text: str) -> None:
    source = Source.single(PROGRAM, "program.py")
    for operator, reply in (
        ("llm_rewrite", f"```python\n{text}\n```"),
        ("llm_diff", f"<<<<<<< SEARCH\nx1 = 1\n=======\n{text}\n>>>>>>> REPLACE\n"),
        ("llm_diff", f"<<<<<<< SEARCH\n{text}\n=======\nx1 = 2\n>>>>>>> REPLACE\n"),
    ):
        step = converse(brief(source, operator=operator), [Turn(reply), Turn(reply, diagnostics=text)])
        assert isinstance(step, Ask | Proposed | Rejection)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_parents_are_shown_or_refused(text: str) -> None:
    step = converse(brief(Source.single(text, "program.py"), max_tokens=10**9), ())
    assert isinstance(step, Ask | Rejection)
