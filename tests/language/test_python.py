"""Python as a language: a normal form that sees what a program says, and checks that survive any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis.language import LANGUAGES, Language
from genesis.language.python import PYTHON, parse
from tests.language.hostile import HOSTILE

PROGRAM = '''"""What it is."""
import math

LIMIT = 3.5  # a limit


def entrypoint(n):
    """Say it."""
    if n > 1:
        return [math.sqrt(n), "a b"]
    return None
'''


def test_the_table_names_each_language_by_its_key() -> None:
    assert all(name == language.name for name, language in LANGUAGES.items())
    assert len({suffix for each in LANGUAGES.values() for suffix in each.suffixes}) == sum(
        len(each.suffixes) for each in LANGUAGES.values()
    )


@pytest.mark.parametrize(
    "changed",
    [
        PROGRAM.replace("  # a limit", ""),
        PROGRAM.replace("\n\n\n", "\n# why\n\n"),
        PROGRAM.replace("    ", "\t"),
        PROGRAM.replace('"a b"', "'a b'"),
        PROGRAM.replace("3.5", "3.50"),
        PROGRAM.replace("[math.sqrt(n), ", "[\n            math.sqrt( n ),\n            "),
        PROGRAM.replace('"""Say it."""', '"""Say it in other words."""'),
        PROGRAM.replace('    """Say it."""\n', ""),
        PROGRAM.replace("\n", "\r\n"),
    ],
)
def test_layout_comments_and_documentation_do_not_count(changed: str) -> None:
    assert changed != PROGRAM
    assert PYTHON.normalise(changed) == PYTHON.normalise(PROGRAM)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("3.5", "3.6"),
        ("3.5", "-3.5"),
        ("n > 1", "n >= 1"),
        ("n > 1", "n > 1.0"),
        ("n > 1", "n > True"),
        ('"a b"', '"a  b"'),
        ('"a b"', 'b"a b"'),
        ("math.sqrt", "math.cbrt"),
        ("return None", "return"),
        ("return None", "None"),
        ("LIMIT", "LIMITS"),
        ("    return None", "        return None"),
    ],
)
def test_what_a_program_says_counts(old: str, new: str) -> None:
    changed = PROGRAM.replace(old, new)
    assert PYTHON.syntax_error(changed) is None
    assert PYTHON.normalise(changed) != PYTHON.normalise(PROGRAM)


def test_a_text_on_its_own_is_documentation_only_where_it_comes_first() -> None:
    first = "def f():\n    'a'\n    g()\n"
    later = "def f():\n    g()\n    'a'\n"
    assert PYTHON.normalise(first) == PYTHON.normalise(first.replace("'a'", "'b'"))
    assert PYTHON.normalise(later) != PYTHON.normalise(later.replace("'a'", "'b'"))


def test_a_text_that_does_not_parse_stands_for_itself() -> None:
    assert PYTHON.normalise("  if if  \n") == "if if"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\nif if\n", "line 2: invalid syntax"),
        ("x = 1\nreturn x\n", "line 2: 'return' outside function"),
        ("x = '\0'", "null bytes"),
        ("x = '\udc80'", "UnicodeEncodeError"),
    ],
)
def test_a_syntax_error_says_where_and_what(text: str, message: str) -> None:
    assert message in (PYTHON.syntax_error(text) or "")


def test_warnings_about_a_text_are_not_ours_to_give() -> None:
    assert PYTHON.syntax_error("x = 1if 2 else 3\ny = x is 1\nz = '\\d'\n") is None


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_answered(text: str) -> None:
    language: Language = PYTHON
    assert isinstance(language.normalise(text), str)
    message = language.syntax_error(text)
    assert message is None or message


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    PYTHON.normalise(text)
    PYTHON.syntax_error(text)


def test_parse_raises_one_kind_of_error() -> None:
    for text in HOSTILE.values():
        try:
            parse(text)
        except SyntaxError as error:
            assert error.msg
