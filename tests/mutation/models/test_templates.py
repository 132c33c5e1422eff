"""Templates of a problem or a user: found, checked before a run, and put before the packaged ones."""

from dataclasses import replace
from pathlib import Path

import pytest
from jinja2 import Environment
from jinja2.meta import find_undeclared_variables

from genesis.mutation.models.conversation import converse
from genesis.mutation.models.overrides import load_templates
from genesis.mutation.models.port import Ask
from genesis.mutation.models.prompt import values_of
from genesis.mutation.models.sample import SAMPLE, check_rendering
from genesis.mutation.models.templates import PACKAGED, PromptTemplateError, render
from genesis.mutation.models.variables import VARIABLES


def _write(directory: Path, **templates: str) -> Path:
    directory.mkdir(exist_ok=True)
    for name, text in templates.items():
        (directory / f"{name}.jinja").write_text(text)
    return directory


def test_the_packaged_templates_pass_their_own_check() -> None:
    check_rendering({})
    assert load_templates([]) == {}
    assert PACKAGED.keys() >= {"system", "guidance", "user", "llm_diff", "retry", "insight", "judge"}


def test_the_table_of_variables_is_what_templates_are_given_and_use() -> None:
    assert values_of(SAMPLE).keys() == VARIABLES.keys()
    used = {name for text in PACKAGED.values() for name in find_undeclared_variables(Environment().parse(text))}
    assert used <= VARIABLES.keys()


def test_a_later_directory_goes_before_an_earlier_one(tmp_path: Path) -> None:
    problem = _write(tmp_path / "problem", llm_diff="of the problem", guidance="of the problem")
    user = _write(tmp_path / "user", llm_diff="of the user")
    (user / "notes.txt").write_text("{{ no template }}")
    found = load_templates([problem, user, tmp_path / "missing"])
    assert found == {"llm_diff": "of the user", "guidance": "of the problem"}
    step = converse(replace(SAMPLE, templates=found), ())
    assert isinstance(step, Ask)
    assert "# How to work\n\nof the problem\n" in step.messages[0].content
    assert "# Your turn\n\nof the user\n" in step.messages[1].content


def test_a_template_may_include_one_of_its_own(tmp_path: Path) -> None:
    found = load_templates([_write(tmp_path / "p", llm_diff='{% include "mine" %}', mine="Beat {{ parent.id }}.")])
    step = converse(replace(SAMPLE, templates=found), ())
    assert isinstance(step, Ask)
    assert "Beat p000004." in step.messages[1].content


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("guidance", "Think.\n\nof {{ parnt.code }}", ["'guidance', line 3", "'parnt' is not known", "mean parent?"]),
        ("guidance", "{{ secret }}", ["line 1", "'secret' is not known", "task, language"]),
        ("llm_diff", "a\n{{ parent.cod }}", ["'llm_diff', line 2", "parent has no 'cod'", "id, code"]),
        ("system", "{% for x in metrics %}\n{{ x.foo }}\n{% endfor %}", ["'system', line 2", "a metric has no 'foo'"]),
        ("guidance", "a\n{% if task %}\nb", ["'guidance', line 3", "endif"]),
        ("guidance", "a\n{{ 1 // 0 }}", ["'guidance', line 2", "by zero"]),
        ("guidance", '{% include "nope" %}', ["'guidance', line 1", "'nope' is no template"]),
        ("guidence", "a", ["'guidence' is no template", "did you mean guidance?"]),
        ("llm_diff", "{{ ''.__class__.__mro__ }}", ["'llm_diff', line 1", "unsafe"]),
        ("llm_seed", "{{ parent.id }}", ["'llm_seed', line 1"]),
        ("judge", "{{ candidate.name }}", ["'judge', line 1", "candidate has no 'name'"]),
    ],
)
def test_a_mistake_is_found_before_a_run(tmp_path: Path, name: str, text: str, says: list[str]) -> None:
    with pytest.raises(PromptTemplateError) as error:
        load_templates([_write(tmp_path / "prompts", **{name: text})])
    for part in says:
        assert part in str(error.value)


def test_files_that_are_no_text_are_named(tmp_path: Path) -> None:
    (tmp_path / "guidance.jinja").write_bytes(b"\xff\xfe")
    with pytest.raises(PromptTemplateError, match=r"guidance\.jinja: it is not UTF-8 text"):
        load_templates([tmp_path])
    (tmp_path / "guidance.jinja").write_text("x" * 300_000)
    with pytest.raises(PromptTemplateError, match="300000 characters"):
        load_templates([tmp_path])


def test_rendering_cannot_change_what_it_is_given() -> None:
    with pytest.raises(PromptTemplateError, match="unsafe"):
        render("guidance", {"prompts": [1]}, {"guidance": "{{ prompts.append(2) }}"})
