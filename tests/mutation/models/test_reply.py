"""What is found in a reply: fences, thoughts, names and rationales."""

import pytest

from genesis.language import language_named
from genesis.mutation.models.reply import clean, fences, is_tagged_for, label_of, rationale_of, without_thoughts


def _bodies(reply: str) -> list[str]:
    return [fence.body for fence in fences(reply)]


@pytest.mark.parametrize(
    ("reply", "bodies"),
    [
        ("no fence", []),
        ("```\na\n```", ["a\n"]),
        ("```python\na\n```\n\n```python\nb\n```", ["a\n", "b\n"]),
        ("````md\n```\na\n```\n````", ["```\na\n```\n"]),
        ("~~~\n```\n~~~", ["```\n"]),
        ("```python\na\n```text\nb\n```\nc\n```", ["a\n```text\nb\n```\nc\n"]),
        ("```python\na\n```python\nb\n```", ["a\n```python\nb\n"]),
        ("```python\na\n", ["a\n"]),
        ("1. item\n\n   ```\n   a\n     b\n   ```", ["a\n  b\n"]),
        ("``` `inline` ```", []),
        ("text ``` text", []),
    ],
)
def test_fences(reply: str, bodies: list[str]) -> None:
    assert _bodies(reply) == bodies


@pytest.mark.parametrize("tag", ["python", "Python", "py", "python3", "py title=a.py", "python:src/a.py", "{.python}"])
def test_a_fence_names_its_language_in_many_ways(tag: str) -> None:
    assert is_tagged_for(fences(f"```{tag}\na\n```")[0], language_named("python"))


def test_thoughts_are_taken_off_the_head_alone() -> None:
    assert without_thoughts("<think>\na\n</think>\n\nb") == "b"
    assert without_thoughts("  <Thinking>a</Thinking>b") == "b"
    assert without_thoughts("<think>never closed") == ""
    assert without_thoughts("thought\n</think>\nb") == "b"
    assert without_thoughts("```\nx = '</think>'\n</think>\n```") == "```\nx = '</think>'\n</think>\n```"
    assert without_thoughts("say <think>x</think> here") == "say <think>x</think> here"


def test_line_ends_and_what_utf_8_cannot_hold() -> None:
    assert clean("\ufeffa\r\nb\rc\0\ud800") == "a\nb\nc\\ud800"


@pytest.mark.parametrize(
    ("reply", "label", "rationale"),
    [
        ("<name>two steps</name>\n<rationale>It is slow. So.</rationale>\n```\nx\n```", "two steps", "It is slow. So."),
        ("<NAME> two steps\n<RATIONALE>\nwhy\n</RATIONALE>", "two steps", "why"),
        ("**Name:** Two steps\n**Rationale:** why\n\n```\nname: x\n```", "Two steps", "why"),
        ("I move the step.\n\nMore.\n```\nx\n```", "", "I move the step."),
        ("```\nx\n```\n<name>late</name>\n<rationale>after</rationale>", "late", "after"),
        ("```\nname: x\nrationale: y\n```", "", ""),
        ("# Heading\n\nThe idea.\n<<<<<<< SEARCH\n", "", "The idea."),
        ("<name>" + "long " * 100 + "</name>", ("long " * 100)[:79].rstrip() + "…", ""),
    ],
)
def test_name_and_rationale(reply: str, label: str, rationale: str) -> None:
    assert label_of(reply) == label
    if rationale or "long" not in reply:
        assert rationale_of(reply) == rationale


def test_a_long_rationale_ends_with_a_sentence() -> None:
    text = rationale_of("<rationale>" + "A sentence of some words. " * 200 + "</rationale>")
    assert 1_500 < len(text) <= 2_000
    assert text.endswith("words.")
