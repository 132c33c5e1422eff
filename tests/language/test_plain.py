"""Programs as embeddings are made of them: the same for the same code, and still to be read."""

import random
import re

import pytest

from genesis.language import LANGUAGES
from genesis.language.plain import plain_text
from genesis.language.table import language_named
from genesis.program import Source
from tests.language.programs import SAMPLES

every_language = pytest.mark.parametrize("language", sorted(SAMPLES))


def of(text: str, language: str = "python") -> str:
    return plain_text(Source.single(text, language_named(language).entry), language)


def test_layout_comments_and_documentation_of_python_are_gone() -> None:
    first = (
        '"""A module."""\nimport math  # roots\n\n\ndef f( x ):\n    "Roots."\n\n    return (math.sqrt(x) +\n  1e3)\n'
    )
    second = "import math\ndef f(x):\n        # why not\n        return math.sqrt(x)+1000.\n"
    assert of(first) == of(second) == "import math\n\ndef f(x):\n    return math.sqrt(x) + 1000.0"


def test_documentation_alone_leaves_a_program() -> None:
    assert (
        of('class A:\n    """Nothing."""\n\n\ndef f():\n    "Nothing."\n') == "class A:\n    pass\n\ndef f():\n    pass"
    )
    assert of('"""Nothing."""\n') == ""


def test_names_numbers_and_texts_stay() -> None:
    assert of("weight = 0.25\nprint('# no comment', weight)\n") == "weight = 0.25\nprint('# no comment', weight)"


@every_language
def test_comments_and_blank_lines_do_not_matter_and_every_word_stays(language: str) -> None:
    source = SAMPLES[language].adds
    dice, comment = random.Random(language), language_named(language).comment
    lines = source.text.split("\n")
    dressed = "\n".join(f"{line}{'  ' if dice.random() < 0.5 else ''}" for line in lines)
    dressed = f"{comment} something else\n{dressed}\n\n{comment} the end\n"
    plain = plain_text(source, language)
    assert of(dressed, language) == plain
    assert "\x1f" not in plain
    words = set(re.findall(r"[A-Za-z_]{3,}", plain))
    assert words and words <= set(re.findall(r"[A-Za-z_]{3,}", source.text))


@every_language
def test_texts_with_one_normal_form_have_one_plain_text(language: str) -> None:
    spoken = LANGUAGES[language]
    texts = [SAMPLES[language].adds.text, SAMPLES[language].mistaken.text]
    texts += [f"{text}\n" for text in texts]
    for one in texts:
        for other in texts:
            assert (spoken.normalise(one) == spoken.normalise(other)) == (spoken.plain(one) == spoken.plain(other))


def test_all_files_are_in_it_the_entry_first() -> None:
    source = Source({"a.py": "x = 1  # one", "main.py": "import a", "data.txt": "# as it is"}, "main.py")
    assert plain_text(source, "python") == (
        "==> main.py <==\nimport a\n==> a.py <==\nx = 1\n==> data.txt <==\n# as it is"
    )


@pytest.mark.parametrize("text", ["def f(:\n  # broken\n", "(" * 5000, "x = '\ud800'", "\0", "x = 0x" + "f" * 5000])
def test_what_does_not_parse_is_as_it_is(text: str) -> None:
    assert of(text) == text.strip() or of(text).startswith("x = ")
