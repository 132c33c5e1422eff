"""A patch applies exactly or is rejected, and text outside the regions never changes: whatever a reply holds."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from genesis.language import code_digest
from genesis.mutation.models.conversation import converse
from genesis.mutation.models.patch import apply_patch
from genesis.mutation.models.port import Turn
from genesis.mutation.operators.port import Proposed, Rejection
from genesis.mutation.regions import unchanged_outside
from genesis.program import Source
from tests.mutation.models.briefs import brief
from tests.mutation.models.test_corpus import CASES
from tests.mutation.programs import program, texts

_LINES = st.sampled_from(["a = 1", "  b = 2", "\tc", "", "return x", "x = x  ", "# ---", "    if a:", "été", "else:"])
_TEXTS = st.lists(_LINES, min_size=1, max_size=12)
_FRAGMENTS = st.sampled_from(
    [line for case in CASES for line in case.reply.split("\n")]
    + ["<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE", "```", "```python", "@@ -1 +1 @@", "</think>", "program.py"]
)


def _block(search: list[str], replace: list[str]) -> str:
    return "\n".join(["<<<<<<< SEARCH", *search, "=======", *replace, ">>>>>>> REPLACE", ""])


@settings(max_examples=300, deadline=None)
@given(lines=_TEXTS, replace=_TEXTS, data=st.data())
def test_lines_of_the_program_are_replaced_exactly_or_refused(
    lines: list[str], replace: list[str], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(lines) - 1))
    end = data.draw(st.integers(start + 1, len(lines)))
    assume(any(line.strip() for line in lines))
    text = "\n".join(lines) + "\n"
    search = lines[start:end]
    result = apply_patch(program(text), _block(search, replace), "python")
    whole = [*lines, ""]
    places = [i for i in range(len(whole) - len(search) + 1) if whole[i : i + len(search)] == search]
    if len(places) == 1 and any(line.strip() for line in search):
        assert isinstance(result, Source)
        changed = lines if search == replace else lines[:start] + replace + lines[end:]
        assert result.text == "\n".join(changed) + "\n"
    else:
        assert isinstance(result, Rejection)


@settings(max_examples=300, deadline=None)
@given(lines=_TEXTS, replace=_TEXTS, shift=st.sampled_from(["  ", "    ", "\t"]), data=st.data())
def test_other_white_space_replaces_the_same_words_or_is_refused(
    lines: list[str], replace: list[str], shift: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(lines) - 1))
    end = data.draw(st.integers(start + 1, len(lines)))
    loose = [shift + line + " " for line in lines[start:end]]
    result = apply_patch(program("\n".join(lines) + "\n"), _block(loose, [shift + line for line in replace]), "python")
    if isinstance(result, Rejection):
        assert result.reason == "patch_did_not_apply"
        return
    places = [_words(lines[:i] + replace + lines[j:]) for i in range(len(lines)) for j in range(i, len(lines) + 1)]
    assert _words(result.text.split("\n")) in places


def _words(lines: list[str]) -> list[str]:
    return " ".join(lines).split()


@settings(max_examples=200, deadline=None)
@given(text=texts(), fragments=st.lists(_FRAGMENTS, max_size=25), operator=st.sampled_from(["llm_diff", "llm_rewrite"]))
def test_any_reply_is_answered_and_changes_nothing_outside(text: str, fragments: list[str], operator: str) -> None:
    source = program(text)
    asked = brief(source, operator=operator, max_turns=1, entrypoint="")
    step = converse(asked, [Turn("\n".join(fragments))])
    assert isinstance(step, Proposed | Rejection)
    if isinstance(step, Proposed):
        assert unchanged_outside(source, step.source, "python") is None
        assert step.code_digest == code_digest(step.source, "python")


@settings(max_examples=200, deadline=None)
@given(reply=st.text(max_size=400))
def test_any_text_is_a_reply(reply: str) -> None:
    for case in CASES[:3]:
        asked = brief(case.source, operator=case.head["operator"])
        assert converse(asked, [Turn(reply), Turn(reply, diagnostics=reply)]) == converse(
            asked, [Turn(reply), Turn(reply, diagnostics=reply)]
        )
