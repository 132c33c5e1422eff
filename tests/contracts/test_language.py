"""Every language: one program that is built, run and right, and one whose mistake is told with its line.

A toolchain that is not on this machine skips its tests, with the reason; where ``CI`` is set, only what no package
index has may be missing.
"""

import os
import subprocess
from pathlib import Path

import pytest

from genesis.language import (
    LANGUAGES,
    BuildError,
    BuildSettings,
    Command,
    Diagnostic,
    Recipe,
    language_named,
    language_of,
    render,
)
from genesis.language.toolchain import Located, MissingTool, locate, require
from genesis.mutation.regions import editable, has_markers
from genesis.program import Source
from tests.language.programs import SAMPLES

NOWHERE = frozenset({"julia"})  # in no index that CI reaches: its output is tested as recorded
COMPILERS = [("c", "clang"), ("cpp", "clang++")]
PATH = "/usr/local/bin:/usr/bin:/bin"


def perform(command: Command, directory: Path, cache: Path, text: str = "") -> "subprocess.CompletedProcess[str]":
    """The command as a backend would start it, without the sandbox: no environment but what is asked for."""
    argv = command.argv
    located = Located(str(directory / argv[0])) if argv[0].startswith("./") else locate(argv[0])
    assert located is not None
    placed = command.placed(directory=str(directory), cache=str(cache), program=located.path)
    return subprocess.run(
        placed.argv,
        cwd=directory,
        env={"PATH": PATH, **located.env, **placed.env},
        input=text,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def write(source: Source, directory: Path) -> None:
    for path, text in source.files.items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def prepare(language: str, source: Source, directory: Path, settings: BuildSettings) -> Recipe:
    """The recipe, with the files in place; skips where a tool is missing."""
    recipe = language_named(language).recipe(source, settings)
    try:
        require((tool for tool in recipe.tools if not tool.only_to_run), purpose=language)
    except MissingTool as missing:
        if os.environ.get("CI") and language not in NOWHERE:
            raise
        pytest.skip(str(missing))
    write(source, directory)
    return recipe


def succeed(commands: tuple[Command, ...], directory: Path, cache: Path) -> None:
    for command in commands:
        done = perform(command, directory, cache)
        assert done.returncode == 0, (command.argv, done.stdout, done.stderr)


class TestLanguage:
    """The contract; see ``genesis/language/port.py``."""

    @pytest.mark.parametrize(
        ("language", "compiler"), [*((name, "") for name in LANGUAGES), *COMPILERS], ids=lambda name: name or "usual"
    )
    def test_a_program_is_built_and_run(
        self, language: str, compiler: str, tmp_path: Path, toolchain_cache: Path
    ) -> None:
        recipe = prepare(language, SAMPLES[language].adds, tmp_path, BuildSettings(compiler=compiler))
        succeed((*recipe.check, *recipe.build), tmp_path, toolchain_cache)
        if recipe.artifact is not None:
            assert (tmp_path / recipe.artifact).is_file()
        try:
            require((tool for tool in recipe.tools if tool.only_to_run), purpose=language)
        except MissingTool as missing:
            pytest.skip(f"built; {missing}")
        done = perform(recipe.run, tmp_path, toolchain_cache, "1 20\n-300\n4000 ")
        assert (done.stdout, done.stderr, done.returncode) == ("3721\n", "", 0)

    @pytest.mark.parametrize(
        ("language", "compiler"), [*((name, "") for name in LANGUAGES), *COMPILERS], ids=lambda name: name or "usual"
    )
    def test_a_mistake_is_told_with_its_line(
        self, language: str, compiler: str, tmp_path: Path, toolchain_cache: Path
    ) -> None:
        sample = SAMPLES[language]
        recipe = prepare(language, sample.mistaken, tmp_path, BuildSettings(compiler=compiler))
        if language == "julia":
            pytest.skip("which words Julia uses is tested on recorded output")
        commands = (*recipe.check, *recipe.build, recipe.run)
        done = next(
            filter(lambda each: each.returncode != 0, (perform(each, tmp_path, toolchain_cache) for each in commands))
        )
        found = language_named(language).diagnostics(done.stdout + done.stderr)
        first = next(each for each in found if each.severity == "error")
        home = Path(first.path).name, first.line
        assert home == (sample.mistaken.entry, sample.line), (found, done.stderr)
        assert sample.says in first.message
        told = render(found, sample.mistaken.files)
        assert told.startswith(f"{sample.mistaken.entry}:{sample.line}")
        assert sample.mistaken.text.split("\n")[sample.line - 1].strip() in told
        assert str(tmp_path) not in told

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_what_is_needed_says_how_to_get_it(self, language: str) -> None:
        tools = language_named(language).tools(BuildSettings())
        assert tools
        assert all(tool.install and tool.version.argv for tool in tools)
        recipe = language_named(language).recipe(SAMPLES[language].adds, BuildSettings())
        assert all(tool in tools for tool in recipe.tools)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_unknown_settings_are_errors(self, language: str) -> None:
        spoken = language_named(language)
        for wrong in (BuildSettings(compiler="tcc-0"), BuildSettings(defines={"nothing": "1"})):
            with pytest.raises(BuildError, match=r"'tcc-0'|'nothing'"):
                spoken.recipe(SAMPLES[language].adds, wrong)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_an_entry_of_another_language_is_an_error(self, language: str) -> None:
        with pytest.raises(BuildError, match=r"notes\.txt"):
            language_named(language).recipe(Source.single("", "notes.txt"), BuildSettings())

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_no_file_name_is_an_option(self, language: str) -> None:
        spoken = language_named(language)
        bad = f"-fplugin=x{spoken.suffixes[0]}"
        recipe = spoken.recipe(Source({**SAMPLES[language].adds.files, bad: ""}, spoken.entry), BuildSettings())
        commands = (*recipe.check, *recipe.build, recipe.run)
        assert not any(bad == argument for command in commands for argument in command.argv)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_the_normal_form_has_no_comments_and_keeps_strings(self, language: str) -> None:
        spoken, text = language_named(language), SAMPLES[language].adds.text
        assert spoken.normalise(f"{spoken.comment} said \"before'\n\n{text}") == spoken.normalise(text)
        assert spoken.normalise(f"{text}\n   \n{spoken.comment} said (after\n") == spoken.normalise(text)
        assert spoken.normalise(text.replace("\n", "\n\n")) == spoken.normalise(text)
        for old, new in (("total", "sum_"), ("0", "1"), ("+", "-")):
            assert old not in text or spoken.normalise(text.replace(old, new)) != spoken.normalise(text)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_the_quick_check_accepts_programs_and_sees_open_brackets(self, language: str) -> None:
        spoken, text = language_named(language), SAMPLES[language].adds.text
        assert spoken.syntax_error(text) is None
        assert spoken.syntax_error(f"{text}\n(") is not None

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize(
        "text", ["", "\0", "\ud800", "(" * 5000, '"' * 5001, "'" * 5001, "`${" * 5000, "/*" * 5000]
    )
    def test_any_text_is_taken(self, language: str, text: str) -> None:
        spoken = language_named(language)
        assert isinstance(spoken.normalise(text), str)
        assert spoken.syntax_error(text) is None or isinstance(spoken.syntax_error(text), str)
        assert all(isinstance(each, Diagnostic) for each in spoken.diagnostics(text))

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_markers_are_comments(self, language: str) -> None:
        spoken, text = language_named(language), SAMPLES[language].adds.text
        marked = f"{spoken.comment} EVOLVE-BLOCK-START\n{text}\n{spoken.comment} EVOLVE-BLOCK-END\n"
        assert has_markers(marked, spoken.comment)
        [region] = editable(marked, spoken.comment)
        assert marked[region.start : region.end] == f"{text}\n"
        assert spoken.normalise(marked) == spoken.normalise(text)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_hints_are_for_prompts(self, language: str) -> None:
        hints = language_named(language).hints
        assert 100 < len(hints) < 1500
        assert all(line == line.strip() for line in hints.split("\n"))

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_a_file_is_known_by_its_suffix(self, language: str) -> None:
        spoken = language_named(language)
        assert all(language_of(f"a/b{suffix}", among=language) is spoken for suffix in spoken.suffixes)
        assert language_of("a/b.json", among=language) is None
